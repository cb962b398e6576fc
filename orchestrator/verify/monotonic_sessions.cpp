// SPDX-License-Identifier: Apache-2.0
// What one client sees never goes back, whichever nodes answer it: it has one operation open at a
// time, so that each takes its place in the log after all that it was answered before. A write
// stands after what its client has read or written, a read sees what its client has written and
// all that it has read (the session guarantees of Terry et al., 1994, which linearizability
// implies; sessions are section 8's).
#include <unordered_map>

#include <fmt/format.h>

#include "orchestrator/verify/checks.h"
#include "orchestrator/verify/describe.h"

namespace verify {
namespace {

constexpr const char* kRule =
    "Sessions (section 8; Terry et al., 1994): a client reads its own writes, and what it reads or "
    "writes comes after all that it has read or written before.";

class MonotonicSessions final : public Check {
 public:
  void on_operation(const Operation& operation) override {
    if (operation.phase != Operation::Phase::ok || !operation.log_index) return;
    ++answers_;
    Answer& last = sessions_[operation.client];
    const Index index = *operation.log_index;
    const bool reads = operation.op == node::OpKind::get;
    // A read that is no entry may be answered from the state that the one before was.
    if (last.request != 0 && (reads ? index < last.index : index <= last.index)) {
      violated(
          fmt::format("{} {} ({} of {}) was answered by {} with index {}, after {} with "
                      "index {}.",
                      kRule, request_name(operation.client, operation.request),
                      node::name_of(operation.op), operation.key, name_of_node(operation.node),
                      index.value, request_name(operation.client, last.request), last.index.value),
          {operation.where, last.where});
    }
    if (operation.request <= last.request) {
      violated(fmt::format("{} {} was answered after {}.", kRule,
                           request_name(operation.client, operation.request),
                           request_name(operation.client, last.request)),
               {operation.where, last.where});
    }
    last = {operation.request, index, operation.where};
  }

  Conclusion conclude(const Ending&) override {
    Conclusion conclusion;
    conclusion.applies = answers_ > 0;
    conclusion.saw =
        fmt::format("{} of {}", count(answers_, "answer"), count(sessions_.size(), "client"));
    return conclusion;
  }

 private:
  struct Answer {
    std::uint64_t request = 0;
    Index index;
    Where where;
  };
  std::unordered_map<std::string, Answer> sessions_;  // the last one, by client
  std::uint64_t answers_ = 0;
};

}  // namespace

std::unique_ptr<Check> monotonic_sessions() {
  return std::make_unique<MonotonicSessions>();
}

}  // namespace verify
