// SPDX-License-Identifier: Apache-2.0
// All clients of a run as one value: who does what when, from one seed. Each client has one
// operation open at a time; the rate of them all is that of Poisson arrivals, as far as operations
// end in time for the next (what an outage held up is not made up for afterwards).
//
// Every mutation writes an id of its own, "c3.17" of the client's 17th operation, so that each
// value tells who wrote it; an append ends it with a space. A compare-and-set expects what its
// client last saw of the key. A key that has been appended to up to a limit makes way for a fresh
// one, so that values stay small however long the run is.
#pragma once

#include <queue>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/scenario/scenario.h"
#include "orchestrator/workload/client.h"

namespace workload {

struct Counts {
  std::uint64_t ok = 0;
  std::uint64_t fail = 0;
  std::uint64_t info = 0;
};

class Workload {
 public:
  Workload(const scenario::WorkloadSpec& spec, unsigned nodes, std::uint64_t seed);

  // Clients begin new operations from `now` on, or again after pause().
  void run(raft::Time now);
  // Clients end what is open and begin nothing new.
  void pause();
  // Ends every open operation, with what is known of it.
  void give_up(raft::Time now, Output& out);

  // Replies for clients of other parts are ignored.
  void on_reply(raft::NodeId from, const node::ClientReply& reply, raft::Time now, Output& out);
  void on_wake(raft::Time now, Output& out);
  std::optional<raft::Time> wake_at() const;

  bool idle() const { return open_ == 0; }
  const Counts& counts() const { return counts_; }
  // Every key that an operation was for, or may yet be.
  const std::vector<std::string>& keys() const { return keys_; }

 private:
  struct Slot {  // one of the keys in use
    std::string key;
    unsigned generation = 0;
    std::size_t bytes = 0;  // appended to it so far, at the most
  };
  struct Seen {
    unsigned generation = 0;
    std::string value;
  };
  struct Member {
    explicit Member(const ClientSettings& settings, unsigned keys) : client(settings), seen(keys) {}
    Client client;
    raft::Time next_start{};
    std::optional<raft::Time> scheduled;  // the entry of wakes_ that counts
    std::size_t slot = 0;                 // of the operation that is open
    unsigned generation = 0;              // of that slot's key
    std::vector<Seen> seen;               // by slot
  };
  struct Wake {
    raft::Time at;
    std::size_t member;
    friend bool operator>(const Wake& a, const Wake& b) {
      return a.at != b.at ? a.at > b.at : a.member > b.member;
    }
  };

  void begin(Member& member, raft::Time now, Output& out);
  void ended(Member& member, const Event& end);
  template <class Step>
  void step(std::size_t index, Output& out, Step&& take);
  void schedule(std::size_t index);
  std::optional<raft::Time> due(const Member& member) const;
  Member* member_of(std::string_view client);
  node::OpKind draw_kind();
  raft::Duration draw_gap();
  void use_fresh_key(Slot& slot);

  scenario::WorkloadSpec spec_;
  raft::Random random_;
  bool running_ = false;
  std::vector<Member> members_;
  std::vector<Slot> slots_;
  std::vector<std::string> keys_;
  std::priority_queue<Wake, std::vector<Wake>, std::greater<>> wakes_;
  std::size_t open_ = 0;
  Counts counts_;
};

}  // namespace workload
