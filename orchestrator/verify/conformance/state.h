// SPDX-License-Identifier: Apache-2.0
// What a server remembers (Figure 2, box "State", and what the extensions add), replayed from its
// own lines and across its restarts. Where the lines do not tell all (an acknowledgement that
// changes nothing leaves none), what is kept is what is certain.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>

#include "orchestrator/verify/evidence.h"
#include "orchestrator/verify/node_configuration.h"
#include "orchestrator/verify/node_log.h"
#include "orchestrator/verify/on_disk.h"

namespace verify::spec {

// How far a log is durable at the most: entries that were truncated and written again are durable
// by the later write only.
class DurableLog {
 public:
  void begins(Tip tip);
  void changed(Tip tip);        // the log ends so from now on
  void truncated(Index first);  // this entry and all after it are gone
  void persisted(Tip tip);      // a log that ended so is on disk
  Index up_to() const { return up_to_; }

 private:
  struct Written {
    Tip tip;
    Index last;  // of what is left of it
  };
  std::deque<Written> written_;
  Index up_to_;
};

// A leader's view of another member.
struct Peer {
  std::string replication = "probe";
  Index match;        // it has at least this; while it is probed, exactly this
  Time contact{};     // it has answered what was sent at this time or later
  bool anew = false;  // was a member before: it may be a new one to the leader, or as it was
};
struct Handover {
  NodeId target;
  bool sent = false;
};
// Entries up to `last` were in the log from this time on.
struct AppendedAt {
  Index last;
  Time at{};
};
struct Leading {
  std::map<NodeId, Peer> peers;  // members, and who has been one
  bool knows_peers = false;      // there are no others
  std::optional<Handover> transfer;
  bool reconfigured = false;  // since it committed last: quorums are others than they were then
  Time since{};
  std::deque<AppendedAt> appended;  // of late
};

// When a leader was heard of, and which. In a later term another may have been, whose heartbeat
// changed nothing.
struct Contact {
  NodeId leader;
  Term term;
  Time at{};
};

// The state machine went on in a step of this time, from what it had applied.
struct GoingOn {
  Index from;
  Time at{};
};

// What the next line of a node must be, since a step that has gone so far goes on.
enum class Due : std::uint8_t {
  nothing,
  follow,         // a newer term came: no leader and no candidate goes on in it
  campaign,       // the election timer ran out
  new_term,       // a pre-candidate that is a quorum by itself
  candidacy,      // a term of its own making
  own_vote,       // a candidate votes for itself
  first_entry,    // a new leader's no-op
  configuration,  // the log has another configuration than before
  replacement,    // what conflicted is deleted, the leader's entries follow
  c_new,          // C_old,new is committed, the leader's C_new follows
  step_down,      // C_new is committed, and the leader is not in it
};

struct State {
  NodeId self;
  std::optional<Protocol> protocol;
  Term term;
  NodeId voted_for;
  Role role = Role::follower;
  NodeLog log;
  NodeConfiguration configuration;
  Index commit;
  Index applied;
  Index snapshot;                     // what the newest stands for
  Index durable_snapshot;             // what the newest durable one stands for
  Index compacted;                    // its log has all entries after this that it ever had
  std::optional<LogEntry> restoring;  // an installed one whose state is not loaded yet
  OnDisk<Before> hard_state{Before{}};
  DurableLog durable;
  std::optional<Contact> contact;
  Time timer_since{};  // its election timer was set at this time or later
  std::optional<Leading> leading;
  std::optional<GoingOn> going_on;  // where the lines before tell of the state, in one step

  // The step under way, as its lines so far tell it.
  Cause cause;
  Before before;
  std::size_t last_event = 0;             // which of NodeEvent's
  std::vector<LogEntry> last_appended{};  // by the last entries_appended of this step
  std::optional<LogEntry> conflict;       // the first that was deleted in this step
  Due due = Due::nothing;

  Before hard() const { return {term, voted_for}; }
  // Null where it can't be told.
  const Configuration* members() const;
  // Of a leader; null for who is no member that it knows of.
  const Peer* peer(NodeId node) const;
  bool may_campaign() const;
  bool is_quorum_alone() const;
  // Whether the line goes on with the step of the line before it.
  bool same_step(const NodeEvent& event) const;
  // Goes on to the state after the line. Says what no log can do, or nothing.
  std::optional<std::string> take(const NodeEvent& event);

 private:
  void hear(const NodeEvent& event);
  void hear_answer(const NodeEvent& event);
};

// Whether the line before, of the same step, told of this event.
template <class Event>
bool follows(const State& state, const NodeEvent& event) {
  static const std::size_t which = decltype(NodeEvent::what)(Event{}).index();
  return state.last_event == which && state.same_step(event);
}

}  // namespace verify::spec
