// SPDX-License-Identifier: Apache-2.0
// What the language says, and what it refuses: the head, the cluster, the workload and the end. The
// steps are in reader_steps_test.cpp.
#include "orchestrator/scenario/reader.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "orchestrator/verify/check.h"
#include "tests/unit/orchestrator/scenario/texts.h"

namespace scenario {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

std::vector<std::string> line_errors(std::string_view lines) {
  return errors_of(with_lines(lines));
}

TEST(Reader, FillsInEveryDefault) {
  const Scenario s = good("version: 1\nname: x\nsteps: [heal: all]\n");
  Scenario expected;
  expected.name = "x";
  expected.steps.push_back({HealStep{}, "", 0});
  EXPECT_EQ(s, expected);
  EXPECT_EQ(s.cluster.nodes, 3U);
  EXPECT_FALSE(s.workload.has_value());
  EXPECT_EQ(s.steps.front().line, 3);
}

TEST(Reader, ReadsTheHead) {
  const Scenario s = good(
      "version: 1\nname: \"a: b\"\ndescription: one, two\n  and three\ntags: [x, y]\n"
      "seed: 18446744073709551615\ntime_limit: 2m\ndeliver_stale: true\n"
      "finish: {converge: false, timeout: 3s}\nchecks: [no_crash, election_safety]\n"
      "steps: [sleep: 1s]\n");
  EXPECT_EQ(s.name, "a: b");
  EXPECT_EQ(s.description, "one, two and three");
  EXPECT_THAT(s.tags, ElementsAre("x", "y"));
  EXPECT_EQ(s.seed, 18446744073709551615U);
  EXPECT_EQ(s.time_limit, std::chrono::minutes(2));
  EXPECT_TRUE(s.deliver_stale);
  EXPECT_EQ(s.finish, (Finish{.converge = false, .timeout = milliseconds(3000)}));
  EXPECT_THAT(s.checks, ElementsAre("no_crash", "election_safety"));
}

TEST(Reader, KnowsEveryCheck) {
  for (const std::string& name : verify::check_names()) {
    EXPECT_THAT(good(with_lines(fmt::format("checks: [{}]", name))).checks, ElementsAre(name));
  }
  EXPECT_THAT(good(with_lines("checks: all")).checks, IsEmpty());
}

TEST(Reader, ReadsTheCluster) {
  const ClusterSpec c =
      good(with_lines("cluster: {nodes: 101, profile: default, noop_on_election: false,\n"
                      "  election_timeout: {min: 1500us, max: 2s}, heartbeat_interval: 1ms,\n"
                      "  pre_vote: false, check_quorum: false, leader_stickiness: false,\n"
                      "  reads: log, snapshot_threshold: 7, trailing_entries: 0,\n"
                      "  snapshot_chunk_bytes: 1, max_append_entries: 2, max_append_bytes: 3,\n"
                      "  max_in_flight: 4, max_in_flight_bytes: 5, max_uncommitted_bytes: 6,\n"
                      "  max_sessions: 8}"))
          .cluster;
  EXPECT_EQ(c.nodes, 101U);
  EXPECT_EQ(c.profile, Profile::default_profile);
  EXPECT_EQ(c.max_sessions, 8U);
  NodeSettings expected{.raft = {}, .snapshot_threshold = 7};
  expected.raft.election_timeout_min = std::chrono::microseconds(1500);
  expected.raft.election_timeout_max = milliseconds(2000);
  expected.raft.heartbeat_interval = milliseconds(1);
  expected.raft.trailing_entries = 0;
  expected.raft.snapshot_chunk_bytes = 1;
  expected.raft.max_append_entries = 2;
  expected.raft.max_append_bytes = 3;
  expected.raft.max_in_flight = 4;
  expected.raft.max_in_flight_bytes = 5;
  expected.raft.max_uncommitted_bytes = 6;
  EXPECT_EQ(c.settings, expected);
}

TEST(Reader, AProfileIsTheCoresOwn) {
  const ClusterSpec usual = good(with_lines("cluster: {nodes: 3}")).cluster;
  EXPECT_EQ(usual.settings.raft, raft::default_profile({}));
  EXPECT_EQ(usual.settings.snapshot_threshold, 10'000U);
  const ClusterSpec paper = good(with_lines("cluster: {profile: figure2}")).cluster;
  EXPECT_EQ(paper.settings.raft, raft::Settings{});
  EXPECT_EQ(paper.settings.snapshot_threshold, 0U);
  EXPECT_EQ(paper.max_sessions, 0U);
}

TEST(Reader, ReadsTheFirstMembers) {
  const auto members = [](const char* words) {
    return first_configuration(good(with_lines(words)).cluster);
  };
  const raft::NodeId one{1}, two{2}, three{3}, four{4};
  EXPECT_EQ(members("cluster: {nodes: 2}"), (raft::Configuration{{one, two}, {}, {}}));
  EXPECT_EQ(members("cluster: {nodes: 4, voters: [n3, n1], learners: [n4]}"),
            (raft::Configuration{{one, three}, {}, {four}}));
  EXPECT_EQ(members("cluster: {nodes: 4, learners: [n4, n2]}"),
            (raft::Configuration{{one, three}, {}, {two, four}}));
}

TEST(Reader, RefusesMembersThatCanNotBe) {
  EXPECT_THAT(line_errors("cluster: {voters: [n1, n2], learners: [n2]}"),
              ElementsAre("3:29: a node is a voter and a learner"));
  EXPECT_THAT(line_errors("cluster: {nodes: 1, learners: [n1]}"),
              ElementsAre("3:21: all nodes are learners, and somebody has to vote"));
  EXPECT_THAT(line_errors("cluster: {voters: []}"),
              ElementsAre("3:19: expected a list of nodes, found an empty list"));
  EXPECT_THAT(line_errors("cluster: {voters: n1}"),
              ElementsAre("3:19: expected a list of nodes, found 'n1'"));
  EXPECT_THAT(line_errors("cluster: {voters: [n1, n1]}"),
              ElementsAre("3:24: node 'n1' a second time"));
  EXPECT_THAT(line_errors("cluster: {voters: [n4]}"),
              ElementsAre("3:20: no node 'n4': the cluster has n1 to n3"));
}

TEST(Reader, RefusesReadsThatCanNotBeServed) {
  EXPECT_THAT(line_errors("cluster: {noop_on_election: false}"),
              ElementsAre(HasSubstr("3:11: reads: read_index needs noop_on_election")));
  EXPECT_THAT(line_errors("cluster: {profile: figure2, reads: read_index}"),
              ElementsAre(HasSubstr("3:29: reads: read_index needs noop_on_election")));
  EXPECT_THAT(line_errors("cluster: {leader_stickiness: false, reads: lease}"),
              ElementsAre(HasSubstr("3:37: reads: lease needs leader_stickiness")));
  EXPECT_THAT(line_errors("cluster: {max_clock_drift: 5}"),
              ElementsAre(HasSubstr("3:11: max_clock_drift is for reads: lease")));
  EXPECT_THAT(line_errors("cluster: {reads: lease, max_clock_drift: 100}"),
              ElementsAre(HasSubstr("3:42: expected a number from 0 to 99")));
  EXPECT_THAT(line_errors("cluster: {reads: leases}"),
              ElementsAre(HasSubstr("3:18: expected one of log, read_index, lease, found "
                                    "'leases'; did you mean 'lease'?")));
  EXPECT_THAT(line_errors("cluster: {reads: lease, max_clock_drift: 5}"), IsEmpty());
}

TEST(Reader, ALeaseRestsOnTheOtherNodes) {
  constexpr const char* kWhy = "reads: lease is for all nodes or for none";
  EXPECT_THAT(line_errors("cluster: {reads: lease, node_settings: {n2: {leader_stickiness: false,\n"
                          "  reads: log}}}"),
              ElementsAre(AllOf(HasSubstr("3:25: "), HasSubstr(kWhy))));
  EXPECT_THAT(
      line_errors("cluster: {reads: lease, node_settings: {n2: {election_timeout: 100ms}}}"),
      ElementsAre(HasSubstr(kWhy)));
  EXPECT_THAT(line_errors("cluster: {reads: lease, node_settings: {n2: {reads: log}}}"),
              ElementsAre(HasSubstr(kWhy)));
  EXPECT_THAT(line_errors("cluster: {node_settings: {n2: {reads: lease}}}"),
              ElementsAre(HasSubstr(kWhy)));
  EXPECT_THAT(
      line_errors("cluster: {reads: lease, node_settings: {n2: {election_timeout: 200ms}}}"),
      ElementsAre(HasSubstr(kWhy)));
  EXPECT_THAT(line_errors("cluster: {reads: lease, node_settings: {n2: {election_timeout:\n"
                          "  {min: 150ms, max: 400ms}}}}"),
              IsEmpty());
}

TEST(Reader, RefusesLimitsThatNoNodeCouldWorkWith) {
  for (const char* limit :
       {"max_append_entries", "max_append_bytes", "max_in_flight", "max_in_flight_bytes",
        "max_uncommitted_bytes", "snapshot_chunk_bytes"}) {
    EXPECT_THAT(line_errors(fmt::format("cluster: {{{}: 0}}", limit)),
                ElementsAre(HasSubstr("expected a number from 1 to ")))
        << limit;
  }
  EXPECT_THAT(line_errors("cluster: {max_append_bytes: 16777217}"), SizeIs(1));
  EXPECT_THAT(line_errors("cluster: {snapshot_chunk_bytes: 16777217}"), SizeIs(1));
}

TEST(Reader, AProfileComesBeforeTheScenariosOwnWords) {
  EXPECT_TRUE(good(with_lines("cluster: {nodes: 3}")).cluster.settings.raft.noop_on_election);
  EXPECT_FALSE(
      good(with_lines("cluster: {profile: figure2}")).cluster.settings.raft.noop_on_election);
  EXPECT_TRUE(good(with_lines("cluster: {noop_on_election: true, profile: figure2}"))
                  .cluster.settings.raft.noop_on_election);
}

TEST(Reader, ANodesSettingsStartFromTheClusters) {
  const ClusterSpec c =
      good(with_lines("cluster: {node_settings: {n3: {election_timeout: 202ms}}, nodes: 3,\n"
                      "          heartbeat_interval: 40ms, profile: figure2}"))
          .cluster;
  ASSERT_THAT(c.node_settings, SizeIs(1));
  NodeSettings expected{.raft = {}, .snapshot_threshold = 0};
  expected.raft.election_timeout_min = milliseconds(202);
  expected.raft.election_timeout_max = milliseconds(202);
  expected.raft.heartbeat_interval = milliseconds(40);
  EXPECT_EQ(c.node_settings.at(raft::NodeId{3}), expected);
  EXPECT_EQ(settings_of(c, raft::NodeId{3}), expected);
  EXPECT_EQ(settings_of(c, raft::NodeId{1}), c.settings);
}

TEST(Reader, ReadsTheWorkload) {
  const auto w =
      good(
          with_lines("workload: {clients: 2, rate: 12.5, keys: 3, mix: {put: 7},\n"
                     "  reads_from: any, value_size: 256, request_timeout: 1s, give_up_after: 1h}"))
          .workload;
  EXPECT_EQ(w, (WorkloadSpec{.clients = 2,
                             .rate = 12.5,
                             .keys = 3,
                             .mix = {.read = 0, .put = 7, .append = 0, .cas = 0},
                             .reads_from = WorkloadSpec::ReadsFrom::any,
                             .value_bytes = 256,
                             .request_timeout = milliseconds(1000),
                             .give_up_after = std::chrono::hours(1)}));
  EXPECT_EQ(good(with_lines("workload: {}")).workload, WorkloadSpec{});
  EXPECT_THAT(line_errors("workload: {reads_from: any}\ncluster: {profile: figure2}"),
              ElementsAre(HasSubstr("3:12: reads_from: any needs reads: read_index or lease on "
                                    "every node")));
  EXPECT_THAT(line_errors("workload: {reads_from: any}\n"
                          "cluster: {node_settings: {n2: {reads: log}}}"),
              SizeIs(1));
}

TEST(Reader, NamesUnknownKeysAndWhatWasMeant) {
  EXPECT_THAT(line_errors("cluster: {nodes: 5, electon_timeout: 1s}"),
              ElementsAre("3:21: unknown key 'electon_timeout' in cluster; did you mean "
                          "'election_timeout'?"));
  EXPECT_THAT(line_errors("cluster: {servers: 5}"),
              ElementsAre("3:11: unknown key 'servers' in cluster; did you mean 'nodes'?"));
  EXPECT_THAT(line_errors("qwerty: 1"), ElementsAre("3:1: unknown key 'qwerty' in the scenario"));
  EXPECT_THAT(line_errors("\"a\\nb\": 1"), ElementsAre("3:1: unknown key 'a b' in the scenario"));
}

TEST(Reader, NamesMissingKeysUnlessOneWasMisspelled) {
  EXPECT_THAT(errors_of("name: x\nsteps: [sleep: 1s]\n"),
              ElementsAre("1:1: the scenario needs 'version'"));
  EXPECT_THAT(errors_of("version: 1\nnane: x\nstep: [sleep: 1s]\n"),
              ElementsAre("2:1: unknown key 'nane' in the scenario; did you mean 'name'?",
                          "3:1: unknown key 'step' in the scenario; did you mean 'steps'?"));
  EXPECT_THAT(errors_of("{}"), SizeIs(3));
}

TEST(Reader, RefusesOtherKindsOfValue) {
  EXPECT_THAT(errors_of("- a\n"),
              ElementsAre("1:1: expected a map for the scenario, found a list"));
  EXPECT_THAT(errors_of("hello\n"),
              ElementsAre("1:1: expected a map for the scenario, found 'hello'"));
  EXPECT_THAT(errors_of("---\n"), ElementsAre(HasSubstr("found nothing")));
  EXPECT_THAT(line_errors("cluster: 5"),
              ElementsAre("3:10: expected a map for cluster, found '5'"));
  EXPECT_THAT(line_errors("cluster:"),
              ElementsAre("3:1: expected a map for cluster, found nothing"));
  EXPECT_THAT(line_errors("tags: x"), ElementsAre("3:7: expected a list of texts, found 'x'"));
  EXPECT_THAT(line_errors("tags: []"),
              ElementsAre("3:7: expected a list of texts, found an empty list"));
  EXPECT_THAT(errors_of("version: 1\nname: x\nsteps: {sleep: 1s}\n"),
              ElementsAre("3:8: expected a list of steps, found a map"));
  EXPECT_THAT(errors_of("version: 1\nname: x\nsteps: []\n"),
              ElementsAre("3:8: expected a list of steps, found an empty list"));
  EXPECT_THAT(errors_of("version: 2\nname: x\nsteps: [sleep: 1s]\n"),
              ElementsAre("1:10: expected 1, found '2'"));
}

TEST(Reader, RefusesNumbersThatAreNotPlainlyDecimal) {
  const auto error = [](std::string_view value) {
    const auto errors = line_errors(fmt::format("cluster: {{nodes: {}}}", value));
    return errors.size() == 1 ? errors.front() : fmt::format("{} errors", errors.size());
  };
  const std::string expected = "3:18: expected a number from 1 to 101, found ";
  EXPECT_EQ(error("010"), expected + "'010': write it without leading zeros");
  EXPECT_EQ(error("0x10"), expected + "'0x10': write it in decimal");
  EXPECT_EQ(error("1e1"), expected + "'1e1': write it without an exponent");
  EXPECT_EQ(error("1_0"), expected + "'1_0': write digits only");
  EXPECT_EQ(error("\"5\""), expected + "'5': a number has no quotes");
  EXPECT_EQ(error("+5"), expected + "'+5'");
  EXPECT_EQ(error("-5"), expected + "'-5'");
  EXPECT_EQ(error("5.0"), expected + "'5.0'");
  EXPECT_EQ(error("five"), expected + "'five'");
  EXPECT_EQ(error("0"), expected + "'0'");
  EXPECT_EQ(error("102"), expected + "'102'");
  EXPECT_EQ(error("99999999999999999999999999"), expected + "'99999999999999999999999999'");
  EXPECT_EQ(error("[5]"), expected + "a list");
  EXPECT_EQ(error(""), "3:11: expected a number from 1 to 101, found nothing");
  EXPECT_THAT(line_errors("seed: 18446744073709551616"), SizeIs(1));
  EXPECT_THAT(line_errors("workload: {rate: 1000001}"), SizeIs(1));
  EXPECT_THAT(line_errors("workload: {rate: .5}"), SizeIs(1));
  EXPECT_THAT(line_errors("workload: {rate: 1.}"), SizeIs(1));
  EXPECT_THAT(line_errors("workload: {rate: nan}"), SizeIs(1));
  EXPECT_THAT(line_errors("workload: {rate: 00.5}"), SizeIs(1));
}

TEST(Reader, RefusesDurationsWithoutAWholeNumberAndAUnit) {
  const auto error = [](std::string_view value) {
    const auto errors = line_errors(fmt::format("time_limit: {}", value));
    return errors.size() == 1 ? errors.front() : fmt::format("{} errors", errors.size());
  };
  EXPECT_EQ(error("250"), "3:13: a duration needs a unit: 250ms");
  EXPECT_EQ(error("0"), "3:13: a duration needs a unit: 0ms");
  EXPECT_EQ(error("5sec"), "3:13: unknown unit 'sec': a duration ends in us, ms, s, m or h");
  EXPECT_EQ(error("5 s"), "3:13: unknown unit ' s': a duration ends in us, ms, s, m or h");
  EXPECT_EQ(error("1h30m"), "3:13: unknown unit 'h30m': a duration ends in us, ms, s, m or h");
  EXPECT_EQ(error("1.5s"), "3:13: a duration is a whole number and a unit: 1500ms");
  EXPECT_EQ(error("0.5h"), "3:13: a duration is a whole number and a unit: 1800s");
  EXPECT_EQ(error("-5s"), "3:13: expected a duration such as 250ms, found '-5s'");
  EXPECT_EQ(error("soon"), "3:13: expected a duration such as 250ms, found 'soon'");
  EXPECT_EQ(error("05s"), "3:13: expected a duration such as 250ms, found '05s'");
  EXPECT_EQ(error("9999999999h"), "3:13: '9999999999h' is longer than anything here may last");
  EXPECT_EQ(error("25h"), "3:13: expected a duration from 1s to 24h, found '25h'");
  EXPECT_EQ(error("999ms"), "3:13: expected a duration from 1s to 24h, found '999ms'");
  EXPECT_EQ(error("{s: 1}"), "3:13: expected a duration from 1s to 24h, found a map");
  EXPECT_EQ(good(with_lines("time_limit: 24h")).time_limit, std::chrono::hours(24));
  EXPECT_EQ(good(with_lines("time_limit: '7s'")).time_limit, milliseconds(7000));
}

TEST(Reader, RefusesOtherSpellingsOfTrueAndFalse) {
  for (const char* word : {"yes", "no", "on", "off", "True", "FALSE", "1", "'true'", "~", "[]"}) {
    EXPECT_THAT(line_errors(fmt::format("deliver_stale: {}", word)),
                ElementsAre(HasSubstr("expected true or false, found ")))
        << word;
  }
}

TEST(Reader, RefusesTextsThatAreNoneOrTooLong) {
  EXPECT_THAT(line_errors("description: ''"),
              ElementsAre("3:14: expected a text of at most 2000 characters, found ''"));
  EXPECT_THAT(line_errors("description: [a]"), SizeIs(1));
  EXPECT_THAT(line_errors("description: " + std::string(2000, 'x')), IsEmpty());
  EXPECT_THAT(line_errors("description: " + std::string(2001, 'x')),
              ElementsAre("3:14: expected a text of at most 2000 characters, found 2001"));
}

TEST(Reader, RefusesUnknownWords) {
  EXPECT_THAT(line_errors("cluster: {profile: figur2}"),
              ElementsAre("3:20: expected one of default, figure2, found 'figur2'; did you mean "
                          "'figure2'?"));
  EXPECT_THAT(line_errors("checks: [election_safty]"),
              ElementsAre(HasSubstr("found 'election_safty'; did you mean 'election_safety'?")));
  EXPECT_THAT(line_errors("checks: some"),
              ElementsAre("3:9: expected all, or a list of checks, found 'some'"));
  EXPECT_THAT(line_errors("checks: [no_crash, no_crash]"),
              ElementsAre("3:20: check 'no_crash' a second time"));
  EXPECT_THAT(line_errors("checks: []"), SizeIs(1));
}

TEST(Reader, RefusesTimingsThatCanNotWork) {
  EXPECT_THAT(line_errors("cluster: {election_timeout: {min: 300ms, max: 150ms}}"),
              ElementsAre("3:30: election_timeout: min 300ms is more than max 150ms"));
  EXPECT_THAT(line_errors("cluster: {election_timeout: {min: 300ms}}"),
              ElementsAre("3:29: election_timeout needs 'max'"));
  EXPECT_THAT(line_errors("cluster: {heartbeat_interval: 150ms}"),
              ElementsAre(HasSubstr("3:11: heartbeat_interval 150ms is not less than "
                                    "election_timeout 150ms")));
  EXPECT_THAT(line_errors("cluster: {election_timeout: 50ms}"),
              ElementsAre(HasSubstr("3:11: heartbeat_interval 50ms is not less than")));
  EXPECT_THAT(line_errors("cluster: {node_settings: {n2: {election_timeout: 10ms}}}"),
              ElementsAre(HasSubstr("3:32: heartbeat_interval 50ms is not less than")));
  EXPECT_THAT(line_errors("workload: {request_timeout: 5s, give_up_after: 4s}"),
              ElementsAre("3:33: give_up_after 4s is less than request_timeout 5s"));
  EXPECT_THAT(line_errors("workload: {mix: {read: 0}}"),
              ElementsAre("3:18: mix: at least one of read, put, append, cas is more than 0"));
}

TEST(Reader, RefusesSettingsOfNodesThatAreNotThere) {
  EXPECT_THAT(line_errors("cluster: {nodes: 3, node_settings: {n4: {heartbeat_interval: 1ms}}}"),
              ElementsAre("3:37: no node 'n4': the cluster has n1 to n3"));
  EXPECT_THAT(line_errors("cluster: {node_settings: {server: {}}}"),
              ElementsAre("3:27: expected a node such as n1, found 'server'"));
  EXPECT_THAT(line_errors("cluster: {node_settings: {n1: {nodes: 1}}}"),
              ElementsAre("3:32: unknown key 'nodes' in n1"));
}

TEST(Reader, ReportsAllErrorsInTheirOrder) {
  EXPECT_THAT(
      errors_of("version: 1\nname: x\nsteps:\n  - sleep: 5\n  - hael: all\n"
                "cluster: {nodes: 0}\nseed: -1\nname: y\n"),
      ElementsAre(HasSubstr("4:12: a duration needs a unit"),
                  HasSubstr("5:5: unknown key 'hael' in a step; did you mean 'heal'?"),
                  HasSubstr("6:18: expected a number from 1 to 101"),
                  HasSubstr("7:7: expected a number"), HasSubstr("8:1: key 'name' a second time")));
}

TEST(Reader, CountsTheErrorsBeyondTwenty) {
  std::string steps;
  for (int i = 0; i < 30; ++i) {
    steps += "  - sleep: 5\n";
  }
  const auto errors = errors_of(with_steps(steps));
  ASSERT_THAT(errors, SizeIs(kMaxErrors));
  EXPECT_EQ(errors[18], "23:12: a duration needs a unit: 5ms");
  EXPECT_EQ(errors[19], "24:12: this and 10 more errors are not shown");
}

TEST(Reader, AFileThatBreaksOffHasNoErrorsOfWhatIsMissing) {
  EXPECT_THAT(errors_of("version: 1\nname: \"x\nsteps:\n"),
              ElementsAre("2:7: this quote is not closed on its line"));
}

TEST(Reader, ReadsAFileAndNamesIt) {
  const ReadResult result = read_scenario(std::filesystem::path("/nonexistent/x.yaml"));
  const auto* errors = std::get_if<Errors>(&result);
  ASSERT_NE(errors, nullptr);
  EXPECT_EQ(errors->front().text(),
            "/nonexistent/x.yaml:1:1: can't be read: No such file or directory");
}

}  // namespace
}  // namespace scenario
