// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/cluster/simulated_cluster.h"

#include <csignal>
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>

#include "tests/unit/orchestrator/cluster/driver.h"
#include "tests/unit/orchestrator/cluster/temporary_folder.h"

namespace cluster {
namespace {

using ::testing::HasSubstr;

std::string read(const std::filesystem::path& path) {
  std::ifstream file(path);
  return (std::stringstream() << file.rdbuf()).str();
}

// All evidence of a run, by file.
using Evidence = std::map<std::string, std::string>;
Evidence evidence_in(const std::filesystem::path& root) {
  Evidence evidence;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    if (entry.is_regular_file())
      evidence[entry.path().lexically_relative(root)] = read(entry.path());
  }
  return evidence;
}

Evidence run(unsigned nodes, std::uint64_t seed) {
  const TemporaryFolder folder;
  SimulatedCluster cluster(plain_scenario(nodes, seed), {folder.path()});
  elects_commits_and_recovers(cluster, nodes);
  return evidence_in(folder.path());
}

TEST(SimulatedCluster, ElectsCommitsAndRecovers) {
  for (const unsigned nodes : {3u, 4u, 5u}) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
      SCOPED_TRACE(testing::Message() << nodes << " nodes, seed " << seed);
      const Evidence evidence = run(nodes, seed);
      EXPECT_EQ(evidence.size(), 2 * nodes + 1);  // each node's log, and its disk
      EXPECT_THAT(evidence.at("network.jsonl"), HasSubstr(R"("balanced":true)"));
      for (const auto& [file, lines] : evidence) {
        if (file.ends_with("/wal")) continue;
        EXPECT_EQ(lines.back(), '\n') << file;
        if (file != "network.jsonl") {
          EXPECT_THAT(lines, HasSubstr(R"("event":"stopped")"));
        }
      }
    }
  }
}

