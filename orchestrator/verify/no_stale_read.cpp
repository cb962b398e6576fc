// SPDX-License-Identifier: Apache-2.0
// A read sees at least what was acknowledged before it was invoked, to whichever client:
// "linearizable reads must not return stale data" (section 8). The log's order tells: an answer
// names the index of its entry, or of the last entry in the state that a read was answered from.
#include <map>

#include <fmt/format.h>

#include "orchestrator/verify/checks.h"
#include "orchestrator/verify/describe.h"

namespace verify {
namespace {

constexpr const char* kRule =
    "Read-only operations (section 8): reads must not return stale data, so a read sees all that "
    "was acknowledged before it was invoked.";

class NoStaleRead final : public Check {
 public:
  void on_operation(const Operation& operation) override {
    if (operation.phase == Operation::Phase::invoke) {
      invoked_[operation.client] = newest_;
      return;
    }
    if (operation.phase != Operation::Phase::ok || !operation.log_index) return;
    if (operation.op == node::OpKind::get) read(operation);
    if (*operation.log_index > newest_.index) {
      newest_ = {*operation.log_index, request_name(operation.client, operation.request),
                 operation.where};
    }
  }

  Conclusion conclude(const Ending&) override {
    Conclusion conclusion;
    conclusion.applies = reads_ > 0;
    if (reads_ > 0) conclusion.saw = fmt::format("{} judged", count(reads_, "read"));
    return conclusion;
  }

 private:
  struct Acknowledged {
    Index index;
    std::string request;
    Where where;
  };

  void read(const Operation& operation) {
    ++reads_;
    const Acknowledged& before = invoked_[operation.client];
    if (*operation.log_index >= before.index) return;
    violated(fmt::format("{} {} was answered by {} from the state after entry {}, but {} had been "
                         "acknowledged at {} before it was invoked.",
                         kRule, request_name(operation.client, operation.request),
                         name_of_node(operation.node), operation.log_index->value, before.request,
                         before.index.value),
             {operation.where, before.where});
  }

  Acknowledged newest_;
  std::map<std::string, Acknowledged> invoked_;  // what was the newest then, by client
  std::uint64_t reads_ = 0;
};

}  // namespace

std::unique_ptr<Check> no_stale_read() {
  return std::make_unique<NoStaleRead>();
}

}  // namespace verify
