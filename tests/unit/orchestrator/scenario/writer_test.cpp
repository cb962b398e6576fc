// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/scenario/writer.h"

#include <sstream>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "orchestrator/scenario/generator.h"
#include "orchestrator/scenario/language.h"
#include "tests/unit/orchestrator/scenario/random_scenario.h"
#include "tests/unit/orchestrator/scenario/texts.h"

namespace scenario {
namespace {

void expect_reads_back(const Scenario& scenario) {
  const std::string text = write_scenario(scenario);
  const ReadResult result = read_scenario(text, "written.yaml");
  const auto* read = std::get_if<Scenario>(&result);
  ASSERT_NE(read, nullptr) << std::get<Errors>(result).front().text() << '\n' << text;
  ASSERT_TRUE(*read == scenario) << text;
  ASSERT_EQ(write_scenario(*read), text);
}

TEST(Writer, WritesEveryDefaultInTheStyleOfTheShippedFiles) {
  const Scenario s = good(
      "version: 1\nname: a name\ndescription: one, two; three\nworkload: {mix: {read: 1}}\n"
      "steps:\n  - wait_for: {leader: stable}\n"
      "  - {name: \"cut: off\", fault: partition, isolate: leader}\n"
      "  - {fault: delay, src: [n1, n2], latency: 1500ms, messages: [append_entries]}\n"
      "  - {fault: kill, id: dead, target: {random: 2}}\n"
      "  - add: n3\n  - {name: hand over, transfer: follower}\n"
      "  - repeat: {times: 2, steps: [heal: all, sleep: 60s]}\n");
  EXPECT_EQ(write_scenario(s), R"(version: 1
name: a name
description: one, two; three
seed: 1
cluster:
  nodes: 3
  profile: default
  max_sessions: 10000
  election_timeout: {min: 150ms, max: 300ms}
  heartbeat_interval: 50ms
  noop_on_election: true
  pre_vote: true
  check_quorum: true
  leader_stickiness: true
  reads: read_index
  snapshot_threshold: 10000
  trailing_entries: 1000
  snapshot_chunk_bytes: 65536
  max_snapshot_bytes: 1073741824
  max_append_entries: 256
  max_append_bytes: 1048576
  max_in_flight: 16
  max_in_flight_bytes: 4194304
  max_uncommitted_bytes: 67108864
workload:
  clients: 4
  rate: 100
  keys: 8
  mix: {read: 1, put: 0, append: 0, cas: 0}
  reads_from: leader
  value_size: 0
  request_timeout: 500ms
  give_up_after: 5s
steps:
  - wait_for: {leader: stable, timeout: 5s}
  - name: "cut: off"
    fault: partition
    id: fault-1
    isolate: leader
    direction: both
    may_not_match: false
  - fault: delay
    id: fault-2
    src: [n1, n2]
    messages: [append_entries]
    latency: 1500ms
    jitter: 0ms
    distribution: uniform
    may_not_match: false
  - {fault: kill, id: dead, target: {random: 2}, may_not_match: false}
  - add: {nodes: n3, as: voter, wait: true, timeout: 10s, may_fail: false}
  - {name: hand over, transfer: {to: follower, timeout: 10s, may_fail: false}}
  - repeat:
      times: 2
      steps:
        - heal: all
        - sleep: 60s
finish: {converge: true, timeout: 10s}
checks: all
time_limit: 120s
deliver_stale: false
)");
}

TEST(Writer, WhatItWritesReadsBackAsTheSameScenario) {
  for (std::uint64_t seed = 1; seed <= 1000; ++seed) {
    expect_reads_back(random_scenario(seed));
    if (HasFatalFailure()) FAIL() << "seed " << seed;
  }
}

TEST(Writer, TheRandomScenariosUseEveryWord) {
  std::string all;
  for (std::uint64_t seed = 1; seed <= 1000; ++seed) {
    all += write_scenario(random_scenario(seed));
  }
  for (const Word& word : all_words()) {
    EXPECT_NE(all.find(word.key + ":"), all.npos) << word.map << ": " << word.key;
  }
}

TEST(Writer, ShippedScenariosReadBack) {
  for (const auto& file : shipped_files()) {
    expect_reads_back(good(text_of(file)));
    if (HasFatalFailure()) FAIL() << file;
  }
}

TEST(Writer, GeneratedScenariosReadBack) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    expect_reads_back(generate(seed));
    if (HasFatalFailure()) FAIL() << "seed " << seed;
  }
}

TEST(Writer, ReadsBackNumbersAtTheirLimits) {
  Scenario s = good(with_steps("  - {fault: loss, percent: 5}"));
  s.seed = ~std::uint64_t{0};
  s.workload.emplace();
  for (const double rate : {0.0, 1e-7, 1.0 / 3, 999'999.9999, 1e6, 5e-324}) {
    s.workload->rate = rate;
    expect_reads_back(s);
  }
}

TEST(Writer, BreaksNoLineThatItCanKeepShort) {
  for (const auto& file : shipped_files()) {
    std::istringstream lines(write_scenario(good(text_of(file))));
    for (std::string line; std::getline(lines, line);) {
      const bool description = line.starts_with("description:");
      EXPECT_TRUE(description || line.size() <= 100) << line;
    }
  }
}

}  // namespace
}  // namespace scenario
