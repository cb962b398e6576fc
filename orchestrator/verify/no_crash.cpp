// SPDX-License-Identifier: Apache-2.0
// No node ends unless it was asked to, and none ends by an assertion or a fault of its own even
// then. Where the environment failed it (disk, address), that is the harness's error and no fault
// of the node's.
#include <csignal>

#include <fmt/format.h>

#include "node/exit_codes.h"
#include "orchestrator/verify/checks.h"
#include "orchestrator/verify/describe.h"

namespace verify {
namespace {

const char* signal_name(int signal) {
  switch (signal) {
    case SIGABRT:
      return "SIGABRT, as by a failed assertion";
    case SIGSEGV:
      return "SIGSEGV";
    case SIGBUS:
      return "SIGBUS";
    case SIGFPE:
      return "SIGFPE";
    case SIGILL:
      return "SIGILL";
    case SIGKILL:
      return "SIGKILL";
    case SIGTERM:
      return "SIGTERM";
    default:
      return nullptr;
  }
}

std::string text_of(const NodeExited& exited) {
  std::string text;
  if (exited.signal == 0) {
    text = fmt::format("exit code {}", exited.exit_code);
  } else if (const char* name = signal_name(exited.signal)) {
    text = fmt::format("signal {}", name);
  } else {
    text = fmt::format("signal {}", exited.signal);
  }
  if (!exited.reason.empty()) text += fmt::format(": {}", exited.reason);
  return text;
}

class NoCrash final : public Check {
 public:
  void on_fault(const FaultEvent& event) override {
    if (std::holds_alternative<NodeStarted>(event.what)) ++starts_;
    if (const auto* exited = std::get_if<NodeExited>(&event.what)) take(event, *exited);
  }

  Conclusion conclude(const Ending&) override {
    if (starts_ == 0) return {};
    return having_seen(
        fmt::format("{}, {}, none unasked", count(starts_, "start"), count(ends_, "end")),
        environment_);
  }

 private:
  void take(const FaultEvent& event, const NodeExited& exited) {
    if (exited.signal == 0 && exited.exit_code == node::kCannotRun) {
      environment_ = fmt::format("harness error: {} (incarnation {}) could not run: {}",
                                 node::node_name(exited.node), exited.incarnation, exited.reason);
      return;
    }
    const bool in_order = exited.signal == 0 ? exited.exit_code == 0
                                             : exited.signal == SIGKILL || exited.signal == SIGTERM;
    if (exited.expected && in_order) {
      ++ends_;
      return;
    }
    violated(
        fmt::format("No crash: {} (incarnation {}) ended {}with {}.", node::node_name(exited.node),
                    exited.incarnation, exited.expected ? "" : "unasked, ", text_of(exited)),
        {event.where});
  }

  std::uint64_t starts_ = 0;
  std::uint64_t ends_ = 0;
  std::string environment_;
};

}  // namespace

std::unique_ptr<Check> no_crash() {
  return std::make_unique<NoCrash>();
}

}  // namespace verify
