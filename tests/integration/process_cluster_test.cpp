// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/cluster/process_cluster.h"

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/wait.h>

#include "tests/unit/orchestrator/cluster/driver.h"
#include "tests/unit/orchestrator/cluster/orphans.h"
#include "tests/unit/orchestrator/cluster/temporary_folder.h"

namespace cluster {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

std::string read(const std::filesystem::path& path) {
  std::ifstream file(path);
  return (std::stringstream() << file.rdbuf()).str();
}

class ProcessClusterTest : public ::testing::Test {
 protected:
  ProcessCluster make(unsigned nodes) {
    return ProcessCluster(plain_scenario(nodes, 1), {folder_.path()}, SQUALL_BINARIES);
  }

  TemporaryFolder folder_;
};

// Takes events until the environment is said to have failed, and returns what was said.
std::string harness_error(Cluster& cluster) {
  try {
    Driver(cluster, 3).until("a harness error", [] { return false; });
  } catch (const HarnessError& error) {
    return error.what();
  }
  return {};
}

TEST_F(ProcessClusterTest, ElectsCommitsAndRecovers) {
  std::filesystem::path sockets;
  {
    ProcessCluster cluster = make(3);
    sockets = std::filesystem::path(cluster.endpoints().control.substr(6)).parent_path();
    EXPECT_EQ(std::filesystem::status(sockets).permissions(), std::filesystem::perms::owner_all);
    elects_commits_and_recovers(cluster, 3);
    EXPECT_EQ(cluster.malformed(), 0u);
  }
  EXPECT_FALSE(std::filesystem::exists(sockets));
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);  // no child is left

  const RunFolder folder{folder_.path()};
  EXPECT_THAT(read(folder.network_log()), HasSubstr(R"("balanced":true)"));
  for (const NodeId node : {NodeId{1}, NodeId{2}, NodeId{3}}) {
    EXPECT_THAT(read(folder.node_log(node)), HasSubstr(R"("event":"stopped")"));
    EXPECT_EQ(read(folder.node_output(node)), "");
  }
  EXPECT_EQ(read(folder.network_output()), "");
  EXPECT_FALSE(std::filesystem::exists(folder.cluster_log()));
}

TEST_F(ProcessClusterTest, ANodeIsStartedAsSoonAsItWasKilled) {
  ProcessCluster cluster = make(3);
  Driver driver(cluster, 3);
  driver.start_all();
  for (int round = 0; round < 10; ++round) {
    driver.call({node::OpKind::append, "k", "x", ""});
    const NodeId leader = driver.leader();
    cluster.kill(leader);
    driver.start(leader);
    driver.until("its exit", [&] { return driver.exits().size() > static_cast<unsigned>(round); });
    EXPECT_EQ(driver.exits().back().node, leader);
    EXPECT_TRUE(driver.exits().back().expected);
  }
  EXPECT_EQ(driver.call({node::OpKind::get, "k", "", ""}).value, std::string(10, 'x'));
  driver.converge();
  cluster.shut_down();
}

TEST_F(ProcessClusterTest, StopEndsANodeInOrder) {
  ProcessCluster cluster = make(3);
  Driver driver(cluster, 3);
  driver.start_all();
  cluster.send(NodeId{2}, node::Stop{});
  driver.until("its exit", [&] { return !driver.exits().empty(); });
  EXPECT_TRUE(driver.exits().back().expected);
  EXPECT_EQ(driver.exits().back().exit_code, 0);
  driver.start(NodeId{2});
  driver.call({node::OpKind::append, "k", "x", ""});
  driver.converge();
}

TEST_F(ProcessClusterTest, ACrashIsNotExpected) {
  ProcessCluster cluster = make(3);
  Driver driver(cluster, 3);
  driver.start_all();
  ASSERT_GT(driver.pid(NodeId{3}), 0);
  ::kill(driver.pid(NodeId{3}), SIGSEGV);
  driver.until("its exit", [&] { return !driver.exits().empty(); });
  const NodeExited& exited = driver.exits().back();
  EXPECT_EQ(exited.node, NodeId{3});
  EXPECT_EQ(exited.incarnation, 1u);
  EXPECT_FALSE(exited.expected);
  EXPECT_EQ(exited.exit_code == 0, false);
  driver.start(NodeId{3});
  driver.call({node::OpKind::append, "k", "x", ""});
  driver.converge();
}

