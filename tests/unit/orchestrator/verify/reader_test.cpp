// SPDX-License-Identifier: Apache-2.0
// What a kill tears is passed over; anything else that is not as it should be is damage.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "tests/unit/orchestrator/verify/run_folder.h"

namespace verify {
namespace {

using testing::AnyOf;
using testing::HasSubstr;

class ReaderTest : public testing::Test {
 protected:
  ReaderTest() { tell_healthy_run(run_); }

  void expect_whole() {
    const Result result = run_.judge();
    EXPECT_EQ(result.verdict, Verdict::pass);
    for (const CheckResult& check : result.checks) {
      EXPECT_THAT(check.verdict, AnyOf(Verdict::pass, Verdict::not_applicable))
          << check.name << ": " << check.message;
    }
  }
  void expect_damage(const std::string& message) {
    EXPECT_EQ(run_.judge().verdict, Verdict::unknown);
    EXPECT_THAT(run_.check("evidence").message, HasSubstr(message));
  }

  RunFolder run_;
};

TEST_F(ReaderTest, PassesOverALastLineWithoutItsEnd) {
  run_.node(1).bytes("{\"time\":\"2026-11-21T00:0");
  expect_whole();
}

TEST_F(ReaderTest, PassesOverALastLineThatOnlyLacksItsEnd) {
  run_.node(1).bytes(
      "{\"time\":\"\",\"mono_us\":1,\"node\":\"n1\",\"inc\":1,\"seq\":999,"
      "\"event\":\"timed_out\",\"term\":1,\"role\":\"follower\"}");
  expect_whole();
}

TEST_F(ReaderTest, PassesOverALineThatWasTornBeforeTheNextIncarnation) {
  run_.node(2).bytes("{\"time\":\"2026-11-21T00:00:01.0Z\",\"msg\":\"{\\\"time\\\"");
  run_.node(2).start().commit(4).apply({"noop", "c1/1", "c2/1", "probe/1"}).stop();
  expect_whole();
}

TEST_F(ReaderTest, PassesOverTwoTornLinesInARow) {
  run_.node(2).bytes("{\"time\":\"2026-11-21T00:00:01.0Z\",\"lev");
  run_.node(2).bytes("{\"time\":\"2026-11-21T00:00:02.0Z\",\"level\":\"info\",\"ms");
  run_.node(2).start().commit(4).apply({"noop", "c1/1", "c2/1", "probe/1"}).stop();
  expect_whole();
}

TEST_F(ReaderTest, PassesOverATornLineOfTheOrchestratorsFiles) {
  run_.history_bytes("{\"time\":\"2026-11-21T00:0");
  expect_whole();
}

TEST_F(ReaderTest, SeesALineTornInTheMiddleOfAnIncarnation) {
  run_.node(2).bytes("{\"time\":\"2026-11-21T00:00:01.0Z\",\"lev").line("timed_out");
  expect_damage("torn in the middle");
}

TEST_F(ReaderTest, SeesALineThatIsNotJson) {
  run_.node(2).bytes("Segmentation fault\n").line("timed_out");
  expect_damage("nodes/n2.jsonl:15: not JSON");
}

TEST_F(ReaderTest, SeesAMissingLine) {
  run_.node(2).bytes(
      "{\"time\":\"\",\"mono_us\":1,\"node\":\"n2\",\"inc\":1,\"seq\":16,"
      "\"event\":\"timed_out\",\"term\":1,\"role\":\"follower\"}\n");
  expect_damage("seq 16 of incarnation 1 where 15 was due");
}

TEST_F(ReaderTest, SeesAClockThatGoesBack) {
  run_.node(2).bytes(
      "{\"time\":\"\",\"mono_us\":1,\"node\":\"n2\",\"inc\":1,\"seq\":15,"
      "\"event\":\"timed_out\",\"term\":1,\"role\":\"follower\"}\n");
  expect_damage("mono_us 1 after ");
}

TEST_F(ReaderTest, SeesAnEventThatIsNotKnown) {
  run_.node(2).line("teleported");
  expect_damage("no such event: 'teleported'");
}

TEST_F(ReaderTest, SeesAFieldThatIsMissing) {
  run_.node(2).line("vote_granted");
  expect_damage("candidate is no node");
}

TEST_F(ReaderTest, SeesAFieldOfAnotherType) {
  run_.node(2).line("log_truncated", "\"first_log_index\":\"4\",\"last_log_index\":4");
  expect_damage("first_log_index is no number");
}

TEST_F(ReaderTest, SeesWhatIsWrongInsideAField) {
  const auto damage = [](const std::string& event, const std::string& fields) {
    RunFolder run;
    tell_healthy_run(run);
    run.node(2).line(event, fields);
    return run.check("evidence").message;
  };
  EXPECT_THAT(damage("started",
                     "\"pid\":1,\"settings\":{\"voters\":[],\"learners\":[],"
                     "\"max_sessions\":0,\"election_timeout_min_us\":1,"
                     "\"election_timeout_max_us\":2,\"heartbeat_interval_us\":1}"),
              HasSubstr("voters is empty"));
  EXPECT_THAT(damage("started", "\"pid\":1,\"settings\":{\"voters\":[\"n1\"],\"learners\":[]}"),
              HasSubstr("max_sessions is no number"));
  EXPECT_THAT(damage("config_changed", "\"log_index\":5,\"voters\":[\"n1\"]"),
              HasSubstr("learners is no array"));
  EXPECT_THAT(damage("transfer", "\"phase\":\"over\",\"target\":\"n1\""),
              HasSubstr("phase is none of started"));
  const std::string advanced =
      "\"from_commit_index\":4,\"commit_index\":5,\"log_term\":1,"
      "\"digest\":\"" +
      digest(15) + "\"";
  EXPECT_THAT(damage("commit_advanced", advanced), HasSubstr("cause is no object"));
  EXPECT_THAT(damage("commit_advanced", advanced + ",\"match\":{\"5\":1},\"cause\":{\"kind\":"
                                                   "\"timer\"}"),
              HasSubstr("match names what is no node"));
  EXPECT_THAT(damage("commit_advanced", advanced + ",\"cause\":{\"kind\":\"message\","
                                                   "\"msg_id\":\"n1.1.7\",\"src\":\"n1\","
                                                   "\"type\":\"append_entries\"}"),
              HasSubstr("is no number"));
  EXPECT_THAT(damage("applied", "\"commit_index\":5,\"entries\":[[5,1,\"" + digest(15) +
                                    "\",\"c1\",2,\"forgotten\"]]"),
              HasSubstr("none of duplicate, stale and expired"));
  EXPECT_THAT(damage("snapshot_taken", "\"log_index\":4,\"log_term\":1"),
              HasSubstr("digest is no digest"));
}

TEST_F(ReaderTest, SeesALineOfAnotherNode) {
  run_.node(2).bytes(
      "{\"time\":\"\",\"mono_us\":1,\"node\":\"n1\",\"inc\":1,\"seq\":1,"
      "\"event\":\"timed_out\",\"term\":1,\"role\":\"follower\"}\n");
  expect_damage("a line of n1");
}

TEST_F(ReaderTest, SeesAnIncarnationWithoutEvidence) {
  run_.fault("node_ready", "\"node\":\"n2\",\"inc\":2");
  expect_damage("incarnation 2 of n2 was ready, but nodes/n2.jsonl has no line of it");
}

TEST_F(ReaderTest, SeesADamagedHistory) {
  run_.history("invoked c1/2 get k1");
  expect_damage("history.jsonl:7: no such event: 'invoked'");
}

TEST_F(ReaderTest, SeesSumsThatDoNotAgree) {
  const auto total = [this](unsigned delivered, bool balanced) {
    run_.network("network_total",
                 fmt::format(R"("sent":{{"messages":2,"bytes":9}},"delivered":{{"messages":{},)"
                             R"("bytes":9}},"in_flight":{{"messages":0,"bytes":0}},)"
                             R"("dropped":{{"loss":{{"messages":1,"bytes":4}}}},"balanced":{})",
                             delivered, balanced));
  };
  total(1, true);
  EXPECT_EQ(run_.judge().verdict, Verdict::pass);
  total(1, false);
  expect_damage("sums at the end of network.jsonl do not agree");
  total(2, true);
  expect_damage("sums at the end of network.jsonl do not agree");
}

TEST_F(ReaderTest, SeesWhatIsMissingInTheHistory) {
  run_.history("ok c1/2 get k1", R"("value":"","log_index":4,"node":"n1")");
  expect_damage("c1/2 ends, and was not invoked like that");
}

TEST_F(ReaderTest, SeesAGapInAClientsRequests) {
  run_.history("invoke c1/3 get k1");
  expect_damage("c1/3 does not follow that client's last one");
}

TEST_F(ReaderTest, SeesAnAnswerToAnotherQuestion) {
  run_.history("invoke c1/2 get k1");
  run_.history("ok c1/2 get k2", R"("value":"","log_index":4,"node":"n1")");
  EXPECT_THAT(run_.check("evidence").message,
              HasSubstr("c1/2 ends, and was not invoked like that"));
}

TEST_F(ReaderTest, SeesThatLinesOfTheHistoryAreGone) {
  const auto history = run_.write() / "history.jsonl";
  std::filesystem::resize_file(history, 0);
  for (const CheckResult& check : judge(run_.write_nothing()).checks) {
    if (check.name == "evidence") {
      EXPECT_THAT(check.message, HasSubstr("history.jsonl has 0 lines, and 6 were written"));
    }
  }
}

TEST_F(ReaderTest, SeesAnEndThatNothingExplains) {
  run_.fault("run_ended", "\"reason\":\"expectation_failed\"");
  expect_damage("the run ended as expectation_failed, and tells of none");
}

// What the lines before the damage prove stays proven; what is only missing does not count.
TEST_F(ReaderTest, StillFailsForWhatWasSeenBeforeTheDamage) {
  run_.node(2).lead({"n2", "n3"}).bytes("gone\n");
  EXPECT_EQ(run_.judge().verdict, Verdict::fail);
}

TEST_F(ReaderTest, DoesNotFailForWhatTheDamageTook) {
  run_.node(1).enter_term(2).vote("n1").persist();
  run_.node(2).bytes("gone\n").enter_term(2).vote("n1").persist();
  run_.node(1).lead({"n1", "n2"});
  EXPECT_EQ(run_.judge().verdict, Verdict::unknown);
}

TEST(Reader, RunThatWasCutShortIsUnknown) {
  RunFolder run;
  run.fault("run_started", "\"scenario\":\"s\",\"seed\":1,\"cluster\":\"processes\",\"nodes\":1");
  EXPECT_EQ(run.judge().verdict, Verdict::unknown);
  EXPECT_THAT(run.check("evidence").message, HasSubstr("the run was cut short"));
}

TEST(Reader, FolderWithoutARunIsAnError) {
  EXPECT_THROW(judge("/nonexistent"), std::runtime_error);
}

}  // namespace
}  // namespace verify
