// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/commands/test.h"

#include <cerrno>
#include <cstring>
#include <filesystem>

#include <fmt/format.h>
#include <unistd.h>

#include "orchestrator/runner.h"

namespace commands {

int test(const TestOptions& options) {
  std::error_code error;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", error);
  const std::filesystem::path build = program.parent_path().parent_path();
  if (error || !std::filesystem::exists(build / "CTestTestfile.cmake", error)) {
    fmt::print(stderr, "squall: {} is no build with tests\n", build.string());
    return runner::kHarnessError;
  }
  std::vector<std::string> words = {"ctest", "--test-dir", build.string(), "-j2",
                                    "--output-on-failure"};
  if (options.all) words.insert(words.end(), {"-C", "all"});
  words.insert(words.end(), options.ctest.begin(), options.ctest.end());
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (std::string& word : words)
    arguments.push_back(word.data());
  arguments.push_back(nullptr);
  execvp("ctest", arguments.data());
  fmt::print(stderr, "squall: cannot run ctest: {}\n", std::strerror(errno));
  return runner::kHarnessError;
}

}  // namespace commands
