// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "orchestrator/scenario/interpreter_lines.h"

namespace scenario {
namespace {

// Without the fields that all lines begin with.
std::string line(const Happening& happening) {
  std::string out;
  append_line(out, happening, raft::Time(1'500'000), raft::Duration(946'684'800'000'000));
  const std::string start = R"({"time":"2000-01-01T00:00:01.500000Z","mono_us":1500000,)";
  if (!out.starts_with(start) || !out.ends_with("}\n")) return out;
  return out.substr(start.size(), out.size() - start.size() - 2);
}

TEST(Lines, are_as_the_evidence_is_documented) {
  EXPECT_EQ(line(RunStarted{"first light", 42, "processes", 5, "./squall run a.yaml", "0a1b", {}}),
            R"("event":"run_started","scenario":"first light","seed":42,"cluster":"processes",)"
            R"("nodes":5,"kind":"squall-node","run_again":"./squall run a.yaml","commit":"0a1b")");
  EXPECT_EQ(line(RunStarted{"a", 1, "simulated", 3, "", "", {"no_crash"}}),
            R"("event":"run_started","scenario":"a","seed":1,"cluster":"simulated",)"
            R"("nodes":3,"kind":"squall-node","run_again":"","commit":"","checks":["no_crash"])");
  EXPECT_EQ(line(NodeKilled{{2}, 3}), R"("event":"node_killed","node":"n2","inc":3)");
  EXPECT_EQ(line(NodeEnded{{2}, 3, true, -1, 9, ""}),
            R"("event":"node_exited","node":"n2","inc":3,"expected":true,"exit_code":-1,)"
            R"("signal":9,"reason":"")");
  EXPECT_EQ(line(TargetResolved{4, "leader", {{3}}}),
            R"("event":"target_resolved","number":4,"word":"leader","nodes":["n3"])");
  EXPECT_EQ(line(Converged{{9}, 0xabc}),
            R"("event":"converged","log_index":9,"digest":"0000000000000abc")");
  EXPECT_EQ(line(RunEnded{RunEnded::Reason::time_limit, 12}),
            R"("event":"run_ended","reason":"time_limit","history_lines":12)");
  EXPECT_EQ(line(Finishing{true}), R"("event":"finishing","converge":true)");
}

TEST(Lines, a_fault_has_its_own_words) {
  proxy::Rule rule{"slow",
                   {{proxy::Address{1}}, {}, {proxy::MessageType::append_entries}},
                   proxy::Delay{Duration(80'000), Duration(0), proxy::Distribution::uniform}};
  EXPECT_EQ(line(FaultStarted{"slow", "delay", {{1}}, rule, true}),
            R"("event":"fault_started","id":"slow","fault":"delay","targets":["n1"],)"
            R"("may_not_match":true,"src":["n1"],"messages":["append_entries"],)"
            R"("latency_us":80000,"jitter_us":0,"distribution":"uniform")");
  rule = {"cut", {}, proxy::Partition{{{proxy::Address{1}, proxy::Address{2}}}}};
  EXPECT_EQ(line(FaultStarted{"cut", "partition", {{1}}, rule, false}),
            R"("event":"fault_started","id":"cut","fault":"partition","targets":["n1"],)"
            R"("may_not_match":false,"links":[["n1","n2"]])");
  EXPECT_EQ(line(FaultStarted{"killed", "kill", {{1}, {2}}, std::nullopt, false}),
            R"("event":"fault_started","id":"killed","fault":"kill","targets":["n1","n2"])");
}

TEST(Lines, an_expectation_says_what_it_is_about) {
  EXPECT_EQ(line(Expectation{3, 17, "a leader", false, "none", Expectation::About::safety}),
            R"("event":"expectation","number":3,"text":"a leader","met":false,)"
            R"("observed":"none","about":"safety")");
}

TEST(Lines, what_is_only_for_the_reader_has_none) {
  EXPECT_EQ(line(LeaderSeen{{1}, {2}}), "");
}

}  // namespace
}  // namespace scenario
