// SPDX-License-Identifier: Apache-2.0
// One server under test, put into a role, a term and a log, and then told what happens; the other
// members answer only what the test says in their name.
#pragma once

#include <map>
#include <ostream>

#include <gtest/gtest.h>

#include "raft/raft.h"
#include "tests/golden/server.h"

namespace raft {

template <class Tag>
void PrintTo(Number<Tag> number, std::ostream* out) {
  *out << number.value;
}

inline void PrintTo(Role role, std::ostream* out) {
  *out << name_of(role);
}

namespace test {

inline constexpr NodeId kS1{1};
inline constexpr NodeId kS2{2};
inline constexpr NodeId kS3{3};
inline constexpr NodeId kS4{4};
inline constexpr NodeId kS5{5};

// Pinned, so that a restarted election timer shows as an exact deadline.
inline constexpr Duration kElectionTimeout{200'000};
inline constexpr Duration kHeartbeatInterval{50'000};

// A log by the terms of its entries: {1, 1, 4} has index 3 of term 4. Each command is told by its
// term and index, "4.3".
using Terms = std::vector<std::uint64_t>;
std::vector<Entry> entries(const Terms& terms, std::uint64_t first = 1);
Terms terms_of(const std::vector<Entry>& entries);
Terms terms_of(const Log& log);
std::vector<std::string> commands_of(const Log& log);
Command command_of(const std::string& text);
// An entry that makes these the members.
Entry configuration_entry(std::uint64_t term, const Configuration& configuration);

// Messages in short. A reply's `term` is the one that it was asked in unless it says so.
struct At {
  std::uint64_t index = 0;
  std::uint64_t term = 0;
};
struct Append {
  std::uint64_t term = 0;
  At prev = {};
  Terms entries = {};
  std::uint64_t commit = 0;
};
struct Accepted {
  std::uint64_t asked_in = 0;
  std::uint64_t prev = 0;
  std::uint64_t match = 0;
  std::uint64_t term = 0;
};
struct Refused {
  std::uint64_t asked_in = 0;
  std::uint64_t prev = 0;
  std::uint64_t conflict_index = 0;
  std::uint64_t conflict_term = 0;
  std::uint64_t term = 0;
};
struct Chunk {
  std::uint64_t term = 0;
  At last = {};  // the snapshot's last included entry
  std::string data = {};
  std::uint64_t offset = 0;
  std::uint64_t size = 0;  // of the whole; 0: this is all of it
  Configuration configuration = {{kS1, kS2, kS3}, {}, {}};
};
AppendEntries append(const Append& a);
AppendEntries append(const Append& a, const std::vector<Entry>& entries);
AppendEntriesReply accepted(const Accepted& a);
AppendEntriesReply accepted(const AppendEntries& request);
AppendEntriesReply refused(const Refused& r);
InstallSnapshot chunk(const Chunk& c);
// The answer to a chunk: all is there, or this byte is wanted next.
InstallSnapshotReply installed(const InstallSnapshot& request);
InstallSnapshotReply wants(const InstallSnapshot& request, std::uint64_t next_offset);
RequestVote ask(std::uint64_t term, At last);
RequestVote ask_first(std::uint64_t term, At last);  // a pre-vote
RequestVoteReply vote(std::uint64_t asked_in);
RequestVoteReply pre_vote(std::uint64_t asked_in, std::uint64_t term);
RequestVoteReply denial(std::uint64_t asked_in, std::uint64_t term = 0);

// All messages of one kind in an output, or those to one server.
template <class M>
std::vector<M> sent(const Output& out, NodeId to = {}) {
  std::vector<M> found;
  for (const Outgoing& o : out.messages) {
    const M* message = std::get_if<M>(&o.message);
    if (message && (to == NodeId{} || o.to == to)) found.push_back(*message);
  }
  return found;
}

// The one message that must be in an output, of this kind.
template <class M>
M only(const Output& out) {
  const std::vector<M> found = sent<M>(out);
  EXPECT_EQ(out.messages.size(), 1u);
  EXPECT_EQ(found.size(), 1u);
  return found.empty() ? M{} : found.front();
}

template <class T>
std::vector<T> noted(const Output& out) {
  std::vector<T> found;
  for (const Transition& transition : out.transitions) {
    if (const T* t = std::get_if<T>(&transition)) found.push_back(*t);
  }
  return found;
}

// The reads that may be served.
using Ids = std::vector<std::uint64_t>;
Ids served(const Output& out);

enum class Sync {
  at_once,   // a write is durable as soon as it is handed out
  when_told  // and here when the test says so
};

struct Setup {
  std::uint64_t term = 0;
  std::uint64_t voted_for = 0;
  Terms log = {};    // after `base`
  At base = {};      // where the log begins
  At snapshot = {};  // the newest snapshot, of the first configuration; none where its index is 0
  std::uint64_t members = 3;
  Configuration configuration = {};  // the first one; left out: voters 1 to `members`
  Sync sync = Sync::at_once;
  Settings settings = {};  // timeouts and interval are pinned
  Duration election_timeout_max = kElectionTimeout;
  std::uint64_t self = 1;
};

class Server {
 public:
  // As it comes up, all of the setup durable. `Begin` has been said at time 0.
  explicit Server(const Setup& setup);

  // Each input comes at the present time, `now`.
  Output receive(NodeId from, const Message& message, MessageId id = {});
  Output propose(const std::vector<std::string>& commands);
  Output change_members(std::vector<NodeId> voters, std::vector<NodeId> learners = {});
  Output transfer_to(NodeId target) { return step(TransferLeadership{target}); }
  Output read(ReadId id) { return step(Read{id}); }
  Output compact(std::uint64_t index, const std::string& data = "state");
  Output tick() { return step(Tick{}); }
  Output persisted(WriteId up_to) { return step(Persisted{up_to}); }
  // Everything that was handed out is durable.
  Output persisted() { return persisted(last_write_); }
  // `peer` accepts the last AppendEntries that went out to it.
  Output accept(NodeId peer) { return receive(peer, accepted(last_append_.at(peer))); }
  void pass(Duration duration) { now_ += duration; }
  // The time goes to where the server asked to be woken, and it is.
  Output wake();
  // A crash that loses all writes that are not durable, but for the snapshot of a `torn` one; and a
  // new start.
  void restart(bool torn = false);
  void sync(Sync sync) { sync_ = sync; }

  Raft* operator->() { return &*raft_; }
  const Raft* operator->() const { return &*raft_; }
  std::uint64_t term() const { return raft_->term().value; }
  NodeId voted_for() const { return raft_->hard_state().voted_for; }
  Role role() const { return raft_->role(); }
  Terms log() const { return terms_of(raft_->log()); }
  std::uint64_t base() const { return raft_->log().base_index().value; }
  std::uint64_t commit() const { return raft_->commit_index().value; }
  Progress progress(NodeId peer) const;
  std::uint64_t match(NodeId peer) const { return progress(peer).match_index.value; }
  std::uint64_t next(NodeId peer) const { return progress(peer).next_index.value; }
  Replication replication(NodeId peer) const { return progress(peer).replication; }
  Time now() const { return now_; }
  std::optional<Time> deadline() const { return wake_at_; }
  WriteId last_write() const { return last_write_; }
  const AppendEntries& last_append(NodeId peer) const { return last_append_.at(peer); }
  const Restored& durable() const { return disk_.durable(); }
  // All that can be seen of it, as text: what must not change where nothing may.
  std::string state() const;

 private:
  Output step(Input input);
  Output step_once(Input input);
  void start();

  Settings settings_;
  Sync sync_;
  golden::Disk disk_;
  std::optional<Raft> raft_;
  WriteId last_write_;
  std::map<NodeId, AppendEntries> last_append_;
  Time now_{};
  std::optional<Time> wake_at_;
};

// A candidate of `setup.term` whose requests are out, and a leader of it elected by the first
// voters whose initial AppendEntries are. `setup.sync` holds from then on.
Server candidate(const Setup& setup);
Server leader(const Setup& setup);
// A leader whose followers have all that it has, and so has it committed its no-op, if it has one.
Server settled_leader(const Setup& setup);

}  // namespace test
}  // namespace raft
