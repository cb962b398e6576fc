// SPDX-License-Identifier: Apache-2.0
// A random script: each line is a verb of tests/golden/player.h, chosen as the cluster then stands.
// What goes wrong, and how often, is drawn anew for each seed: some are calm and come far, in some
// nothing but one kind of trouble happens.
#pragma once

#include <deque>

#include <fmt/format.h>

#include "raft/random.h"
#include "tests/golden/cluster.h"

namespace raft::property {

// "n=3 voters=1,2,3 pre_vote=true ..." of a random cluster of 1 to 7 servers: the paper's Figure 2,
// the default profile, one extension alone, a mixture, or leases; limits large or tiny.
struct RandomSettings {
  std::uint64_t servers = 0;
  std::string words;
  bool leases = false;
  std::uint64_t clock_drift_percent = 0;  // no clock may run faster than another by more
  bool differ = false;                    // each server gets some settings of its own at its start
};
RandomSettings random_settings(Random& random);
// " pre_vote=false max_in_flight=1 ...": what one server of such a cluster may be set to on its
// own. Where there are leases, what they rest on is the same for all.
std::string own_settings(Random& random, const RandomSettings& settings);

class RandomScript {
 public:
  explicit RandomScript(std::uint64_t seed);

  // The line that makes the cluster.
  std::string first();
  // The next line; after a while "converge", and then none. One that is part of a longer action may
  // turn out to have nothing to act on, and is left out then.
  std::string next(const golden::Cluster& cluster);

 private:
  using Cluster = golden::Cluster;
  using Make = std::string (RandomScript::*)(const Cluster&);
  struct Action {
    Make make;  // the line, or nothing where there is nothing to do so to
    std::uint64_t weight;
    bool settles = false;  // delivers or writes whatever there is
  };

  std::string deliver_one(const Cluster& cluster) { return one("deliver", cluster); }
  std::string deliver_link(const Cluster& cluster) { return link("deliver", cluster); }
  std::string deliver_all(const Cluster& cluster);
  std::string drop_one(const Cluster& cluster) { return one("drop", cluster); }
  std::string drop_link(const Cluster& cluster) { return link("drop", cluster); }
  std::string duplicate(const Cluster& cluster) { return one("duplicate", cluster); }
  std::string hold(const Cluster& cluster) { return one("hold", cluster); }
  std::string release(const Cluster& cluster);
  std::string sync(const Cluster& cluster);
  std::string sync_all(const Cluster& cluster);
  std::string stabilize(const Cluster&) { return "stabilize"; }
  std::string run(const Cluster&);
  std::string advance(const Cluster&);
  std::string tick(const Cluster& cluster);
  std::string timeout(const Cluster& cluster);
  std::string elect(const Cluster& cluster);
  std::string usurp(const Cluster& cluster);
  std::string clock(const Cluster& cluster);
  std::string cut(const Cluster& cluster);
  std::string partition(const Cluster& cluster);
  std::string heal(const Cluster& cluster);
  std::string crash(const Cluster& cluster);
  std::string restart(const Cluster& cluster);
  std::string propose(const Cluster& cluster);
  std::string read(const Cluster& cluster);
  std::string append(const Cluster& cluster);
  std::string compact(const Cluster& cluster);
  std::string members(const Cluster& cluster);
  std::string transfer(const Cluster& cluster);

  static std::vector<Action> actions();
  template <class... Args>
  void queue(fmt::format_string<Args...> line, Args&&... args) {
    queued_.push_back(fmt::format(line, std::forward<Args>(args)...));
  }
  void exchange(NodeId node, const std::vector<NodeId>& others, const char* message);
  const golden::InFlight* any_message(const Cluster& cluster, std::size_t& nth);
  std::string one(const char* verb, const Cluster& cluster);
  std::string link(const char* verb, const Cluster& cluster);
  NodeId any(const Cluster& cluster, bool is_up);
  NodeId any_leader(const Cluster& cluster);
  std::string any_duration();
  bool chance(std::uint64_t percent) { return random_.below(100) < percent; }
  template <class T>
  const T& one_of(const std::vector<T>& values) {
    return values[random_.below(values.size())];
  }

  Random random_;
  std::uint64_t seed_;
  RandomSettings settings_;
  std::vector<Action> actions_;
  std::uint64_t weights_ = 0;  // of all actions
  std::uint64_t left_;         // lines
  std::deque<std::string> queued_;
  std::uint64_t commands_ = 0;
  std::uint64_t reads_ = 0;
};

}  // namespace raft::property
