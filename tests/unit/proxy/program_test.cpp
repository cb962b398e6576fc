// SPDX-License-Identifier: Apache-2.0
// squall-proxy as a process: its arguments, its exit codes, its end.
#include <csignal>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zmq.hpp>

#include "tests/unit/proxy/relay_fixture.h"

extern char** environ;

namespace proxy {
namespace {

constexpr int kDeadlineMs = 20'000;

class ProgramTest : public testing::Test {
 protected:
  pid_t spawn(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), SQUALL_PROXY);
    std::vector<char*> argv;
    for (std::string& argument : arguments)
      argv.push_back(argument.data());
    argv.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    for (const int fd : {STDOUT_FILENO, STDERR_FILENO})
      posix_spawn_file_actions_addopen(&actions, fd, output_.c_str(), O_WRONLY | O_CREAT | O_APPEND,
                                       0644);
    pid_t pid = -1;
    const int error = ::posix_spawn(&pid, SQUALL_PROXY, &actions, nullptr, argv.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    EXPECT_EQ(error, 0);
    return pid;
  }

  /// Waits for the process to end; ends one that never would.
  static int exit_code(pid_t pid) {
    const int ended = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
    pollfd item{ended, POLLIN, 0};
    const bool in_time = ::poll(&item, 1, kDeadlineMs) == 1;
    ::close(ended);
    if (!in_time) ::kill(pid, SIGKILL);
    int status = 0;
    EXPECT_EQ(::waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }

  std::vector<std::string> arguments() const {
    return {"--network", network_, "--control", control_,  "--log",
            log_,        "--seed", "7",         "--nodes", "3"};
  }
  std::vector<std::string> arguments_with(const std::string& option,
                                          const std::string& value) const {
    auto all = arguments();
    for (std::size_t i = 0; i + 1 < all.size(); ++i)
      if (all[i] == option) all[i + 1] = value;
    return all;
  }

  std::string output() const {
    std::ifstream file(output_);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  TemporaryDirectory directory_;
  std::string network_ = "ipc://" + directory_.path() + "/net";
  std::string control_ = "ipc://" + directory_.path() + "/ctl";
  std::string log_ = directory_.path() + "/network.jsonl";
  std::string output_ = directory_.path() + "/output";
  zmq::context_t context_;
};

TEST_F(ProgramTest, is_ready_and_ends_when_told_to) {
  Controller controller(context_, control_);
  const pid_t pid = spawn(arguments());
  EXPECT_EQ(controller.receive(), Report(Ready{network_}));
  controller.must(NodeUp{Address{1}, Incarnation{1}});
  EXPECT_TRUE(std::holds_alternative<Totals>(controller.ask(Stop{})));
  EXPECT_EQ(exit_code(pid), 0);
  EXPECT_EQ(output(), "");
}

TEST_F(ProgramTest, ends_orderly_on_a_signal) {
  for (const int signal : {SIGTERM, SIGINT}) {
    Controller controller(context_, control_);
    const pid_t pid = spawn(arguments());
    EXPECT_EQ(controller.receive(), Report(Ready{network_}));
    ASSERT_EQ(::kill(pid, signal), 0);
    EXPECT_EQ(exit_code(pid), 0);
  }
  std::ifstream log(log_);
  const std::string lines{std::istreambuf_iterator<char>(log), {}};
  EXPECT_THAT(lines, testing::HasSubstr("network_total"));
}

TEST_F(ProgramTest, says_what_it_can_not_use) {
  const std::string nowhere = directory_.path() + "/missing/file";
  EXPECT_EQ(exit_code(spawn(arguments_with("--log", nowhere))), 3);
  EXPECT_THAT(output(), testing::HasSubstr(nowhere + ": No such file or directory"));
  EXPECT_EQ(exit_code(spawn(arguments_with("--network", "ipc://" + nowhere))), 3);
  EXPECT_THAT(output(), testing::HasSubstr("bind ipc://" + nowhere));
  const std::string lengthy = "ipc:///tmp/" + std::string(110, 'x');
  EXPECT_EQ(exit_code(spawn(arguments_with("--network", lengthy))), 3);
  EXPECT_THAT(output(), testing::HasSubstr("107"));
  EXPECT_EQ(exit_code(spawn(arguments_with("--network", "carrier-pigeon://"))), 3);
}

TEST_F(ProgramTest, a_full_disk_is_said_and_ends_it) {
  Controller controller(context_, control_);
  const pid_t pid = spawn(arguments_with("--log", "/dev/full"));
  EXPECT_EQ(controller.receive(), Report(Ready{network_}));
  controller.send(encode(Command{1, NodeUp{Address{1}, Incarnation{1}}}));
  EXPECT_EQ(exit_code(pid), 3);
  EXPECT_THAT(output(), testing::HasSubstr("/dev/full: No space left on device"));
}

TEST_F(ProgramTest, refuses_bad_arguments) {
  EXPECT_EQ(exit_code(spawn({})), 4);
  EXPECT_EQ(exit_code(spawn(arguments_with("--nodes", "0"))), 4);
  EXPECT_EQ(exit_code(spawn(arguments_with("--nodes", "257"))), 4);
  EXPECT_EQ(exit_code(spawn(arguments_with("--seed", "-1"))), 4);
  EXPECT_EQ(exit_code(spawn(arguments_with("--seed", "7x"))), 4);
  EXPECT_EQ(exit_code(spawn(arguments_with("--seed", "18446744073709551616"))), 4);
  auto unknown = arguments();
  unknown.emplace_back("--turbo");
  EXPECT_EQ(exit_code(spawn(unknown)), 4);
  EXPECT_EQ(exit_code(spawn({"--help"})), 0);
}

}  // namespace
}  // namespace proxy
