// SPDX-License-Identifier: Apache-2.0
// Raft as a value: one call takes one input and the time, and returns all that has to happen
// because of it. No clock, no socket, no file, no thread, no randomness of its own; so every run of
// it can be told, replayed and taken apart.
//
// Where Figure 2 of the paper ("In Search of an Understandable Consensus Algorithm", Ongaro and
// Ousterhout, extended version) is kept: state.h, append_entries.cpp, request_vote.cpp,
// rules_for_servers.cpp, one file a box.
//
// For readers who come from the teaching lab (6.824, 6.5840):
//   Make(peers, me, persister, applyCh)   the constructor; `Restored` is what the persister held
//   Start(command) (index, term, leader)  the input `Propose` and `Output::proposal`
//   GetState() (term, isLeader)           `term()` and `role()`
//   ApplyMsg on applyCh                   `Output::apply`: entries to apply, in order, once
//   persister.Save(...)                   `Output::write`, answered by the input `Persisted`
//   labrpc's Call()                       `Output::messages` and the input `Receive`
#pragma once

#include "raft/messages.h"
#include "raft/random.h"
#include "raft/state.h"

namespace raft {

struct Settings {
  NodeId self;
  std::vector<NodeId> members;  // the first configuration, `self` among them
  Duration election_timeout_min{150'000};
  Duration election_timeout_max{300'000};  // each timeout is drawn uniformly from [min, max]
  Duration heartbeat_interval{50'000};
  // A leader appends a no-op at the start of its term (section 8). Figure 2 has none, and an
  // application that counts log indexes, as the lab's tests do, wants none.
  bool noop_on_election = true;
  std::size_t max_append_entries = 256;  // entries in one AppendEntries at the most
  std::size_t max_append_bytes =
      1 << 20;  // bytes of commands in one AppendEntries, unless a single one is larger
  std::size_t max_in_flight =
      16;  // unanswered AppendEntries with entries to one follower, at the most
};

// What the disk held when the server came up.
struct Restored {
  HardState hard_state;
  std::vector<Entry> entries;  // of indexes 1 and on
};

// Inputs.
struct Begin {};  // take part from now on: arms the election timer
struct Tick {};   // nothing but the passing of time
struct Receive {
  NodeId from;
  MessageId id;
  Message message;
};
struct Propose {
  std::vector<Command> commands;  // appended together, in this order
};
struct Persisted {
  WriteId up_to;  // this write and all before it are durable
};
using Input = std::variant<Begin, Tick, Receive, Propose, Persisted>;

// What must become durable, as one atomic step, after all writes before it: first the hard state,
// then the truncation, then the entries.
struct Write {
  WriteId id;
  std::optional<HardState> hard_state;
  std::optional<Index> truncate_from;  // delete this index and all that follow
  Index first_index;                   // of `entries`
  std::vector<Entry> entries;
};

struct Outgoing {
  NodeId to;
  Message message;
  MessageId reply_to;  // the request that it answers, or none
};

struct Proposal {
  bool accepted = false;
  Index first_index;  // where the first command was put; the others follow it
  Term term;
  NodeId leader;  // refused: who leads, as far as is known
};

// Indexes `first` to `last`; empty where first > last.
struct IndexRange {
  Index first{1};
  Index last{0};
  bool empty() const { return first > last; }
};

// All that one step asks for. Messages may go out at once: those that carry a promise are held back
// inside Raft until the write that makes it true is durable.
struct Output {
  std::optional<Write> write;
  std::vector<Outgoing> messages;
  IndexRange apply;  // committed and durable here, to be applied in this order
  std::vector<Transition> transitions;
  std::optional<Proposal> proposal;  // the answer to Propose
  const char* refused =
      nullptr;  // why a message was refused as impossible; nothing was changed by it
  std::optional<Time> wake_at;  // when to send Tick if nothing comes before
};

class Raft {
 public:
  Raft(const Settings& settings, Restored restored, std::uint64_t seed);

  // `now` must never be smaller than it was in an earlier call.
  Output step(Time now, Input input);

  Role role() const;
  Term term() const { return hard_state_.current_term; }
  // Who leads this term, as far as this server knows; nobody otherwise.
  NodeId leader() const;
  const HardState& hard_state() const { return hard_state_; }
  const Log& log() const { return log_; }
  Index commit_index() const { return commit_index_; }
  Index last_applied() const { return last_applied_; }
  Index durable_index() const { return durability_.durable_index(); }
  // A leader's view of its followers; empty for others.
  std::vector<Progress> progress() const;

 private:
  struct Promise {
    WriteId after;
    Outgoing outgoing;
  };

  // rules_for_servers.cpp
  void handle(const Begin&);
  void handle(const Tick&);
  void handle(const Receive& receive);
  void handle(Propose& propose);
  void handle(const Persisted& persisted);
  void adopt_term(Term term);
  void become_follower(NodeId leader);
  void become_candidate();
  void become_leader();
  void change_role(RoleState state, std::vector<NodeId> votes = {});
  void reset_election_timer();
  void advance_commit(Index index, std::vector<Match> match);
  void hand_out_applies();
  std::optional<Time> next_wake() const;

  // Why no correct server could have sent this message; null where one could. Asked before anything
  // is done, so that a refused message changes nothing.
  const char* impossible(NodeId from, const RequestVote& request) const;
  const char* impossible(NodeId from, const RequestVoteReply& reply) const;
  const char* impossible(NodeId from, const AppendEntries& request) const;
  const char* impossible(NodeId from, const AppendEntriesReply& reply) const;

  // request_vote.cpp
  void handle(NodeId from, MessageId id, const RequestVote& request);
  void handle(NodeId from, MessageId id, const RequestVoteReply& reply);
  void ask_for_votes();
  void count_vote(NodeId voter);

  // append_entries.cpp
  void handle(NodeId from, MessageId id, const AppendEntries& request);
  void handle(NodeId from, MessageId id, const AppendEntriesReply& reply);
  void reject_append(NodeId leader, MessageId id, const AppendEntries& request,
                     AppendRejected::Reason reason);
  void store_entries(const AppendEntries& request);
  void accepted_up_to(Progress& progress, Index match_index);
  void rejected(Progress& progress, const AppendEntriesReply& reply);
  Index back_up(const AppendEntriesReply& reply) const;
  void replicate(Progress& progress);
  void replicate_to_all();
  void send_append(Progress& progress, std::size_t max_entries);
  void send_heartbeats();
  void commit_by_majority();

  // persistence.cpp
  Write& write();
  void persist_hard_state();
  void append_to_log(std::vector<Entry> entries);
  void truncate_log(Index first);
  void send(NodeId to, Message message, MessageId reply_to = {});
  void send_after(WriteId write, NodeId to, Message message, MessageId reply_to = {});
  void keep_promises();

  void note(Transition transition) { out_.transitions.push_back(std::move(transition)); }
  void refuse(const char* why) { out_.refused = why; }
  bool is_member(NodeId node) const;
  std::size_t majority() const { return settings_.members.size() / 2 + 1; }

  Settings settings_;
  Random random_;
  HardState hard_state_;
  Log log_;
  RoleState role_;
  Index commit_index_;
  Index last_applied_;
  Durability durability_;
  WriteId last_write_;        // the newest write handed out
  WriteId hard_state_write_;  // the newest one that held the hard state
  std::vector<Promise> promises_;
  bool begun_ = false;
  std::optional<Time> election_deadline_;  // none for a leader, and before Begin
  Time now_{};
  Output out_;  // of the step under way
};

}  // namespace raft
