// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/workload/workload.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "node/store.h"

namespace workload {
namespace {

using raft::Duration;
using raft::Time;

// One node that takes everything, and answers after a while.
class PerfectCluster {
 public:
  PerfectCluster(Workload& load, Duration latency) : load_(load), latency_(latency) {}

  // Goes on until `end`, or until nothing is left to happen.
  void run(Time end) {
    for (;;) {
      std::optional<Time> next = load_.wake_at();
      if (!answers_.empty() && (!next || answers_.begin()->first <= *next)) {
        next = answers_.begin()->first;
      }
      if (!next || *next > end) break;
      now_ = std::max(now_, *next);
      step();
    }
    now_ = end;
  }

  Time now() const { return now_; }
  const std::vector<Event>& history() const { return history_; }

 private:
  void step() {
    Output out;
    if (!answers_.empty() && answers_.begin()->first <= now_) {
      const node::ClientReply reply = std::move(answers_.begin()->second);
      answers_.erase(answers_.begin());
      load_.on_reply({1}, reply, now_, out);
    } else {
      load_.on_wake(now_, out);
    }
    for (Request& request : out.requests) {
      const node::Applied applied = store_.apply({++index_}, request.request);
      answers_.emplace(now_ + latency_, node::ClientReply{.client = request.request.client,
                                                          .request = request.request.request,
                                                          .outcome = applied.result,
                                                          .log_index = {index_},
                                                          .term = {1},
                                                          .leader = {}});
    }
    std::move(out.history.begin(), out.history.end(), std::back_inserter(history_));
  }

