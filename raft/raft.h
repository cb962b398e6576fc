// SPDX-License-Identifier: Apache-2.0
// Raft as a value: one call takes one input and the time, and returns all that has to happen
// because of it. No clock, no socket, no file, no thread, no randomness of its own; so every run of
// it can be told, replayed and taken apart.
//
// Where the paper is kept ("In Search of an Understandable Consensus Algorithm", Ongaro and
// Ousterhout, extended version), one file a box of its figures: state.h, append_entries.cpp,
// request_vote.cpp and rules_for_servers.cpp are Figure 2, install_snapshot.cpp is Figure 13. The
// extensions, each settable (settings.h), from Ongaro's dissertation: check_quorum.cpp,
// leadership_transfer.cpp, membership.cpp, read_index.cpp; PreVote is in request_vote.cpp.
//
// For readers who come from the teaching lab (6.824, 6.5840):
//   Make(peers, me, persister, ...)  the constructor; `Restored` is what the persister held
//   Start(command)                   the input `Propose`, `Output::proposal`
//   GetState()                       `term()` and `role()`
//   ApplyMsg on applyCh              `Output::apply`: those entries, in this order, once;
//                                    with SnapshotValid: `Output::restore`
//   Snapshot(index, bytes)           the input `Compact`
//   persister.Save(...)              `Output::write`; the input `Persisted` once it is durable
//   labrpc's Call()                  `Output::messages`, the input `Receive`
#pragma once

#include <deque>

#include "raft/messages.h"
#include "raft/random.h"
#include "raft/settings.h"
#include "raft/state.h"

namespace raft {

// What the disk held when the server came up.
struct Restored {
  HardState hard_state;
  std::optional<Snapshot> snapshot;
  Index base_index;  // the entries stand at base_index + 1 and on; base_index <= snapshot->index
  Term base_term;
  std::vector<Entry> entries;
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
// The application's state after the entry of `index`, which it has applied.
struct Compact {
  Index index;
  Command data;
};
// Makes these the members. A change of the voters goes through a joint configuration and leaves it
// by itself.
struct ChangeMembers {
  std::vector<NodeId> voters;    // ascending, not empty
  std::vector<NodeId> learners;  // ascending, none of them a voter
};
struct TransferLeadership {
  NodeId target;
};
struct Read {
  ReadId id;  // from next_read_id()
};
using Input = std::variant<Begin, Tick, Receive, Propose, Persisted, Compact, ChangeMembers,
                           TransferLeadership, Read>;

// What must become durable, after all writes before it: the snapshot first, which a crash may leave
// without the rest; then the rest, as one atomic step.
struct Write {
  // The log begins after this place from now on.
  struct Base {
    Index index;
    Term term;
    bool discard_log = false;  // all entries are gone; else those up to `index`
  };
  WriteId id;
  std::optional<HardState> hard_state;
  std::optional<Snapshot> snapshot;  // durable before the log is cut
  std::optional<Base> base;
  std::optional<Index> truncate_from;  // delete this index and all that follow
  Index first_index;                   // of `entries`
  std::vector<Entry> entries;
};

struct Outgoing {
  NodeId to;
  Message message;
  MessageId reply_to;  // the request that it answers, or none
};

// The answer to Propose, ChangeMembers and TransferLeadership.
struct Proposal {
  enum class Refusal : std::uint8_t {
    none,
    not_leader,
    transferring,      // a leadership transfer is under way
    overloaded,        // max_uncommitted_bytes are waiting to be committed
    change_under_way,  // a configuration is not committed yet
    term_too_young,    // nothing of the leader's own term is committed yet (the 2015 erratum of
                       // single-server changes)
    no_change,         // the members are these already, or the target leads already
    invalid,  // voters empty or not ascending, a learner that is a voter, a target that is no voter
  };
  Refusal refusal = Refusal::none;
  Index first_index;  // where the first entry was put; the others follow it
  Term term;
  NodeId leader;  // not_leader: who leads, as far as is known
  bool accepted() const { return refusal == Refusal::none; }
};

// A read may be served from the state once it has been applied up to `index`.
struct ReadAnswer {
  ReadId id;
  bool granted = false;  // not granted: ask again, perhaps another server
  Index index;
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
  std::optional<Snapshot>
      restore;       // replace the state by this one, which is committed and durable here, then
  IndexRange apply;  // apply these: committed and durable here, in this order
  std::vector<ReadAnswer> reads;
  std::vector<Transition> transitions;
  std::optional<Proposal> proposal;
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
  const std::optional<Snapshot>& snapshot() const { return snapshot_; }
  Index commit_index() const { return commit_index_; }
  Index last_applied() const { return last_applied_; }
  Index durable_index() const { return durability_.durable_index(); }
  // The latest in the log, committed or not: "a server always uses the latest configuration in its
  // log" (section 6).
  const Configuration& configuration() const { return configurations_.back().configuration; }
  Index configuration_index() const { return configurations_.back().index; }
  // A leader's view of its followers; empty for others.
  std::vector<Progress> progress() const;
  // An id that no read had before, in this incarnation or another one.
  ReadId next_read_id() { return ++last_read_; }

