// SPDX-License-Identifier: Apache-2.0
// A node refuses, and writes down, what no correct server could have sent it. The network of a run
// invents and spoils nothing, so that whoever sent it was wrong.
#include <fmt/format.h>

#include "orchestrator/verify/checks.h"
#include "orchestrator/verify/describe.h"

namespace verify {
namespace {

class NoImpossibleMessage final : public Check {
 public:
  void on_node(const NodeEvent& event) override {
    if (event.seq == 1) ++incarnations_;
    const auto* refused = std::get_if<Refused>(&event.what);
    if (refused == nullptr) return;
    violated(fmt::format("No impossible message: {} was sent {}, and refused it.",
                         node::node_name(event.node), refused->reason),
             {event.where});
  }

  Conclusion conclude(const Ending&) override {
    if (incarnations_ == 0) return {};
    return having_seen(fmt::format("{} refused nothing", count(incarnations_, "incarnation")), "");
  }

 private:
  std::uint64_t incarnations_ = 0;
};

}  // namespace

std::unique_ptr<Check> no_impossible_message() {
  return std::make_unique<NoImpossibleMessage>();
}

}  // namespace verify
