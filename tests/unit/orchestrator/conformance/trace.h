// SPDX-License-Identifier: Apache-2.0
// The trace of one node, n1 of three, told event by event: a step begins with its cause, and each
// event of it is told with the term and the role that it leaves.
#pragma once

#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "orchestrator/verify/conformance/specification.h"

#define EXPECT_ACCEPTED(trace) EXPECT_THAT((trace).breach(), testing::IsEmpty())
#define EXPECT_REFUSED(trace, what) EXPECT_THAT((trace).breach(), testing::HasSubstr(what))

namespace verify::spec {

inline constexpr Role kFollower = Role::follower;
inline constexpr Role kPreCandidate = Role::pre_candidate;
inline constexpr Role kCandidate = Role::candidate;
inline constexpr Role kLeader = Role::leader;

// The paper alone, and with the extensions.
Protocol figure2();
Protocol extended();

Configuration voters(const std::vector<unsigned>& nodes, const std::vector<unsigned>& old = {});

class Trace {
 public:
  explicit Trace(Protocol protocol = figure2(), Configuration first = voters({1, 2, 3}));

  // A step begins.
  Trace& on(Cause cause);
  Trace& timer() { return after(150).on(TimerCause{}); }  // the shortest election timeout
  Trace& request() { return on(RequestCause{}); }
  Trace& written() { return on(WriteCause{++writes_}); }
  template <class Message>
  Trace& from(unsigned node, Message message) {
    return on(MessageCause{{node}, 1, ++messages_, message});
  }
  // The same, and the step says that it found another hard state than the node had.
  template <class Message>
  Trace& from_state(Before found, unsigned node, Message message) {
    from(node, message);
    before_ = found;
    return *this;
  }
  Trace& after(unsigned milliseconds);  // time passes
  // From here on the lines claim this.
  Trace& as(Role role) {
    role_ = role;
    return *this;
  }

  // What the step did.
  template <class What>
  Trace& tell(What what) {
    NodeEvent event;
    event.what = std::move(what);
    return take(std::move(event));
  }
  Trace& enters(unsigned term);
  Trace& becomes(Role role, const std::string& reason, const std::vector<unsigned>& votes = {});
  Trace& votes(unsigned candidate, unsigned term, bool pre_vote = false);
  Trace& denies(unsigned candidate, unsigned term, const std::string& reason);
  Trace& appends(const std::vector<unsigned>& terms);
  Trace& truncates(unsigned first);
  // A leader's `match` is that of n`first` and those after it.
  Trace& commits(unsigned index, const std::vector<unsigned>& match = {}, unsigned first = 1);
  // The leader has this acknowledgement, the first one of n`node`.
  Trace& counts(unsigned node, unsigned match);
  Trace& applies(unsigned up_to, const std::string& kind = "noop");
  Trace& uses(unsigned index, const Configuration& configuration);
  // All that was decided is durable, in a step of its own.
  Trace& persists();
  Trace& restarts();

  // Whole steps that are right.
  Trace& leads(unsigned term);                         // elected by itself and n2
  Trace& follows(unsigned term, unsigned leader = 2);  // hears of a newer term
  Trace& gets(const std::vector<unsigned>& entries_terms, unsigned leader_commit = 0);

  LogEntry entry(unsigned index) const;
  unsigned last_index() const { return static_cast<unsigned>(log_.size()); }
  AppendEntries append_entries(unsigned entries, unsigned leader_commit = 0) const;
  // What the first breach is; empty where none was.
  const std::string& breach() const { return breach_; }
  Term term() const { return term_; }

 private:
  Trace& take(NodeEvent event);
  Trace& start();

  Specification specification_{NodeId{1}};
  Protocol protocol_;
  Configuration first_;
  Time now_{1'000'000};
  std::uint64_t writes_ = 0;
  std::uint64_t messages_ = 0;
  Cause cause_;
  std::optional<Before> before_;
  Term term_;
  NodeId voted_for_;
  Role role_ = Role::follower;
  std::vector<LogEntry> log_;
  Index commit_;
  Index applied_;
  Index snapshot_;
  std::string breach_;
};

// Figure 2's and the extensions' messages, by their fields.
inline RequestVote vote_request(unsigned term, unsigned last_index, unsigned last_term) {
  return {{term}, {last_index}, {last_term}, false, false};
}
inline RequestVote pre_vote_request(unsigned term, unsigned last_index, unsigned last_term) {
  return {{term}, {last_index}, {last_term}, false, true};
}
inline RequestVoteReply vote(unsigned asked_in) {
  return {{asked_in}, {asked_in}, true, false};
}
inline RequestVoteReply pre_vote(unsigned term, unsigned asked_in) {
  return {{term}, {asked_in}, true, true};
}
inline AppendEntriesReply appended(unsigned term, unsigned match) {
  return {{term}, {term}, {0}, true, {match}};
}

}  // namespace verify::spec