 private:
  struct Promise {
    WriteId after;
    Outgoing outgoing;
  };
  struct PlacedConfiguration {
    Index index;
    Configuration configuration;
  };
  // A snapshot on its way in from the leader of this term.
  struct Incoming {
    Index index;
    Term term;
    std::uint64_t size = 0;
    std::string data;
  };
  // An installed snapshot that the application has not been given yet.
  struct Restoring {
    WriteId after;
    Snapshot snapshot;
  };
  // When a leader was heard last, and which: this term's, or one of an earlier term.
  struct LeaderContact {
    NodeId leader;
    Time at{};
  };
  // A read handed on to the leader.
  struct ForwardedRead {
    ReadId id;
    Time deadline{};
  };

  // rules_for_servers.cpp
  void handle(const Begin&);
  void handle(const Tick&);
  void handle(Receive& receive);
  void handle(Propose& propose);
  void handle(const Persisted& persisted);
  void adopt_term(Term term);
  void become_follower(NodeId leader, RoleChanged::Reason reason);
  void become_pre_candidate();
  void become_candidate(RoleChanged::Reason reason);
  void become_leader();
  void change_role(RoleState state, RoleChanged::Reason reason, std::vector<NodeId> votes = {});
  void campaign();
  void reset_election_timer();
  void heard_from_leader(NodeId leader);
  void advance_commit(Index index, std::vector<Match> match);
  void hand_out_applies();
  void refuse_proposal(Proposal::Refusal refusal);
  std::optional<Time> next_wake() const;

  // Why no correct server could have sent this message; null where one could. Asked before anything
  // is done, so that a refused message changes nothing.
  const char* impossible(NodeId from, const RequestVote& request) const;
  const char* impossible(NodeId from, const RequestVoteReply& reply) const;
  const char* impossible(NodeId from, const AppendEntries& request) const;
  const char* impossible(NodeId from, const AppendEntriesReply& reply) const;
  const char* impossible(NodeId from, const InstallSnapshot& request) const;
  const char* impossible(NodeId from, const InstallSnapshotReply& reply) const;
  const char* impossible(NodeId from, const TimeoutNow& request) const;
  const char* impossible(NodeId from, const ReadIndex& request) const;
  const char* impossible(NodeId from, const ReadIndexReply& reply) const;
  bool second_leader(NodeId from, Term of_term) const;

  // request_vote.cpp
  void handle(NodeId from, MessageId id, RequestVote& request);
  void handle(NodeId from, MessageId id, RequestVoteReply& reply);
  std::optional<VoteDenied::Reason> why_not_vote_for(NodeId candidate,
                                                     const RequestVote& request) const;
  void deny_vote(NodeId from, MessageId id, const RequestVote& request, VoteDenied::Reason reason);
  bool sticks_to_leader(NodeId candidate, const RequestVote& request) const;
  void ask_for_pre_votes();
  void ask_for_votes();
  bool count_vote(std::vector<NodeId>& votes, NodeId voter) const;

