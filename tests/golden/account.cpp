// SPDX-License-Identifier: Apache-2.0
#include "tests/golden/account.h"

#include <fmt/format.h>

namespace raft::golden {
namespace {

std::string names(const std::vector<NodeId>& nodes) {
  std::string all;
  for (NodeId node : nodes)
    all += (all.empty() ? "" : " ") + name(node);
  return all;
}

std::string place(Index index, Term term) {
  return fmt::format("i{} t{}", index.value, term.value);
}

template <class ForEach>
std::string listed(const ForEach& for_each) {
  std::string all;
  for_each([&all](const std::string& one) { all += (all.empty() ? "" : ", ") + one; });
  return all;
}

std::string bare(const Entry& entry) {
  if (entry.kind == EntryKind::configuration) return "[" + *entry.command + "]";
  return entry.command ? *entry.command : name_of(entry.kind);
}

// "i1 t1 C1 C2, i3 t4 C3": a new place where the term changes.
template <class At>
std::string entries(Index first, Index last, const At& at) {
  std::string all;
  for (Index i = first; i <= last; ++i) {
    const Entry& entry = at(i);
    if (i == first || at(i.previous()).term != entry.term) {
      all += (all.empty() ? "" : ", ") + place(i, entry.term);
    }
    all += " " + bare(entry);
  }
  return all;
}

std::string entries(Index first, const std::vector<Entry>& entries_there) {
  return entries(first, first + entries_there.size() - 1,
                 [&](Index i) -> const Entry& { return entries_there[i - first]; });
}

// A reply says in which term it was asked where that is not its own.
template <class Reply>
std::string terms(const Reply& reply) {
  if (reply.asked_in == reply.term) return fmt::format("t{}", reply.term.value);
  return fmt::format("t{} (asked in t{})", reply.term.value, reply.asked_in.value);
}

std::string body(const RequestVote& m) {
  return fmt::format("t{}, log ends {}{}", m.term.value, place(m.last_log_index, m.last_log_term),
                     m.transfer ? ", for a transfer" : "");
}

std::string body(const RequestVoteReply& m) {
  return fmt::format("{}, {}", terms(m), m.vote_granted ? "granted" : "denied");
}

std::string body(const AppendEntries& m) {
  const std::string with = entries(m.prev_log_index.next(), m.entries);
  return fmt::format("t{}, after {}{}, commit i{}", m.term.value,
                     place(m.prev_log_index, m.prev_log_term), with.empty() ? "" : ": " + with,
                     m.leader_commit.value);
}

std::string body(const AppendEntriesReply& m) {
  if (m.success) return fmt::format("{}, match i{}", terms(m), m.match_index.value);
  if (m.conflict_index == Index{}) return fmt::format("{}, refused", terms(m));
  return fmt::format("{}, refused after i{}: go on at {}", terms(m), m.prev_log_index.value,
                     place(m.conflict_index, m.conflict_term));
}

std::string body(const InstallSnapshot& m) {
  return fmt::format("t{}, up to {}, bytes {} to {} of {}", m.term.value,
                     place(m.last_included_index, m.last_included_term), m.offset,
                     m.offset + m.data->size(), m.size);
}

std::string body(const InstallSnapshotReply& m) {
  const std::string wants = fmt::format("wants byte {}", m.next_offset);
  return fmt::format("{}, i{}: {}", terms(m), m.last_included_index.value,
                     m.installed ? "installed" : wants);
}

std::string body(const TimeoutNow& m) {
  return fmt::format("t{}", m.term.value);
}

std::string body(const ReadIndex& m) {
  return fmt::format("t{}", m.term.value);
}

std::string body(const ReadIndexReply& m) {
  return m.granted ? fmt::format("{}, from i{}", terms(m), m.index.value) : terms(m) + ", refused";
}

// Each transition as "n1 ...", and whether it is an outcome.
struct Told {
  bool outcome;
  std::string text;
};

Told told(const Raft&, const TimedOut& t) {
  return {false, fmt::format("times out as {} of t{}", name_of(t.role), t.term.value)};
}

Told told(const Raft&, const TermAdvanced& t) {
  return {false, fmt::format("enters t{}", t.after.value)};
}

Told told(const Raft&, const RoleChanged& t) {
  const std::string votes = t.votes.empty() ? "" : " of " + names(t.votes);
  return {true, fmt::format("becomes {} of t{}: {}{}", name_of(t.after), t.term.value,
                            name_of(t.reason), votes)};
}

Told told(const Raft&, const VoteGranted& t) {
  return {false, fmt::format("{} {} in t{}", t.pre_vote ? "would vote for" : "votes for",
                             name(t.candidate), t.term.value)};
}

Told told(const Raft&, const VoteDenied& t) {
  return {false,
          fmt::format("{} {} in t{}: {}", t.pre_vote ? "would not vote for" : "does not vote for",
                      name(t.candidate), t.term.value, name_of(t.reason))};
}

Told told(const Raft& raft, const EntriesAppended& t) {
  return {false, "appends " + entries(t.first, t.last,
                                      [&](Index i) -> const Entry& { return raft.log().at(i); })};
}

Told told(const Raft&, const LogTruncated& t) {
  return {true, t.first == t.last ? fmt::format("deletes i{}", t.first.value)
                                  : fmt::format("deletes i{} to i{}", t.first.value, t.last.value)};
}

Told told(const Raft&, const AppendRejected& t) {
  return {false,
          fmt::format("refuses what comes after i{} from {} of t{}: {}", t.prev_log_index.value,
                      name(t.leader), t.term.value, name_of(t.reason))};
}

Told told(const Raft&, const ProgressChanged& t) {
  return {false, fmt::format("sends to {}: {}, was {}; match i{}, next i{}", name(t.peer),
                             name_of(t.after), name_of(t.before), t.match_index.value,
                             t.next_index.value)};
}

Told told(const Raft&, const CommitAdvanced& t) {
  const std::string match = listed([&](const auto& add) {
    for (const Match& m : t.match)
      add(fmt::format("{} i{}", name(m.node), m.index.value));
  });
  return {true, fmt::format("commits i{}{}", t.after.value, match.empty() ? "" : ": " + match)};
}

Told told(const Raft&, const ConfigurationChanged& t) {
  return {true, fmt::format("uses i{}'s members: {}", t.index.value, encode(t.configuration))};
}

Told told(const Raft&, const TransferChanged& t) {
  return {true, fmt::format("transfers to {}: {}", name(t.target), name_of(t.phase))};
}

Told told(const Raft&, const SnapshotTaken& t) {
  return {true, "takes a snapshot up to " + place(t.index, t.term)};
}

Told told(const Raft&, const SnapshotInstalled& t) {
  return {true, fmt::format("installs the snapshot of {} up to {}", name(t.leader),
                            place(t.index, t.term))};
}

}  // namespace

std::string name(NodeId node) {
  return fmt::format("n{}", node.value);
}

std::string text_of(const Message& message) {
  return fmt::format("{} {}", name_of(message),
                     std::visit([](const auto& m) { return body(m); }, message));
}

std::string text_of(const Write& write) {
  return fmt::format("w{}: ", write.id.value) + listed([&](const auto& add) {
           if (write.hard_state) {
             add(fmt::format("t{} vote {}", write.hard_state->current_term.value,
                             write.hard_state->voted_for == NodeId{}
                                 ? "nobody"
                                 : name(write.hard_state->voted_for)));
           }
           if (write.snapshot) add("snapshot of i" + std::to_string(write.snapshot->index.value));
           if (write.base && write.base->discard_log) add("no log");
           if (write.base) add("log after " + place(write.base->index, write.base->term));
           if (write.truncate_from) {
             add(fmt::format("no i{} and on", write.truncate_from->value));
           }
           if (!write.entries.empty()) add(entries(write.first_index, write.entries));
         });
}

std::string text_of(const Proposal& p) {
  if (p.accepted()) {
    return p.first_index == Index{} ? "accepts"
                                    : fmt::format("accepts at {}", place(p.first_index, p.term));
  }
  const std::string leader = p.leader == NodeId{} ? "" : ", " + name(p.leader) + " leads";
  return fmt::format("refuses: {}{}", name_of(p.refusal), leader);
}

std::string text_of(const Progress& p) {
  return fmt::format(
      "{}: {}, match i{}, next i{}, {} in flight{}", name(p.peer), name_of(p.replication),
      p.match_index.value, p.next_index.value, p.in_flight.size(),
      p.snapshot
          ? fmt::format(", snapshot i{} from byte {}", p.snapshot->index.value, p.snapshot_offset)
          : "");
}

std::string log_of(const Log& log) {
  const std::string all = entries(log.first_index(), log.last_index(),
                                  [&](Index i) -> const Entry& { return log.at(i); });
  if (log.base_index() == Index{}) return all.empty() ? "empty" : all;
  return fmt::format("after {}: {}", place(log.base_index(), log.base_term()),
                     all.empty() ? "nothing" : all);
}

std::string describe(NodeId node, const Server& server) {
  if (!server.raft) return name(node) + " is down";
  const Raft& raft = *server.raft;
  const NodeId vote = raft.hard_state().voted_for;
  const std::string state = server.application.state();
  return fmt::format("{} is {} of t{}, vote {}, commit i{}, applied i{}: {}", name(node),
                     name_of(raft.role()), raft.term().value,
                     vote == NodeId{} ? "nobody" : name(vote), raft.commit_index().value,
                     raft.last_applied().value, state.empty() ? "nothing" : state) +
         (raft.configuration() == server.settings.first_configuration
              ? ""
              : fmt::format("; i{} [{}]", raft.configuration_index().value,
                            encode(raft.configuration())));
}

void tell(NodeId node, const Raft& raft, const Transition& transition, Account& account) {
  if (account.silent()) return;
  const Told t = std::visit([&](const auto& each) { return told(raft, each); }, transition);
  const auto line = [&] { return name(node) + " " + t.text; };
  if (t.outcome) {
    account.outcome(line);
  } else {
    account.detail(line);
  }
}

}  // namespace raft::golden