TEST_F(ProcessClusterTest, TellsTheNetworkWhoIsThere) {
  ProcessCluster cluster = make(3);
  Driver driver(cluster, 3);
  driver.start_all();
  driver.call({node::OpKind::append, "k", "x", ""});
  driver.kill(NodeId{1});
  driver.call({node::OpKind::append, "k", "x", ""});
  const proxy::Report refused =
      driver.command(proxy::NodeDown{static_cast<proxy::Address>(1)});  // it is down already
  EXPECT_TRUE(std::holds_alternative<proxy::Refused>(refused));
  const proxy::Report totals = driver.command(proxy::AskTotals{});
  ASSERT_TRUE(std::holds_alternative<proxy::Totals>(totals));
  EXPECT_GT(std::get<proxy::Totals>(totals).sums.total().delivered.messages, 0u);
}

TEST_F(ProcessClusterTest, AFolderThatCannotBeUsedIsAHarnessError) {
  const RunFolder folder{folder_.path()};
  folder.make_nodes();
  std::ofstream(folder.node_state(NodeId{1})) << "a file where the folder should be\n";
  ProcessCluster cluster = make(3);
  cluster.start(NodeId{1}, 1);
  EXPECT_THAT(harness_error(cluster),
              AllOf(HasSubstr("n1"), HasSubstr(folder.node_state(NodeId{1}).string())));
}

TEST_F(ProcessClusterTest, ALogThatCannotBeWrittenIsAHarnessError) {
  const RunFolder folder{folder_.path()};
  std::filesystem::create_directories(folder.network_log());
  try {
    make(3);
    FAIL() << "it was made";
  } catch (const HarnessError& error) {
    EXPECT_THAT(error.what(),
                AllOf(HasSubstr("squall-proxy"), HasSubstr(folder.network_log().string())));
  }
}

TEST_F(ProcessClusterTest, AProgramThatIsNotThereIsAHarnessError) {
  try {
    ProcessCluster cluster(plain_scenario(3, 1), {folder_.path()}, folder_.path() / "bin");
    FAIL() << "it was made";
  } catch (const HarnessError& error) {
    EXPECT_THAT(error.what(), HasSubstr((folder_.path() / "bin" / "squall-proxy").string()));
  }
}

TEST_F(ProcessClusterTest, TheEndOfTheProxyIsAHarnessError) {
  ProcessCluster cluster = make(3);
  Driver driver(cluster, 3);
  driver.start_all();
  const pid_t proxy = child_named("squall-proxy");
  ASSERT_GT(proxy, 0);
  ::kill(proxy, SIGKILL);
  EXPECT_THAT(harness_error(cluster), HasSubstr("squall-proxy"));
}

TEST_F(ProcessClusterTest, ANodeThatDoesNotStopIsKilled) {
  ProcessCluster cluster = make(3);
  kills_what_does_not_stop(cluster);
  EXPECT_THAT(read(RunFolder{folder_.path()}.cluster_log()),
              HasSubstr(R"("event":"did_not_stop","peer":"n3")"));
}

TEST_F(ProcessClusterTest, ASignalComesAsAnEvent) {
  ProcessCluster cluster = make(3);
  Driver driver(cluster, 3);
  driver.start_all();
  ::raise(SIGTERM);
  driver.until("the signal", [&] { return driver.interrupted(); });
  cluster.shut_down();
}

TEST_F(ProcessClusterTest, TheDeadlineIsReachedInTime) {
  ProcessCluster cluster = make(1);
  const Time deadline = cluster.now() + std::chrono::milliseconds(5);
  EXPECT_TRUE(std::holds_alternative<DeadlineReached>(cluster.next(deadline)));
  EXPECT_GE(cluster.now(), deadline);
  EXPECT_TRUE(std::holds_alternative<DeadlineReached>(cluster.next(deadline)));
}

TEST_F(ProcessClusterTest, LeavesNoProcessWhenKilled) {
  const OrphanReaper reaper;
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  const proxy::Descriptor heard(ends[0], "pipe");
  proxy::Descriptor told(ends[1], "pipe");
  const pid_t orchestrator = ::fork();
  if (orchestrator == 0) {
    ::setenv("XDG_RUNTIME_DIR", folder_.path().c_str(), 1);  // where its sockets are left
    ProcessCluster cluster = make(3);
    Driver driver(cluster, 3);
    driver.start_all();
    if (::write(told.get(), "+", 1) != 1) ::_exit(1);
    driver.until("the end", [] { return false; });
    ::_exit(1);
  }
  told = proxy::Descriptor();
  char byte = 0;
  ASSERT_EQ(::read(heard.get(), &byte, 1), 1);
  ::kill(orchestrator, SIGKILL);
  EXPECT_EQ(reaper.reap_all(), 5);  // itself, the proxy, three nodes
}

}  // namespace
}  // namespace cluster
