// SPDX-License-Identifier: Apache-2.0
// A run under way is judged by the same checks as its folder. Between the files the evidence has no
// order: however they are interleaved, each check comes to the same verdict, and none cries wolf on
// the way.
#include <algorithm>
#include <functional>
#include <random>

#include <gtest/gtest.h>

#include "orchestrator/runner.h"
#include "orchestrator/scenario/reader.h"
#include "orchestrator/verify/check.h"
#include "orchestrator/verify/reader.h"
#include "tests/unit/orchestrator/cluster/temporary_folder.h"

namespace runner {
namespace {

namespace fs = std::filesystem;
using Tell = std::function<void(verify::Observer&)>;

// Each file's events, in their order.
class Files final : public verify::Observer {
 public:
  explicit Files(const fs::path& folder) {
    verify::RunReader reader(folder);
    reader.read(*this);
    EXPECT_TRUE(reader.damage().found.empty());
  }
  void on_node(const verify::NodeEvent& event) override {
    files_[event.where.file].push_back([event](Observer& o) { o.on_node(event); });
  }
  void on_operation(const verify::Operation& event) override {
    files_[event.where.file].push_back([event](Observer& o) { o.on_operation(event); });
  }
  void on_fault(const verify::FaultEvent& event) override {
    files_[event.where.file].push_back([event](Observer& o) { o.on_fault(event); });
  }
  void on_network(const verify::NetworkEvent& event) override {
    files_[event.where.file].push_back([event](Observer& o) { o.on_network(event); });
  }

  // Pieces of the files at random, of up to `longest` lines.
  void interleave(std::uint64_t seed, std::size_t longest, verify::Observer& observer) const {
    std::mt19937_64 random(seed);
    struct Rest {
      const std::vector<Tell>* lines;
      std::size_t next = 0;
    };
    std::vector<Rest> rests;
    for (const auto& [number, lines] : files_)
      rests.push_back({&lines});
    while (!rests.empty()) {
      const std::size_t chosen = random() % rests.size();
      Rest& rest = rests[chosen];
      for (std::size_t n = 1 + random() % longest; n > 0 && rest.next < rest.lines->size(); --n)
        (*rest.lines)[rest.next++](observer);
      if (rest.next == rest.lines->size()) {
        rests.erase(rests.begin() + static_cast<std::ptrdiff_t>(chosen));
      }
    }
  }

 private:
  std::map<std::uint32_t, std::vector<Tell>> files_;
};

class Bench final : public verify::Observer {
 public:
  void on_node(const verify::NodeEvent& event) override { tell(&Observer::on_node, event); }
  void on_operation(const verify::Operation& event) override {
    tell(&Observer::on_operation, event);
  }
  void on_fault(const verify::FaultEvent& event) override { tell(&Observer::on_fault, event); }
  void on_network(const verify::NetworkEvent& event) override {
    tell(&Observer::on_network, event);
  }

  std::map<std::string, std::string> finish() {
    std::map<std::string, std::string> verdicts;
    for (verify::NamedCheck& c : checks_) {
      const verify::CheckResult result = c.check->finish(c.name, {});
      verdicts[c.name] = verify::name_of(result.verdict);
      if (result.verdict != verify::Verdict::pass) verdicts[c.name] += ": " + result.message;
    }
    return verdicts;
  }

 private:
  template <class Event>
  void tell(void (Observer::*take)(const Event&), const Event& event) {
    for (verify::NamedCheck& c : checks_)
      (c.check.get()->*take)(event);
  }
  std::vector<verify::NamedCheck> checks_ = verify::make_checks(verify::check_names());
};

std::vector<fs::path> scenarios() {
  std::vector<fs::path> paths;
  for (const char* folder : {"scenarios", "tests/scenarios/must_fail"}) {
    for (const auto& entry : fs::recursive_directory_iterator(fs::path(SQUALL_SOURCE_DIR) / folder))
      if (entry.path().extension() == ".yaml") paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

class AnyOrder : public testing::TestWithParam<fs::path> {};

TEST_P(AnyOrder, of_the_files_gives_the_same_verdicts) {
  auto read = scenario::read_scenario(GetParam());
  const cluster::TemporaryFolder folder;
  report::Account silent({.prose = false, .colour = false, .json = false});
  const RunResult result = run(std::get<scenario::Scenario>(read),
                               {true, false, folder.path(), Keep::always, "again"}, silent);
  ASSERT_EQ(result.error, "");

  const Files files(result.folder);
  Bench sequential;
  verify::RunReader(result.folder).read(sequential);
  auto expected = sequential.finish();
  // Which of several violations is the first depends on the order.
  const auto first_words = [](std::map<std::string, std::string> verdicts) {
    for (auto& [name, verdict] : verdicts)
      if (verdict.starts_with("fail")) verdict = "fail";
    return verdicts;
  };
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    Bench bench;
    files.interleave(seed, seed == 1 ? 1000 : 3, bench);
    EXPECT_EQ(first_words(bench.finish()), first_words(expected)) << "interleaving " << seed;
  }
}

std::string name_of(const testing::TestParamInfo<fs::path>& path) {
  std::string name = path.param.lexically_relative(SQUALL_SOURCE_DIR).string();
  std::replace_if(
      name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Checks, AnyOrder, testing::ValuesIn(scenarios()), name_of);

}  // namespace
}  // namespace runner
