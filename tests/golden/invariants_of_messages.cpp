// SPDX-License-Identifier: Apache-2.0
// What a message promises, and what a leader believes of its followers.
#include <utility>

#include "tests/golden/require.h"

namespace raft::golden {

void Invariants::check_message(NodeId node, const Outgoing& outgoing) {
  const Message& message = outgoing.message;
  if (const auto* vote = std::get_if<RequestVoteReply>(&message)) {
    if (vote->vote_granted && !vote->pre_vote) require_vote(node, vote->asked_in, outgoing.to);
  } else if (const auto* request = std::get_if<RequestVote>(&message)) {
    if (!request->pre_vote) require_vote(node, request->term, node);
  } else if (const auto* append = std::get_if<AppendEntries>(&message)) {
    require_leader(node, append->term);
  } else if (const auto* snapshot = std::get_if<InstallSnapshot>(&message)) {
    require_leader(node, snapshot->term);
  } else if (const auto* timeout = std::get_if<TimeoutNow>(&message)) {
    require_leader(node, timeout->term);
  } else if (const auto* ack = std::get_if<AppendEntriesReply>(&message)) {
    if (ack->success) require_match(node, ack->asked_in, ack->match_index);
  } else if (const auto* installed = std::get_if<InstallSnapshotReply>(&message)) {
    if (installed->installed) {
      require_match(node, installed->asked_in, installed->last_included_index);
    }
  }
}

void Invariants::require_vote(NodeId node, Term term, NodeId candidate) {
  const HardState& durable = server(node).disk.durable().hard_state;
  require(durable.current_term > term || durable == HardState{term, candidate},
          "promise: n{} votes for n{} in t{}, which is not durable", node.value, candidate.value,
          term.value);
  vote(node, term, candidate);
}

void Invariants::require_leader(NodeId node, Term term) const {
  const HardState& durable = server(node).disk.durable().hard_state;
  const auto leader = leaders_.find(term);
  require(durable.current_term > term || durable == HardState{term, node},
          "promise: n{} sends as the leader of t{}, its own vote not durable", node.value,
          term.value);
  require(leader != leaders_.end() && leader->second.node == node,
          "election_safety: n{} sends as the leader of t{}, which it is not", node.value,
          term.value);
}

void Invariants::require_match(NodeId node, Term term, Index index) const {
  const Restored& disk = server(node).disk.durable();
  if (disk.hard_state.current_term > term || index == Index{}) return;
  const auto leader = leaders_.find(term);
  require(disk.hard_state.current_term == term && leader != leaders_.end(),
          "promise: n{} acknowledges in t{}, which is not durable", node.value, term.value);
  const std::vector<Term>& log = leader->second.log;
  require(index.value <= log.size() && holds(disk, index, log[index.value - 1]),
          "promise: n{} acknowledges i{}, which is not durable", node.value, index.value);
}

void Invariants::check_progress(NodeId leader) {
  const Raft& raft = *server(leader).raft;
  const Settings& settings = server(leader).settings;
  // A member that was removed and added again is met anew.
  auto& matches = leaders_.at(raft.term()).match;
  const auto before = std::exchange(matches, {});
  for (const Progress& progress : raft.progress()) {
    matches[progress.peer] = progress.match_index;
    const auto known = before.find(progress.peer);
    require(known == before.end() || progress.match_index >= known->second,
            "monotonic: matchIndex of n{} at n{} goes back to i{}", progress.peer.value,
            leader.value, progress.match_index.value);
    require(progress.next_index > progress.match_index &&
                progress.next_index <= raft.log().last_index().next(),
            "match_index: n{} has nextIndex i{} for n{}, its matchIndex being i{}", leader.value,
            progress.next_index.value, progress.peer.value, progress.match_index.value);
    check_match(leader, progress);
    // One message may be larger than the window; then it is alone in it.
    std::size_t bytes = 0;
    for (const Progress::InFlight& message : progress.in_flight)
      bytes += message.bytes;
    const bool fits = progress.in_flight.size() <= settings.max_in_flight &&
                      bytes == progress.in_flight_bytes &&
                      (progress.in_flight.size() <= 1 || bytes <= settings.max_in_flight_bytes);
    require(fits, "window: n{} has {} messages of {} bytes in flight to n{}", leader.value,
            progress.in_flight.size(), bytes, progress.peer.value);
  }
}

// A follower that has gone on to a later term may have given up what it acknowledged.
void Invariants::check_match(NodeId leader, const Progress& progress) const {
  const Raft& raft = *server(leader).raft;
  const Restored& follower = server(progress.peer).disk.durable();
  if (follower.hard_state.current_term > raft.term()) return;
  const Index match = progress.match_index;
  require(match <= raft.log().base_index() || holds(follower, match, *raft.log().term_at(match)),
          "match_index: n{} believes that n{} has i{}", leader.value, progress.peer.value,
          match.value);
}

}  // namespace raft::golden
