// SPDX-License-Identifier: Apache-2.0
// What a node received is what its sender could have sent: each message that caused a step is held
// against what its sender's own lines say it was. A node that lies to others is caught by its own
// word, and not only where the lie does damage.
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "orchestrator/verify/cause.h"
#include "orchestrator/verify/checks.h"
#include "orchestrator/verify/describe.h"

namespace verify {
namespace {

constexpr const char* kLeader =
    "AppendEntries RPC and InstallSnapshot RPC (Figures 2 and 13): invoked by the leader of the "
    "term.";
constexpr const char* kCandidate =
    "RequestVote RPC (Figure 2): invoked by candidates to gather votes; lastLogIndex and "
    "lastLogTerm are the index and the term of the candidate's last log entry.";
constexpr const char* kCommit =
    "AppendEntries RPC (Figure 2): leaderCommit is the leader's "
    "commitIndex.";

struct InTerm {
  NodeId node;
  Term term;
  friend auto operator<=>(const InTerm&, const InTerm&) = default;
};
struct LastEntry {
  Index index;
  Term term;
  friend auto operator<=>(const LastEntry&, const LastEntry&) = default;
};

class MessagesAsSent final : public Check {
 public:
  void on_node(const NodeEvent& event) override {
    nodes_.insert(event.node);
    remember(event);
    const auto* cause = std::get_if<MessageCause>(&event.cause);
    if (cause == nullptr) return;
    ++messages_;
    const Received received{event.node, event.where, event.at};
    if (const auto* append = std::get_if<AppendEntries>(&cause->message)) {
      told_by_leader({cause->src, append->term}, append->leader_commit, received);
    } else if (const auto* snapshot = std::get_if<InstallSnapshot>(&cause->message)) {
      told_by_leader({cause->src, snapshot->term}, snapshot->last_included_index, received);
    } else if (const auto* now = std::get_if<TimeoutNow>(&cause->message)) {
      told_by_leader({cause->src, now->term}, {}, received);
    } else if (const auto* vote = std::get_if<RequestVote>(&cause->message)) {
      const Term standing = vote->pre_vote ? Term{vote->term.value - 1} : vote->term;
      asked_.try_emplace(
          {{cause->src, standing}, vote->pre_vote, {vote->last_log_index, vote->last_log_term}},
          received);
    }
  }

  Conclusion conclude(const Ending& ending) override {
    if (ending.whole) {
      judge_leaders();
      judge_candidates();
    }
    Conclusion conclusion;
    conclusion.applies = !nodes_.empty();
    if (messages_ > 0)
      conclusion.saw = fmt::format("{} with their causes", count(messages_, "step"));
    if (!ending.whole)
      conclusion.unknown = "the evidence is not whole: a sender's lines may be missing";
    return conclusion;
  }

 private:
  struct Received {
    NodeId by;
    Where where;
    Time at{};
  };
  struct Told {
    Received first;
    Index commit;  // the highest
    Received highest;
  };
  struct Asked {
    InTerm candidate;
    bool pre_vote = false;
    LastEntry last;
    friend auto operator<=>(const Asked&, const Asked&) = default;
  };

  void remember(const NodeEvent& event) {
    if (const auto* changed = std::get_if<RoleChanged>(&event.what)) {
      const InTerm now{event.node, event.term};
      if (event.role == Role::leader) leaders_.insert(now);
      const bool pre_vote = event.role == Role::pre_candidate;
      if (pre_vote || event.role == Role::candidate) {
        stood_.insert({now, pre_vote, {changed->log_index, changed->log_term}});
      }
    } else if (const auto* advanced = std::get_if<CommitAdvanced>(&event.what)) {
      committed(event, advanced->commit_index);
    } else if (const auto* recovered = std::get_if<Recovered>(&event.what)) {
      committed(event, recovered->snapshot.index);
    } else if (const auto* installed = std::get_if<SnapshotInstalled>(&event.what)) {
      committed(event, installed->last.index);
    }
  }

  void committed(const NodeEvent& event, Index index) {
    Index& highest = committed_[{event.node, event.term}];
    highest = std::max(highest, index);
  }

  void told_by_leader(const InTerm& leader, Index commit, const Received& received) {
    const auto [at, is_new] = told_.try_emplace(leader, Told{received, commit, received});
    if (is_new || commit <= at->second.commit) return;
    at->second.commit = commit;
    at->second.highest = received;
  }

  // The highest commit index that the node had while its term was no later than this.
  Index commit_index_by(const InTerm& leader) const {
    Index highest;
    for (auto at = committed_.lower_bound({leader.node, Term{}});
         at != committed_.end() && at->first <= leader; ++at)
      highest = std::max(highest, at->second);
    return highest;
  }

  void judge_leaders() {
    for (const auto& [leader, told] : told_) {
      if (!leaders_.contains(leader)) {
        violated(fmt::format("{} {} took a message of {} in term {}, which {} did not lead.",
                             kLeader, node::node_name(told.first.by), name_of_node(leader.node),
                             leader.term.value, name_of_node(leader.node)),
                 {told.first.where}, {{leader.node, told.first.at}});
      } else if (const Index had = commit_index_by(leader); told.commit > had) {
        violated(fmt::format("{} In term {} {} told {} of {} committed entries, and knew of {}.",
                             kCommit, leader.term.value, name_of_node(leader.node),
                             node::node_name(told.highest.by), told.commit.value, had.value),
                 {told.highest.where}, {{leader.node, told.highest.at}});
      }
    }
  }

  void judge_candidates() {
    for (const auto& [asked, received] : asked_) {
      if (stood_.contains(asked)) continue;
      violated(fmt::format("{} {} was asked for a {} by {} with a log up to {} of term {}; in term "
                           "{} {} was no {} with such a log.",
                           kCandidate, node::node_name(received.by),
                           asked.pre_vote ? "pre-vote" : "vote", name_of_node(asked.candidate.node),
                           asked.last.index.value, asked.last.term.value,
                           asked.candidate.term.value, name_of_node(asked.candidate.node),
                           asked.pre_vote ? "pre-candidate" : "candidate"),
               {received.where}, {{asked.candidate.node, received.at}});
    }
  }

  std::set<NodeId> nodes_;
  std::set<InTerm> leaders_;
  std::set<Asked> stood_;
  std::map<InTerm, Index> committed_;
  std::map<InTerm, Told> told_;
  std::map<Asked, Received> asked_;
  std::uint64_t messages_ = 0;
};

}  // namespace

std::unique_ptr<Check> messages_as_sent() {
  return std::make_unique<MessagesAsSent>();
}

}  // namespace verify