  // append_entries.cpp
  void handle(NodeId from, MessageId id, AppendEntries& request);
  void handle(NodeId from, MessageId id, AppendEntriesReply& reply);
  void reject_append(NodeId leader, MessageId id, const AppendEntries& request,
                     AppendRejected::Reason reason);
  void store_entries(AppendEntries& request);
  void accepted_up_to(Progress& progress, Index match_index);
  void rejected(Progress& progress, const AppendEntriesReply& reply);
  Index back_up(const AppendEntriesReply& reply) const;
  const Progress* progress_of(NodeId peer) const;
  Progress* progress_of(NodeId peer);
  void change_replication(Progress& progress, Replication replication);
  void replicate(Progress& progress);
  bool window_has_room(const Progress& progress) const;
  void replicate_to_all();
  void send_append(Progress& progress, std::size_t max_entries);
  void send_heartbeats();
  void commit_by_quorum();

  // install_snapshot.cpp
  void handle(NodeId from, MessageId id, InstallSnapshot& request);
  void handle(NodeId from, MessageId id, InstallSnapshotReply& reply);
  void handle(Compact& compact);
  bool take_chunk(const InstallSnapshot& request);
  void install(NodeId from, const InstallSnapshot& request, Command data);
  void start_snapshot(Progress& progress);
  void send_chunk(Progress& progress, std::size_t max_bytes);

  // membership.cpp
  void handle(ChangeMembers& change);
  void append_configuration(Configuration configuration);
  void configuration_appended(Index index, Configuration configuration);
  void roll_back_configurations(Index first);
  void forget_configurations_before(Index index);
  const Configuration& configuration_at(Index index) const;
  void meet_followers();
  void leave_joint_configuration();
  void configuration_committed();
  void dismiss_followers();
  bool can_campaign() const;

  // leadership_transfer.cpp
  void handle(const TransferLeadership& transfer);
  void handle(NodeId from, MessageId id, TimeoutNow& request);
  void advance_transfer();
  void expire_transfer();
  void hand_over_to(NodeId target);

  // check_quorum.cpp
  Time quorum_contact() const;
  void check_quorum();

  // read_index.cpp
  void handle(const Read& read);
  void handle(NodeId from, MessageId id, ReadIndex& request);
  void handle(NodeId from, MessageId id, ReadIndexReply& reply);
  bool committed_in_own_term() const;
  Round confirmed_round() const;
  bool lease_holds() const;
  void begin_round();
  void answer(Progress& progress, Round round);
  void serve_reads();
  void answer_reads(std::vector<PendingRead>& reads, bool granted, Index index);
  void fail_reads(Leader& leader);
  void fail_late_reads();
  void fail_forwarded_reads();

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

  Settings settings_;
  Random random_;
  HardState hard_state_;
  std::optional<Snapshot> snapshot_;
  Log log_;
  std::deque<PlacedConfiguration>
      configurations_;  // all in the log, after the one in force at its base
  RoleState role_;
  Index commit_index_;
  Index last_applied_;
  Durability durability_;
  WriteId last_write_;        // the newest write handed out
  WriteId hard_state_write_;  // the newest one that held the hard state
  std::vector<Promise> promises_;
  std::size_t uncommitted_bytes_ = 0;  // of a leader's log: commands after the commit index
  std::optional<Incoming> incoming_;
  std::optional<Restoring> restoring_;
  std::vector<ForwardedRead> forwarded_reads_;
  ReadId last_read_;
  bool rebase_ =
      false;  // the log on disk is older than the snapshot: the next write says where it goes on
  bool begun_ = false;
  std::optional<Time> election_deadline_;  // none for a leader, and before Begin
  // Kept when a newer term comes: the leader that was heard may count on it (leases).
  std::optional<LeaderContact> last_leader_contact_;
  Time now_{};
  Output out_;  // of the step under way
};

const char* name_of(Proposal::Refusal refusal);

}  // namespace raft
