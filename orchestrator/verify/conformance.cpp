// SPDX-License-Identifier: Apache-2.0
// Each node's trace, transition by transition, against Raft as it is specified (conformance/): a
// wrong step is told when it is taken, and not only when it has done damage.
#include <map>

#include <fmt/format.h>

#include "orchestrator/verify/checks.h"
#include "orchestrator/verify/conformance/specification.h"
#include "orchestrator/verify/describe.h"

namespace verify {
namespace {

std::string cause_of(const Cause& cause) {
  if (const auto* received = std::get_if<MessageCause>(&cause)) {
    return fmt::format(", for message {}.{}.{}", name_of_node(received->src), received->incarnation,
                       received->number);
  }
  return is<TimerCause>(cause)     ? ", for time that passed"
         : is<RequestCause>(cause) ? ", for a request"
         : is<WriteCause>(cause)   ? ", for a write that is durable"
                                   : "";
}

std::string text_of(const spec::State& state) {
  return fmt::format("{} of term {} with its vote for {}, log up to {}{}, commit index {}",
                     raft::name_of(state.role), state.term.value, name_of_node(state.voted_for),
                     state.log.last_index().value,
                     state.log.last_index() == Index{}
                         ? ""
                         : fmt::format(" (term {})", state.log.last_term().value),
                     state.commit.value);
}

class Conformance final : public Check {
 public:
  void on_node(const NodeEvent& event) override {
    auto place = nodes_.find(event.node);
    if (place == nodes_.end()) place = nodes_.emplace(event.node, event.node).first;
    spec::Specification& node = place->second;
    const auto breach = node.take(event);
    if (!breach) return;
    std::vector<Involved> sender;
    if (const auto* received = std::get_if<MessageCause>(&event.cause)) {
      sender.push_back({received->src, event.at});
    }
    violated(fmt::format("{} {}, {}, takes the step {} of term {}{}: {}.", breach->rule,
                         node::node_name(event.node), text_of(node.state()), event.name,
                         event.term.value, cause_of(event.cause), breach->what),
             {event.where}, std::move(sender));
  }

  Conclusion conclude(const Ending&) override {
    std::uint64_t transitions = 0;
    std::uint64_t nodes = 0;
    bool offered = nodes_.empty();
    std::string unknown;
    for (const auto& [name, node] : nodes_) {
      offered = offered || node.offered();
      transitions += node.judged();
      if (node.judged() > 0) ++nodes;
      if (!node.counted_unknown_members()) continue;
      unknown = fmt::format("{} counted a quorum of members that its lines do not tell",
                            node::node_name(name));
    }
    if (!offered) {
      Conclusion none;
      none.applies = false;
      return none;
    }
    if (transitions == 0) return {};
    return having_seen(
        fmt::format("{} of {}", count(transitions, "transition"), count(nodes, "node")), unknown);
  }

 private:
  std::map<NodeId, spec::Specification> nodes_;
};

}  // namespace

std::unique_ptr<Check> conformance() {
  return std::make_unique<Conformance>();
}

}  // namespace verify
