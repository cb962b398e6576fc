// SPDX-License-Identifier: Apache-2.0
// What is said to be committed is: a leader commits an entry of its own term once a quorum of the
// configuration that it uses has the log up to there, and no entry of an older term by counting, as
// a later leader may overwrite that yet (section 5.4.2, Figure 8); a follower commits what its
// leader told it and it has in common with it.
#include <map>

#include <fmt/format.h>

#include "orchestrator/verify/checks.h"
#include "orchestrator/verify/describe.h"
#include "orchestrator/verify/node_configuration.h"

namespace verify {
namespace {

constexpr const char* kQuorum =
    "Leaders (Figure 2, section 5.3, 5.4): if there exists an N such that N > commitIndex, a "
    "majority of matchIndex[i] >= N, and log[N].term == currentTerm: set commitIndex = N.";
constexpr const char* kOwnTerm =
    "Committing entries from previous terms (section 5.4.2): only log entries from the leader's "
    "current term are committed by counting replicas.";
constexpr const char* kTold =
    "AppendEntries (Figure 2): if leaderCommit > commitIndex, set commitIndex = min(leaderCommit, "
    "index of last new entry).";

class CommitSafety final : public Check {
 public:
  void on_node(const NodeEvent& event) override {
    NodeConfiguration& configuration = configurations_[event.node];
    configuration.take(event);
    const auto* advanced = std::get_if<CommitAdvanced>(&event.what);
    if (!advanced) return;
    if (event.role == Role::leader || !advanced->match.empty()) {
      counted(event, *advanced, configuration.latest());
    } else {
      ++by_followers_;
      told(event, *advanced);
    }
  }

  Conclusion conclude(const Ending&) override {
    if (by_leaders_ == 0) return cannot_tell(untold_);
    return having_seen(
        fmt::format("{}, {} of them by leaders", count(by_leaders_ + by_followers_, "commit"),
                    grouped(by_leaders_)),
        untold_);
  }

 private:
  void counted(const NodeEvent& event, const CommitAdvanced& advanced,
               const NodeConfiguration::Placed* used) {
    if (advanced.log_term != event.term) {
      violated(fmt::format("{} {} leads term {} and commits entry {} of term {} by counting its "
                           "replicas.",
                           kOwnTerm, node::node_name(event.node), event.term.value,
                           advanced.commit_index.value, advanced.log_term.value),
               {event.where});
    }
    if (!used) {
      untold_ = fmt::format("can't tell in which configuration {} committed entry {}",
                            node::node_name(event.node), advanced.commit_index.value);
      return;
    }
    ++by_leaders_;
    std::vector<NodeId> have;
    for (const CommitAdvanced::Match& match : advanced.match) {
      if (match.index >= advanced.commit_index) have.push_back(match.node);
    }
    if (is_quorum(used->configuration, have)) return;
    violated(fmt::format("{} {} leads term {} and commits entry {}, which {}; that is no quorum of "
                         "{}.",
                         kQuorum, node::node_name(event.node), event.term.value,
                         advanced.commit_index.value,
                         have.empty() ? "nobody is known to have"
                                      : fmt::format("{} are known to have", names_of_nodes(have)),
                         text_of(used->configuration)),
             {event.where, used->where});
  }

  void told(const NodeEvent& event, const CommitAdvanced& advanced) {
    if (advanced.told && advanced.commit_index <= *advanced.told) return;
    violated(fmt::format("{} {} follows in term {} and commits entry {}; {}.", kTold,
                         node::node_name(event.node), event.term.value, advanced.commit_index.value,
                         advanced.told ? fmt::format("its leader's message lets it go up to {}",
                                                     advanced.told->value)
                                       : "no message of a leader made it do so"),
             {event.where});
  }

  std::map<NodeId, NodeConfiguration> configurations_;
  std::uint64_t by_leaders_ = 0;
  std::uint64_t by_followers_ = 0;
  std::string untold_;
};

}  // namespace

std::unique_ptr<Check> commit_safety() {
  return std::make_unique<CommitSafety>();
}

}  // namespace verify
