// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/scenario/generator.h"

#include <set>

#include <gtest/gtest.h>

#include "orchestrator/scenario/reader.h"
#include "orchestrator/scenario/writer.h"

namespace scenario {
namespace {

TEST(Generator, the_same_seed_gives_the_same_scenario) {
  std::set<std::string> texts;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    const std::string text = write_scenario(generate(seed));
    EXPECT_EQ(text, write_scenario(generate(seed)));
    texts.insert(text);
  }
  EXPECT_EQ(texts.size(), 100u);
}

TEST(Generator, what_it_makes_can_be_written_and_read_back) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    const std::string text = write_scenario(generate(seed));
    const ReadResult read = read_scenario(text, "generated.yaml");
    if (const auto* errors = std::get_if<Errors>(&read)) {
      FAIL() << errors->front().text() << "\n" << text;
    }
    EXPECT_EQ(write_scenario(std::get<Scenario>(read)), text);
  }
}

Duration pauses(const Scenario& scenario) {
  Duration sum{};
  for (const Step& step : scenario.steps) {
    if (const auto* sleep = std::get_if<SleepStep>(&step.action)) sum += sleep->duration;
  }
  return sum;
}

TEST(Generator, with_a_length_goes_on_so_long) {
  constexpr Duration kMinute{60'000'000};
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const Scenario scenario = generate(seed, kMinute);
    EXPECT_GE(pauses(scenario), kMinute);
    EXPECT_LT(pauses(scenario), kMinute + Duration(5'000'000));
    EXPECT_GT(scenario.time_limit, 2 * kMinute);
    const std::string text = write_scenario(scenario);
    const ReadResult read = read_scenario(text, "generated.yaml");
    ASSERT_TRUE(std::holds_alternative<Scenario>(read)) << text;
    EXPECT_EQ(write_scenario(std::get<Scenario>(read)), text);
    EXPECT_LT(pauses(generate(seed)), Duration(25'000'000));
  }
}

TEST(Generator, over_many_seeds_everything_occurs) {
  std::set<std::string> seen;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    const Scenario scenario = generate(seed);
    seen.insert("voters " + std::to_string(scenario.cluster.voters.size()));
    seen.insert("waiting " +
                std::to_string(scenario.cluster.nodes - scenario.cluster.voters.size()));
    seen.insert(std::string("reads ") + raft::name_of(scenario.cluster.settings.raft.reads));
    for (const Step& step : scenario.steps) {
      if (const auto* members = std::get_if<MembersStep>(&step.action)) {
        EXPECT_TRUE(members->may_fail);
        seen.insert("change " + std::to_string(static_cast<int>(members->change)));
        seen.insert(members->replacing ? "replacing" : members->wait ? "waits" : "goes on");
      }
      if (const auto* transfer = std::get_if<TransferStep>(&step.action)) {
        EXPECT_TRUE(transfer->may_fail);
        seen.insert("transfer");
      }
      const auto* fault = std::get_if<FaultStep>(&step.action);
      if (!fault) continue;
      EXPECT_TRUE(fault->may_not_match);
      if (const auto* kill = std::get_if<KillFault>(&fault->fault)) {
        seen.insert(!kill->restart_after                       ? "killed for good"
                    : *kill->restart_after > Duration(500'000) ? "restarted late"
                                                               : "restarted at once");
      } else if (const auto* partition = std::get_if<PartitionFault>(&fault->fault)) {
        seen.insert("direction " + std::to_string(static_cast<int>(partition->direction)));
        seen.insert(partition->isolate ? "isolated" : "split");
      } else {
        const char* const kNames[] = {"", "delay", "loss", "", "pause", "slow", "clock"};
        seen.insert(kNames[fault->fault.index()]);
      }
    }
  }
  EXPECT_EQ(seen, (std::set<std::string>{"voters 3",
                                         "voters 5",
                                         "waiting 0",
                                         "waiting 1",
                                         "waiting 2",
                                         "reads log",
                                         "reads read_index",
                                         "reads lease",
                                         "change 0",
                                         "change 1",
                                         "change 2",
                                         "change 3",
                                         "change 4",
                                         "replacing",
                                         "waits",
                                         "goes on",
                                         "transfer",
                                         "killed for good",
                                         "restarted late",
                                         "restarted at once",
                                         "direction 0",
                                         "direction 1",
                                         "direction 2",
                                         "isolated",
                                         "split",
                                         "loss",
                                         "pause",
                                         "slow",
                                         "clock",
                                         "delay"}));
}

}  // namespace
}  // namespace scenario
