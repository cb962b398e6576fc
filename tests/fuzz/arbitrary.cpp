// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/arbitrary.h"

#include <algorithm>

namespace fuzz {

using raft::Command;
using raft::Configuration;
using raft::Entry;
using raft::EntryKind;
using raft::Index;
using raft::Message;
using raft::NodeId;
using raft::Round;
using raft::Term;

namespace {

template <class Number>
Number near(Input& in, Number known) {
  const std::uint64_t choice = in.below(16);
  switch (choice) {
    case 13:
      return Number{};
    case 14:
      return Number{raft::kMostTermOrIndex + in.below(3) - 1};
    case 15:
      return Number{in.number()};
    default:
      return Number{known.value + choice % 7 - 2};
  }
}

// Nodes 1 to 5 divided among voters and learners, a voter at least.
Configuration arbitrary_members(Input& in) {
  Configuration members;
  for (std::uint64_t node = 1; node <= 5; ++node) {
    const std::uint64_t what = in.below(4);
    if (what <= 1) members.voters.push_back(NodeId{node});
    if (what == 2) members.learners.push_back(NodeId{node});
  }
  if (members.voters.empty()) members.voters.push_back(NodeId{6});
  return members;
}

Configuration arbitrary_configuration(Input& in) {
  if (in.flag()) return arbitrary_members(in);
  return {arbitrary_nodes(in), arbitrary_nodes(in), arbitrary_nodes(in)};
}

Entry arbitrary_entry(Input& in, Term known) {
  Entry entry{near(in, known), static_cast<EntryKind>(in.below(4)), nullptr};
  switch (in.below(4)) {
    case 0:
      break;
    case 1:
      entry.command =
          std::make_shared<const std::string>(raft::encode(arbitrary_configuration(in)));
      break;
    default:
      entry.command = arbitrary_command(in);
  }
  return entry;
}

// As a leader of `term` could have it in its log.
Entry good_entry(Input& in, Term term) {
  switch (in.below(4)) {
    case 0:
      return {term, EntryKind::noop, nullptr};
    case 1:
      return {term, EntryKind::configuration,
              std::make_shared<const std::string>(raft::encode(arbitrary_members(in)))};
    default:
      return {term, EntryKind::command, arbitrary_command(in)};
  }
}

raft::AppendEntries arbitrary_append(Input& in, const raft::Raft& raft) {
  raft::AppendEntries m;
  m.term = near(in, raft.term());
  m.prev_log_index = near(in, in.flag() ? raft.log().last_index() : raft.commit_index());
  m.prev_log_term = raft.log().term_at(m.prev_log_index).value_or(Term{});
  if (in.below(4) == 0) m.prev_log_term = near(in, raft.log().last_term());
  const bool good = in.below(4) != 0;
  for (std::uint64_t count = in.below(5); count > 0; --count)
    m.entries.push_back(good ? good_entry(in, m.term) : arbitrary_entry(in, m.term));
  m.leader_commit = near(in, m.prev_log_index + m.entries.size());
  m.round = near(in, Round{1});
  return m;
}

raft::InstallSnapshot arbitrary_chunk(Input& in, const raft::Raft& raft) {
  raft::InstallSnapshot m;
  m.term = near(in, raft.term());
  m.last_included_index = near(in, in.flag() ? raft.log().last_index() : raft.commit_index());
  m.last_included_term = near(in, raft.log().last_term());
  m.configuration = arbitrary_configuration(in);
  m.size = in.below(8) == 0 ? in.number() : in.below(8);
  m.offset = in.below(8) == 0 ? in.number() : in.below(8);
  if (in.below(8) != 0) m.data = arbitrary_command(in);
  m.round = near(in, Round{1});
  return m;
}

raft::AppendEntriesReply arbitrary_append_reply(Input& in, const raft::Raft& raft) {
  raft::AppendEntriesReply m;
  m.term = near(in, raft.term());
  m.asked_in = near(in, raft.term());
  m.prev_log_index = near(in, raft.log().last_index());
  m.success = in.flag();
  m.match_index = near(in, raft.log().last_index());
  m.conflict_index = near(in, raft.log().last_index());
  m.conflict_term = near(in, raft.log().last_term());
  m.round = near(in, Round{1});
  return m;
}

}  // namespace

std::vector<NodeId> arbitrary_nodes(Input& in) {
  std::vector<NodeId> nodes;
  for (std::uint64_t count = in.below(5); count > 0; --count)
    nodes.push_back(NodeId{in.below(8)});
  return nodes;
}

Command arbitrary_command(Input& in) {
  return std::make_shared<const std::string>(in.bytes(in.below(8)));
}

raft::Settings arbitrary_settings(Input& in) {
  raft::Settings s;
  s.self = NodeId{1 + in.below(6)};
  s.first_configuration = arbitrary_members(in);
  s.noop_on_election = in.flag();
  s.pre_vote = in.flag();
  s.check_quorum = in.flag();
  s.leader_stickiness = in.flag();
  if (s.noop_on_election) s.reads = static_cast<raft::Reads>(in.below(s.leader_stickiness ? 3 : 2));
  s.max_append_entries = 1 + in.below(4);
  s.max_append_bytes = 1 + in.below(16);
  s.max_in_flight = 1 + in.below(4);
  s.max_in_flight_bytes = 1 + in.below(32);
  s.max_uncommitted_bytes = 1 + in.below(64);
  s.snapshot_chunk_bytes = 1 + in.below(8);
  s.max_snapshot_bytes = 64;
  s.trailing_entries = in.below(4);
  return s;
}

// A crash between the two writes of a compaction leaves a log that goes on behind its snapshot's
// place, ends before it, or has another entry there; and maybe not the term that the snapshot came
// with.
raft::Restored arbitrary_disk(Input& in) {
  raft::Restored disk;
  Term term;
  const auto next_term = [&] {
    return term = Term{std::max<std::uint64_t>(term.value, 1) + in.below(3)};
  };
  if (in.below(3) == 0) {
    disk.base_index = Index{1 + in.below(4)};
    disk.base_term = next_term();
  }
  for (std::uint64_t count = in.below(8); count > 0; --count)
    disk.entries.push_back(good_entry(in, next_term()));
  if (disk.base_index != Index{} || in.below(3) == 0) {
    raft::Snapshot snapshot;
    snapshot.index = disk.base_index + std::max<std::uint64_t>(in.below(10), 1);
    const std::uint64_t place = snapshot.index - disk.base_index;
    const bool same = place <= disk.entries.size() && in.below(4) != 0;
    const Term before = term;
    snapshot.term = same ? disk.entries[place - 1].term : next_term();
    if (!same && in.flag()) term = before;
    snapshot.configuration = arbitrary_members(in);
    snapshot.data = arbitrary_command(in);
    disk.snapshot = std::move(snapshot);
  }
  disk.hard_state.current_term = next_term();
  disk.hard_state.voted_for = NodeId{in.below(7)};
  if (disk.hard_state.current_term <= Term{1} && disk.entries.empty() && !disk.snapshot) {
    disk.hard_state = {};
  }
  return disk;
}

Message arbitrary_message(Input& in, const raft::Raft& raft) {
  const Term term = raft.term();
  const Index last = raft.log().last_index();
  switch (in.below(10)) {
    case 0:
      return raft::RequestVote{near(in, term), near(in, last), near(in, raft.log().last_term()),
                               in.flag(), in.flag()};
    case 1:
      return raft::RequestVoteReply{near(in, term), near(in, term), in.flag(), in.flag()};
    case 2:
      return arbitrary_append_reply(in, raft);
    case 3:
    case 4:
      return arbitrary_chunk(in, raft);
    case 5:
      return raft::InstallSnapshotReply{near(in, term), near(in, term), near(in, last),
                                        in.below(16),   in.flag(),      near(in, Round{1})};
    case 6:
      return raft::TimeoutNow{near(in, term)};
    case 7:
      if (in.flag()) return raft::ReadIndex{near(in, term), raft::ReadId{in.below(4)}};
      return raft::ReadIndexReply{near(in, term), near(in, term), raft::ReadId{in.below(4)},
                                  in.flag(), near(in, last)};
    default:
      return arbitrary_append(in, raft);
  }
}

std::vector<Message> arbitrary_snapshot(Input& in, const raft::Raft& raft) {
  raft::InstallSnapshot chunk;
  chunk.term = raft.term() + in.below(2);
  chunk.last_included_index = raft.commit_index() + in.below(8);
  chunk.last_included_term = near(in, raft.log().last_term());
  chunk.configuration = arbitrary_members(in);
  chunk.round = Round{in.below(4)};
  const std::string state(1 + in.below(12), 's');
  const std::size_t most = 1 + in.below(4);
  chunk.size = state.size();
  std::vector<Message> chunks;
  for (; chunk.offset < chunk.size; chunk.offset += chunk.data->size()) {
    chunk.data = std::make_shared<const std::string>(state.substr(chunk.offset, most));
    chunks.emplace_back(chunk);
  }
  return chunks;
}

Message fitting_answer(Input& in, const Message& message) {
  if (const auto* m = std::get_if<raft::RequestVote>(&message)) {
    const Term term = m->pre_vote ? m->term.previous() : m->term;
    return raft::RequestVoteReply{term, m->term, true, m->pre_vote};
  }
  if (const auto* m = std::get_if<raft::AppendEntries>(&message)) {
    const bool success = in.below(4) != 0;
    raft::AppendEntriesReply reply{.term = m->term,
                                   .asked_in = m->term,
                                   .prev_log_index = m->prev_log_index,
                                   .success = success,
                                   .match_index = {},
                                   .conflict_index = {},
                                   .conflict_term = {},
                                   .round = m->round};
    if (success) {
      reply.match_index = m->prev_log_index + m->entries.size();
    } else {
      reply.conflict_index = Index{1 + in.below(8)};
      reply.conflict_term = Term{in.below(4)};
    }
    return reply;
  }
  if (const auto* m = std::get_if<raft::InstallSnapshot>(&message)) {
    const std::uint64_t next = m->offset + m->data->size();
    return raft::InstallSnapshotReply{m->term, m->term,         m->last_included_index,
                                      next,    next == m->size, m->round};
  }
  if (const auto* m = std::get_if<raft::ReadIndex>(&message)) {
    return raft::ReadIndexReply{m->term, m->term, m->read, in.flag(), Index{in.below(8)}};
  }
  return raft::TimeoutNow{raft::term_of(message)};
}

}  // namespace fuzz