TEST(SimulatedCluster, SameSeedGivesTheSameEvidenceToTheByte) {
  const Evidence first = run(3, 7);
  const Evidence second = run(3, 7);
  EXPECT_TRUE(first == second);
  EXPECT_FALSE(first == run(3, 8));
  EXPECT_THAT(first.at("nodes/n1.jsonl"), HasSubstr(R"("time":"2000-01-01T00:00:00.)"));
}

TEST(SimulatedCluster, ASingleNodeIsAClusterToo) {
  const TemporaryFolder folder;
  SimulatedCluster single(plain_scenario(1, 1), {folder.path()});
  Driver driver(single, 1);
  driver.start_all();
  EXPECT_EQ(driver.call({node::OpKind::append, "k", "a", ""}).value, "");
  driver.kill(NodeId{1});
  driver.start(NodeId{1});
  EXPECT_EQ(driver.call({node::OpKind::get, "k", "", ""}).value, "a");
}

TEST(SimulatedCluster, SaysWhichFolderCannotBeUsed) {
  const TemporaryFolder folder;
  const auto missing = folder.path() / "missing";
  try {
    SimulatedCluster cluster(plain_scenario(3, 1), {missing});
    FAIL() << "it was made";
  } catch (const HarnessError& error) {
    EXPECT_THAT(error.what(), HasSubstr(missing.string()));
  }
}

class SimulatedClusterTest : public ::testing::Test {
 protected:
  TemporaryFolder folder_;
  SimulatedCluster cluster_{plain_scenario(3, 5), {folder_.path()}};
  Driver driver_{cluster_, 3};
};

TEST_F(SimulatedClusterTest, TimePassesOnlyByWhatIsWaitedFor) {
  EXPECT_EQ(cluster_.now(), Time::zero());
  const Time hour = std::chrono::hours(1);
  EXPECT_TRUE(std::holds_alternative<DeadlineReached>(cluster_.next(hour)));
  EXPECT_EQ(cluster_.now(), hour);
  EXPECT_TRUE(std::holds_alternative<DeadlineReached>(cluster_.next(hour / 2)));
  EXPECT_EQ(cluster_.now(), hour);
  EXPECT_EQ(cluster_.wall() - cluster_.now(), std::chrono::seconds(946'684'800));
}

TEST_F(SimulatedClusterTest, AnIdleNodeWaitsForGo) {
  cluster_.start(NodeId{1}, 1);
  cluster_.start(NodeId{2}, 1);
  cluster_.start(NodeId{3}, 1);
  unsigned ready = 0;
  while (true) {
    const Event event = cluster_.next(std::chrono::seconds(10));
    if (std::holds_alternative<DeadlineReached>(event)) break;
    ASSERT_TRUE(std::holds_alternative<NodeMessage>(event));
    const auto& message = std::get<NodeMessage>(event).message;
    if (std::holds_alternative<node::Ready>(message)) ++ready;
    if (const auto* status = std::get_if<node::Status>(&message)) {
      EXPECT_EQ(status->term, raft::Term{});
    }
  }
  EXPECT_EQ(ready, 3u);
}

TEST_F(SimulatedClusterTest, ObeysTheNetworksRules) {
  driver_.start_all();
  const NodeId cut = driver_.leader();
  proxy::Partition partition;
  for (const NodeId node : driver_.all()) {
    if (node == cut) continue;
    const auto one = static_cast<proxy::Address>(cut.value);
    const auto other = static_cast<proxy::Address>(node.value);
    partition.cut.push_back({one, other});
    partition.cut.push_back({other, one});
  }
  EXPECT_TRUE(std::holds_alternative<proxy::Done>(
      driver_.command(proxy::AddRule{{.id = "cut", .match = {}, .fault = partition}})));
  driver_.until("another leader", [&] { return driver_.leader() != cut; });
  driver_.call({node::OpKind::put, "k", "v", ""});

  const proxy::Report totals = driver_.command(proxy::AskTotals{});
  ASSERT_TRUE(std::holds_alternative<proxy::Totals>(totals));
  const proxy::Sums& sums = std::get<proxy::Totals>(totals).sums;
  EXPECT_TRUE(sums.balanced());
  ASSERT_EQ(sums.rules.size(), 1u);
  EXPECT_GT(sums.rules[0].affected, 0u);

  EXPECT_TRUE(
      std::holds_alternative<proxy::Refused>(driver_.command(proxy::RemoveRule{"no such rule"})));
  EXPECT_TRUE(std::holds_alternative<proxy::Done>(driver_.command(proxy::HealAll{})));
  driver_.converge();
}

TEST_F(SimulatedClusterTest, DelaysAndDropsByTheSameRules) {
  driver_.start_all();
  driver_.command(proxy::AddRule{
      {.id = "slow",
       .match = {},
       .fault = proxy::Delay{std::chrono::milliseconds(5), std::chrono::milliseconds(4),
                             proxy::Distribution::uniform}}});
  driver_.command(proxy::AddRule{{.id = "lossy", .match = {}, .fault = proxy::Loss{20}}});
  for (int i = 0; i < 20; ++i)
    driver_.call({node::OpKind::append, "k", "x", ""});
  EXPECT_EQ(driver_.call({node::OpKind::get, "k", "", ""}).value, std::string(20, 'x'));
  cluster_.shut_down();
  const std::string log = read(folder_.path() / "network.jsonl");
  EXPECT_THAT(log, HasSubstr(R"("event":"delayed")"));
  EXPECT_THAT(log, HasSubstr(R"("reason":"loss")"));
  EXPECT_THAT(log, HasSubstr(R"("balanced":true)"));
}

TEST_F(SimulatedClusterTest, ANodeIsStartedAsSoonAsItWasKilled) {
  driver_.start_all();
  const NodeId leader = driver_.leader();
  cluster_.kill(leader);
  cluster_.start(leader, 2);
  bool exited = false;
  while (true) {
    const Event event = cluster_.next(std::chrono::hours(1));
    if (const auto* exit = std::get_if<NodeExited>(&event)) {
      EXPECT_EQ(exit->incarnation, 1u);
      exited = true;
    }
    const auto* message = std::get_if<NodeMessage>(&event);
    if (message == nullptr || message->node != leader || message->incarnation == 1) continue;
    EXPECT_TRUE(std::holds_alternative<node::Ready>(message->message));
    break;
  }
  EXPECT_TRUE(exited);
}

TEST_F(SimulatedClusterTest, APausedLeaderHandlesNothingUntilItGoesOn) {
  driver_.start_all();
  const NodeId still = driver_.leader();
  cluster_.pause(still);
  const Time paused_at = cluster_.now();
  driver_.until("another leader", [&] { return driver_.leader() != still; });
  driver_.call({node::OpKind::put, "k", "v", ""});
  const Time resumed_at = cluster_.now();
  EXPECT_GT(resumed_at - paused_at, std::chrono::milliseconds(100));
  cluster_.resume(still);
  driver_.converge();
  cluster_.shut_down();
  unsigned before = 0;
  unsigned after = 0;
  std::istringstream log(read(folder_.path() / "nodes" / (node::node_name(still) + ".jsonl")));
  for (std::string line; std::getline(log, line);) {
    const auto at = line.find("\"mono_us\":");
    ASSERT_NE(at, line.npos);
    const Time time{std::stoll(line.substr(at + 10))};
    EXPECT_TRUE(time <= paused_at || time >= resumed_at) << line;
    ++(time <= paused_at ? before : after);
  }
  EXPECT_GT(before, 0u);
  EXPECT_GT(after, 0u);
}

// Set wrong and right again while it stood still, the clock was never wrong for the node.
TEST_F(SimulatedClusterTest, WhatComesForAPausedNodeWaitsInOrder) {
  driver_.start_all();
  const NodeId still = driver_.leader();
  cluster_.pause(still);
  cluster_.send(still, node::SetClock{5'000'000, {}});
  driver_.until("another leader", [&] { return driver_.leader() != still; });
  cluster_.send(still, node::SetClock{});
  driver_.call({node::OpKind::put, "k", "v", ""});
  cluster_.resume(still);
  driver_.converge();
  cluster_.shut_down();
  EXPECT_THAT(read(folder_.path() / "nodes" / (node::node_name(still) + ".jsonl")),
              testing::Not(HasSubstr("clock_us")));
}

// As a node's loop does it on processes, though in virtual time a turn takes none.
TEST_F(SimulatedClusterTest, RequestsOfOneMomentAreProposedTogether) {
  driver_.start_all();
  driver_.call({node::OpKind::append, "k", "x", ""});
  const NodeId leader = driver_.leader();
  cluster_.pause(leader);
  for (std::uint64_t request = 1; request <= 3; ++request)
    cluster_.send(leader, node::ClientRequest{"c9", request, {node::OpKind::append, "k", "y", ""}});
  const Time until = cluster_.now() + std::chrono::milliseconds(1);
  while (!std::holds_alternative<DeadlineReached>(cluster_.next(until))) {
  }
  cluster_.resume(leader);
  driver_.converge();
  cluster_.shut_down();
  std::istringstream log(read(folder_.path() / "nodes" / (node::node_name(leader) + ".jsonl")));
  unsigned of_three = 0;
  for (std::string line; std::getline(log, line);) {
    unsigned first = 0;
    unsigned last = 0;
    const std::size_t at = line.find("\"msg\":\"entries ");
    if (at == line.npos) continue;
    if (std::sscanf(line.c_str() + at, "\"msg\":\"entries %u to %u", &first, &last) != 2) continue;
    of_three += last == first + 2 ? 1u : 0u;
  }
  EXPECT_EQ(of_three, 1u);
}

TEST_F(SimulatedClusterTest, APausedNodeCanBeKilledAndIsStoppedInTheEnd) {
  driver_.start_all();
  cluster_.pause(NodeId{1});
  driver_.kill(NodeId{1});
  driver_.start(NodeId{1});
  driver_.converge();
  cluster_.pause(NodeId{2});
  cluster_.shut_down();
  EXPECT_THAT(read(folder_.path() / "nodes/n2.jsonl"), HasSubstr(R"("event":"stopped")"));
}

TEST_F(SimulatedClusterTest, ASlowNodesWorkIsOneAfterTheOther) {
  driver_.start_all();
  const auto time_of_ten = [&] {
    const Time from = cluster_.now();
    for (int i = 0; i < 10; ++i)
      driver_.call({node::OpKind::append, "k", "x", ""});
    return cluster_.now() - from;
  };
  driver_.call({node::OpKind::append, "k", "x", ""});  // it knows who leads
  EXPECT_LT(time_of_ten(), std::chrono::milliseconds(30));
  const NodeId slow = driver_.leader();
  cluster_.send(slow, node::SlowDown{std::chrono::milliseconds(5)});
  // The request, the write or a follower's answer, the answer of a read: two events at least each.
  EXPECT_GE(time_of_ten(), std::chrono::milliseconds(100));
  cluster_.send(slow, node::SlowDown{});
  driver_.converge();
  driver_.call({node::OpKind::append, "k", "x", ""});
  EXPECT_LT(time_of_ten(), std::chrono::milliseconds(30));
}

TEST_F(SimulatedClusterTest, AWrongClockIsTheNodesAlone) {
  driver_.start_all();
  cluster_.send(NodeId{1}, node::SetClock{1'500'000, std::chrono::hours(-1)});
  const Time until = cluster_.now() + std::chrono::milliseconds(200);
  while (cluster_.now() < until)
    driver_.call({node::OpKind::append, "k", "x", ""});
  driver_.converge();
  cluster_.shut_down();
  EXPECT_THAT(read(folder_.path() / "nodes/n1.jsonl"),
              testing::AllOf(HasSubstr(R"(,"clock_us":)"), HasSubstr("1999-12-31T23:00:0")));
  EXPECT_THAT(read(folder_.path() / "nodes/n2.jsonl"), testing::Not(HasSubstr("clock_us")));
}

TEST_F(SimulatedClusterTest, ANodeThatDoesNotStopIsKilled) {
  kills_what_does_not_stop(cluster_);
  EXPECT_THAT(read(folder_.path() / "cluster.jsonl"),
              HasSubstr(R"("event":"did_not_stop","peer":"n3")"));
}

// Heartbeats that are on their way for an hour are soon more than a network holds.
TEST(SimulatedCluster, HoldsSoManyMessagesAndNoMore) {
  const TemporaryFolder folder;
  scenario::Scenario busy = plain_scenario(3, 1);
  busy.cluster.settings.raft.heartbeat_interval = std::chrono::milliseconds(1);
  busy.cluster.settings.raft.check_quorum = false;
  SimulatedCluster cluster(busy, {folder.path()});
  Driver driver(cluster, 3);
  driver.start_all();
  driver.leader();
  driver.command(proxy::AddRule{
      {.id = "far",
       .match = {},
       .fault = proxy::Delay{std::chrono::hours(1), {}, proxy::Distribution::constant}}});
  const Time until = cluster.now() + std::chrono::seconds(60);
  while (!std::holds_alternative<DeadlineReached>(cluster.next(until))) {
  }
  const proxy::Report report = driver.command(proxy::AskTotals{});
  const proxy::Sums& sums = std::get<proxy::Totals>(report).sums;
  EXPECT_TRUE(sums.balanced());
  EXPECT_LE(sums.total().in_flight.messages, 100'010u);  // some are on the last of their way
  EXPECT_GE(sums.total().in_flight.messages, 100'000u);
  cluster.shut_down();
  EXPECT_THAT(read(folder.path() / "network.jsonl"), HasSubstr(R"("reason":"queue_full")"));
}

// What the dead had still to do, an election in some seconds, is no part of the run.
TEST(SimulatedCluster, EndsWithItsLastNode) {
  const TemporaryFolder folder;
  scenario::Scenario calm = plain_scenario(3, 1);
  calm.cluster.settings.raft.election_timeout_min = std::chrono::seconds(3);
  calm.cluster.settings.raft.election_timeout_max = std::chrono::seconds(4);
  calm.cluster.settings.raft.heartbeat_interval = std::chrono::seconds(1);
  SimulatedCluster cluster(calm, {folder.path()});
  Driver driver(cluster, 3);
  driver.start_all();
  driver.leader();
  const Time began = cluster.now();
  cluster.shut_down();
  EXPECT_LT(cluster.now() - began, std::chrono::milliseconds(5));
  unsigned ends = 0;
  while (true) {
    const Event event = cluster.next(cluster.now());
    if (std::holds_alternative<DeadlineReached>(event)) break;
    if (!std::holds_alternative<NodeExited>(event)) continue;
    ++ends;
    EXPECT_GT(cluster.happened(), began);
    EXPECT_LE(cluster.happened(), cluster.now());
  }
  EXPECT_EQ(ends, 3u);
}

TEST_F(SimulatedClusterTest, AnInterruptComesBetweenEvents) {
  driver_.start_all();
  ::raise(SIGINT);
  driver_.until("interrupted", [&] { return driver_.interrupted(); });
}

TEST(SimulatedDisk, LosesWhatWasNotSyncedAndNothingElse) {
  const auto vote = [](std::uint64_t id, std::uint64_t term) {
    raft::Write write;
    write.id = {id};
    write.hard_state = raft::HardState{{term}, {}};
    return write;
  };
  SimulatedDisk disk;
  disk.open();
  EXPECT_FALSE(disk.begin());
  disk.submit(vote(1, 1));
  EXPECT_TRUE(disk.begin());
  disk.submit(vote(2, 2));  // these two wait and are synced together
  disk.submit(vote(3, 3));
  EXPECT_FALSE(disk.begin());
  EXPECT_EQ(disk.complete(), raft::WriteId{1});
  EXPECT_FALSE(disk.syncing());
  EXPECT_TRUE(disk.begin());
  EXPECT_EQ(disk.complete(), raft::WriteId{3});
  raft::Random random(1);
  disk.crash(random);
  EXPECT_EQ(disk.open().restored.hard_state.current_term, raft::Term{3});
  disk.submit(vote(1, 5));
  disk.close();
  EXPECT_EQ(disk.open().restored.hard_state.current_term, raft::Term{5});
}

// A write that was under way may be there, or not, or in part; over many crashes all happen.
TEST(SimulatedDisk, KeepsOrLosesOrTearsWhatWasBeingWritten) {
  raft::Random random(1);
  unsigned kept = 0;
  unsigned torn = 0;
  SimulatedDisk disk;
  raft::Term last{};
  for (std::uint64_t term = 1; term <= 200; ++term) {
    disk.open();
    raft::Write write;
    write.id = {1};
    write.hard_state = raft::HardState{{term}, {}};
    disk.submit(write);
    disk.begin();
    disk.crash(random);
    const node::Recovered recovered = disk.open();
    const raft::Term found = recovered.restored.hard_state.current_term;
    EXPECT_TRUE(found == last || found == raft::Term{term});
    kept += found == last ? 0u : 1u;
    torn += recovered.torn_bytes > 0 ? 1u : 0u;
    last = found;
    disk.crash(random);
  }
  EXPECT_GT(kept, 60u);
  EXPECT_LT(kept, 120u);
  EXPECT_GT(torn, 20u);
}

// The machine ends again while it recovers: what was torn may be so still.
TEST(SimulatedDisk, LosesNothingWhereItsRecoveryIsCutShort) {
  raft::Random random(1);
  unsigned torn_twice = 0;
  for (std::uint64_t i = 0; i < 200; ++i) {
    SimulatedDisk disk;
    disk.open();
    raft::Write write;
    write.id = {1};
    write.hard_state = raft::HardState{{7}, {}};
    disk.submit(write);
    disk.begin();
    disk.complete();
    write.hard_state->current_term = {8};
    disk.submit(write);
    disk.begin();
    disk.crash(random);
    disk.crash(random);
    const node::Recovered recovered = disk.open();
    EXPECT_GE(recovered.restored.hard_state.current_term, raft::Term{7});
    torn_twice += recovered.torn_bytes > 0 ? 1u : 0u;
  }
  EXPECT_GT(torn_twice, 3u);
}

}  // namespace
}  // namespace cluster
