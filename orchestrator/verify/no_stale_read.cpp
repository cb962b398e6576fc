// SPDX-License-Identifier: Apache-2.0
// A read sees at least what was acknowledged before it was invoked, to whichever client:
// "linearizable reads must not return stale data" (section 8). The log's order tells: an answer
// names the index of its entry, or of the last entry in the state that a read was answered from.
// So a stale read is named when it returns, and a mutation that went in before what its client
// could know, too.
#include <map>

#include <fmt/format.h>

#include "orchestrator/verify/checks.h"
#include "orchestrator/verify/describe.h"
#include "orchestrator/verify/log_in_real_time.h"

namespace verify {
namespace {

constexpr const char* kReads =
    "Read-only operations (section 8): reads must not return stale data, so a read sees all that "
    "was acknowledged before it was invoked.";
constexpr const char* kMutations =
    "Linearizable semantics (section 8): what was acknowledged before an operation was invoked "
    "stands before it in the log.";

class NoStaleRead final : public Check {
 public:
  void on_operation(const Operation& operation) override {
    if (operation.phase == Operation::Phase::invoke) {
      invoked_[operation.client] = log_.newest();
      return;
    }
    if (operation.phase != Operation::Phase::ok || !operation.log_index) return;
    const LogInRealTime::Acknowledged& before = invoked_[operation.client];
    const bool read = operation.op == node::OpKind::get;
    const bool in_order = log_.answered(
        before,
        {*operation.log_index, request_name(operation.client, operation.request), operation.where},
        !read);
    if (read) ++reads_;
    if (in_order) return;
    violated(
        fmt::format("{} {} was answered by {} {} {}, but {} had been acknowledged at {} "
                    "before it was invoked.",
                    read ? kReads : kMutations, request_name(operation.client, operation.request),
                    name_of_node(operation.node),
                    read ? "from the state after entry" : "as the entry at",
                    operation.log_index->value, before.request, before.index.value),
        {operation.where, before.where});
  }

  Conclusion conclude(const Ending&) override {
    Conclusion conclusion;
    conclusion.applies = reads_ > 0;
    if (reads_ > 0) conclusion.saw = fmt::format("{} judged", count(reads_, "read"));
    return conclusion;
  }

 private:
  LogInRealTime log_;
  std::map<std::string, LogInRealTime::Acknowledged> invoked_;  // what was newest then, by client
  std::uint64_t reads_ = 0;
};

}  // namespace

std::unique_ptr<Check> no_stale_read() {
  return std::make_unique<NoStaleRead>();
}

}  // namespace verify
