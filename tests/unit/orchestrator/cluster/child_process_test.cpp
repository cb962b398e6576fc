// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/cluster/child_process.h"

#include <csignal>
#include <fstream>
#include <sstream>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <poll.h>
#include <sys/wait.h>

#include "orchestrator/cluster/harness_error.h"
#include "tests/unit/orchestrator/cluster/orphans.h"
#include "tests/unit/orchestrator/cluster/temporary_folder.h"

namespace cluster {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr int kPatience = 10'000;  // milliseconds; reached only where something is broken

const std::vector<std::string> kStays = {"/bin/sleep", "infinity"};

class ChildProcessTest : public ::testing::Test {
 protected:
  ChildProcess shell(const std::string& script) {
    return ChildProcess({"/bin/sh", "-c", script}, output());
  }
  std::filesystem::path output() const { return folder_.path() / "output"; }
  std::string output_text() const {
    std::ifstream file(output());
    return (std::stringstream() << file.rdbuf()).str();
  }

  TemporaryFolder folder_;
};

bool ends(const ChildProcess& child) {
  pollfd item{child.pidfd(), POLLIN, 0};
  return ::poll(&item, 1, kPatience) == 1;
}

TEST_F(ChildProcessTest, TellsTheExitCode) {
  ChildProcess child = shell("exit 3");
  EXPECT_TRUE(ends(child));
  EXPECT_EQ(child.try_wait(), (ProcessExit{.exit_code = 3, .signal = 0}));
  EXPECT_EQ(child.wait(), (ProcessExit{.exit_code = 3, .signal = 0}));  // and says it again
}

TEST_F(ChildProcessTest, IsKilled) {
  ChildProcess child(kStays, output());
  EXPECT_EQ(child.try_wait(), std::nullopt);
  child.kill();
  EXPECT_EQ(child.wait(), (ProcessExit{.exit_code = -1, .signal = SIGKILL}));
  child.kill();  // does nothing
}

TEST_F(ChildProcessTest, DestructorKillsAndReaps) {
  pid_t pid = 0;
  {
    ChildProcess child(kStays, output());
    pid = child.pid();
    ASSERT_EQ(::kill(pid, 0), 0);
  }
  EXPECT_EQ(::waitpid(pid, nullptr, WNOHANG), -1);
  EXPECT_EQ(errno, ECHILD);
}

TEST_F(ChildProcessTest, KeepsWhatItWroteAndItsLastLine) {
  shell("echo one; echo two >&2; echo; echo").wait();
  ChildProcess silent = shell("exit 0");
  silent.wait();
  EXPECT_EQ(silent.last_output_line(), "");  // the last line is another process's
  ChildProcess talker = shell("echo three; printf four");
  talker.wait();
  EXPECT_EQ(talker.last_output_line(), "four");
  EXPECT_EQ(output_text(), "one\ntwo\n\n\nthree\nfour");
}

TEST_F(ChildProcessTest, SaysWhatCannotBeRun) {
  const std::string missing = (folder_.path() / "missing").string();
  try {
    ChildProcess child({missing}, output());
    FAIL() << "it was started";
  } catch (const HarnessError& error) {
    EXPECT_THAT(error.what(), AllOf(HasSubstr(missing), HasSubstr("No such file")));
  }
  const auto nowhere = folder_.path() / "no folder" / "output";
  try {
    ChildProcess child({"/bin/true"}, nowhere);
    FAIL() << "it was started";
  } catch (const HarnessError& error) {
    EXPECT_THAT(error.what(), HasSubstr(nowhere.string()));
  }
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);  // and leaves no child
}

TEST_F(ChildProcessTest, StartsFromACleanState) {
  const proxy::Descriptor leak(::open("/dev/null", O_RDONLY),
                               "open");  // not closed by exec on its own
  sigset_t interrupt;
  sigset_t before;
  ::sigemptyset(&interrupt);
  ::sigaddset(&interrupt, SIGINT);
  ::sigprocmask(SIG_BLOCK, &interrupt, &before);
  const auto pipe_before = ::signal(SIGPIPE, SIG_IGN);
  shell(
      "grep -E '^Sig(Blk|Ign)' /proc/self/status; ls /proc/$$/fd; cat; cut -d' ' -f5 /proc/$$/stat")
      .wait();
  ::signal(SIGPIPE, pipe_before);
  ::sigprocmask(SIG_SETMASK, &before, nullptr);

  std::istringstream lines(output_text());
  std::string blocked, ignored, word;
  std::getline(lines, blocked);
  std::getline(lines, ignored);
  EXPECT_EQ(blocked, "SigBlk:\t0000000000000000");
  EXPECT_EQ(ignored, "SigIgn:\t0000000000000000");
  for (const char* fd : {"0", "1", "2"}) {
    lines >> word;
    EXPECT_EQ(word, fd);
  }
  pid_t group = 0;
  EXPECT_TRUE(lines >> group);
  EXPECT_NE(group, ::getpgrp());
}

// A process that starts children for as long as it lives, and tells of each by a byte.
[[noreturn]] void start_children_forever(int told, const std::filesystem::path& output) {
  std::vector<ChildProcess> children;
  while (true) {
    children.emplace_back(kStays, output);
    if (::write(told, "+", 1) != 1) ::_exit(1);
  }
}

TEST_F(ChildProcessTest, LeavesNoProcessWhenKilledItself) {
  const OrphanReaper reaper;
  // Killed after each of these numbers of children, and so in the middle of starting the next.
  for (const int children : {0, 1, 2, 3, 5, 8}) {
    int ends[2];
    ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    const proxy::Descriptor heard(ends[0], "pipe");
    proxy::Descriptor told(ends[1], "pipe");
    const pid_t parent = ::fork();
    if (parent == 0) start_children_forever(told.get(), output());
    told = proxy::Descriptor();
    char byte = 0;
    for (int child = 0; child < children; ++child)
      ASSERT_EQ(::read(heard.get(), &byte, 1), 1);
    ::kill(parent, SIGKILL);
    EXPECT_GE(reaper.reap_all(), 1 + children);
  }
}

}  // namespace
}  // namespace cluster