  Workload& load_;
  Duration latency_;
  Time now_{};
  node::Store store_;
  std::uint64_t index_ = 0;
  std::multimap<Time, node::ClientReply> answers_;
  std::vector<Event> history_;
};

scenario::WorkloadSpec spec() {
  scenario::WorkloadSpec spec;
  spec.clients = 4;
  spec.rate = 200;
  spec.keys = 3;
  spec.mix = {.read = 40, .put = 10, .append = 30, .cas = 20};
  return spec;
}

std::vector<Event> history_of(const scenario::WorkloadSpec& spec, std::uint64_t seed, Time end) {
  Workload load(spec, 3, seed);
  PerfectCluster cluster(load, Duration(2'000));
  load.run(Time(0));
  cluster.run(end);
  return cluster.history();
}

std::string text(const std::vector<Event>& history) {
  std::string out;
  for (const Event& event : history)
    append_line(out, event, Duration(0));
  return out;
}

TEST(Workload, the_same_seed_does_the_same) {
  const Time end(2'000'000);
  EXPECT_EQ(text(history_of(spec(), 5, end)), text(history_of(spec(), 5, end)));
  EXPECT_NE(text(history_of(spec(), 5, end)), text(history_of(spec(), 6, end)));
}

TEST(Workload, each_client_has_one_operation_open_and_counts_them) {
  std::map<std::string, std::uint64_t> open;
  std::map<std::string, std::uint64_t> last;
  for (const Event& event : history_of(spec(), 5, Time(5'000'000))) {
    if (event.kind == EventKind::invoke) {
      EXPECT_FALSE(open.count(event.client));
      EXPECT_EQ(event.request, last[event.client] + 1);
      last[event.client] = open[event.client] = event.request;
    } else {
      EXPECT_EQ(open.at(event.client), event.request);
      open.erase(event.client);
    }
  }
  EXPECT_EQ(last.size(), 4u);
}

TEST(Workload, every_mutation_writes_an_id_of_its_own) {
  std::set<std::string> ids;
  std::size_t mutations = 0;
  for (const Event& event : history_of(spec(), 5, Time(5'000'000))) {
    if (event.kind != EventKind::invoke || event.operation.kind == node::OpKind::get) continue;
    const std::string id = event.client + "." + std::to_string(event.request);
    const bool append = event.operation.kind == node::OpKind::append;
    EXPECT_EQ(event.operation.value, append ? id + " " : id);
    ids.insert(id);
    ++mutations;
  }
  EXPECT_GT(mutations, 300u);
  EXPECT_EQ(ids.size(), mutations);
}

TEST(Workload, arrivals_are_poisson_at_the_rate) {
  std::vector<double> gaps;
  std::optional<Time> previous;
  scenario::WorkloadSpec fast = spec();
  fast.clients = 50;  // seldom busy when the next arrival comes
  for (const Event& event : history_of(fast, 5, Time(100'000'000))) {
    if (event.kind != EventKind::invoke) continue;
    if (previous) gaps.push_back(static_cast<double>((event.at - *previous).count()));
    previous = event.at;
  }
  double mean = 0;
  for (double gap : gaps)
    mean += gap / static_cast<double>(gaps.size());
  double variance = 0;
  for (double gap : gaps)
    variance += (gap - mean) * (gap - mean) / static_cast<double>(gaps.size());
  EXPECT_NEAR(mean, 5'000, 150);
  // The standard deviation of an exponential is its mean.
  EXPECT_NEAR(std::sqrt(variance), 5'000, 300);
}

TEST(Workload, the_mix_is_as_asked) {
  std::map<node::OpKind, double> share;
  double all = 0;
  for (const Event& event : history_of(spec(), 5, Time(50'000'000))) {
    if (event.kind != EventKind::invoke) continue;
    ++share[event.operation.kind];
    ++all;
  }
  EXPECT_NEAR(share[node::OpKind::get] / all, 0.40, 0.02);
  EXPECT_NEAR(share[node::OpKind::put] / all, 0.10, 0.02);
  EXPECT_NEAR(share[node::OpKind::append] / all, 0.30, 0.02);
  EXPECT_NEAR(share[node::OpKind::cas] / all, 0.20, 0.02);
}

TEST(Workload, a_compare_and_set_expects_what_its_client_last_saw) {
  std::map<std::pair<std::string, std::string>, std::string> seen;
  std::map<std::string, node::Operation> asked;
  std::size_t swaps = 0;
  std::size_t misses = 0;
  for (const Event& event : history_of(spec(), 5, Time(20'000'000))) {
    const auto place = std::pair(event.client, event.operation.key);
    if (event.kind == EventKind::invoke) {
      asked[event.client] = event.operation;
      if (event.operation.kind == node::OpKind::cas) {
        EXPECT_EQ(event.operation.expected, seen[place]);
      }
      continue;
    }
    if (event.operation.kind == node::OpKind::get) seen[place] = event.result.value;
    if (event.operation.kind == node::OpKind::put) seen[place] = event.operation.value;
    if (event.operation.kind == node::OpKind::cas) {
      seen[place] = event.result.swapped ? event.operation.value : event.result.value;
      ++(event.result.swapped ? swaps : misses);
    }
  }
  EXPECT_GT(swaps, 20u);
  EXPECT_GT(misses, 20u);
}

TEST(Workload, values_have_the_size_asked_for) {
  scenario::WorkloadSpec padded = spec();
  padded.value_bytes = 64;
  for (const Event& event : history_of(padded, 5, Time(2'000'000))) {
    if (event.kind == EventKind::invoke && event.operation.kind != node::OpKind::get) {
      EXPECT_EQ(event.operation.value.size(), 64u);
    }
  }
}

TEST(Workload, a_key_that_has_grown_makes_way_for_a_fresh_one) {
  scenario::WorkloadSpec appends = spec();
  appends.mix = {.read = 0, .put = 0, .append = 1, .cas = 0};
  appends.keys = 1;
  appends.value_bytes = 100;
  Workload load(appends, 3, 5);
  PerfectCluster cluster(load, Duration(100));
  load.run(Time(0));
  cluster.run(Time(10'000'000));
  std::map<std::string, std::size_t> bytes;
  for (const Event& event : cluster.history()) {
    if (event.kind == EventKind::invoke) bytes[event.operation.key] += 100;
  }
  EXPECT_GT(bytes.size(), 10u);
  for (const auto& [key, size] : bytes)
    EXPECT_LE(size, 4096u) << key;
  for (const auto& [key, size] : bytes)
    EXPECT_THAT(load.keys(), testing::Contains(key));
  EXPECT_EQ(load.keys()[1], "k1.2");
}

TEST(Workload, paused_it_ends_what_is_open_and_begins_nothing) {
  Workload load(spec(), 3, 5);
  PerfectCluster cluster(load, Duration(20'000));
  load.run(Time(0));
  cluster.run(Time(1'000'000));
  load.pause();
  const std::size_t before = cluster.history().size();
  cluster.run(Time(3'000'000));
  EXPECT_TRUE(load.idle());
  for (std::size_t i = before; i < cluster.history().size(); ++i)
    EXPECT_NE(cluster.history()[i].kind, EventKind::invoke);
  load.run(cluster.now());
  cluster.run(Time(4'000'000));
  EXPECT_GT(cluster.history().size(), before + 100);
}

TEST(Workload, without_a_rate_each_client_is_as_fast_as_it_can_be) {
  scenario::WorkloadSpec fast = spec();
  fast.rate = 0;
  const std::vector<Event> history = history_of(fast, 5, Time(1'000'000));
  const auto invoked = std::count_if(history.begin(), history.end(), [](const Event& event) {
    return event.kind == EventKind::invoke;
  });
  EXPECT_NEAR(static_cast<double>(invoked), 4 * 1'000'000 / 2'000, 8);  // 2 ms each
}

TEST(Workload, given_up_it_is_idle_and_says_what_it_does_not_know) {
  Workload load(spec(), 3, 5);
  load.run(Time(0));
  Output out;
  load.on_wake(Time(60'000'000), out);
  EXPECT_EQ(out.requests.size(), 4u);
  EXPECT_FALSE(load.idle());
  load.pause();
  load.give_up(Time(60'000'001), out);
  EXPECT_TRUE(load.idle());
  EXPECT_EQ(load.counts().info, 4u);
  EXPECT_EQ(out.history.back().kind, EventKind::info);
}

TEST(Workload, replies_for_others_are_ignored) {
  Workload load(spec(), 3, 5);
  load.run(Time(0));
  Output out;
  for (const char* client :
       {"probe", "c", "c0", "c5", "c1x", "", "start.1", "c99999999999999999999"}) {
    load.on_reply({1},
                  {.client = client,
                   .request = 1,
                   .outcome = node::OpResult{},
                   .log_index = {},
                   .term = {},
                   .leader = {}},
                  Time(1), out);
  }
  EXPECT_TRUE(out.history.empty());
}

TEST(Workload, thousands_of_clients_cost_little) {
  scenario::WorkloadSpec many = spec();
  many.clients = 5'000;
  many.rate = 20'000;
  const std::vector<Event> history = history_of(many, 5, Time(10'000'000));
  EXPECT_GT(history.size(), 390'000u);  // two events each
}

}  // namespace
}  // namespace workload
