// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/report/timeline.h"

#include <gmock/gmock.h>

#include "orchestrator/report/sentence.h"
#include "orchestrator/verify/reader.h"
#include "tests/unit/orchestrator/verify/run_folder.h"

namespace report {
namespace {

using testing::ElementsAre;
using verify::NodeEvent;

NodeEvent event(unsigned node, std::int64_t at_us, decltype(NodeEvent::what) what,
                raft::Role role = raft::Role::follower) {
  NodeEvent e;
  e.node = {node};
  e.at = raft::Time{at_us};
  e.term = {3};
  e.role = role;
  e.name = "role_changed";
  e.what = std::move(what);
  return e;
}

NodeEvent leads(unsigned node, std::int64_t at_us) {
  return event(node, at_us,
               verify::RoleChanged{raft::Role::candidate, "votes", {{1}, {3}, {5}}, {17}, {2}, 0},
               raft::Role::leader);
}

verify::FaultEvent killed(std::int64_t at_us) {
  verify::FaultEvent e;
  e.at = raft::Time{at_us};
  e.name = "node_killed";
  e.what = verify::NodeKilled{{3}, 1};
  return e;
}

const std::vector<raft::NodeId> kNodes = {{1}, {2}, {3}};

TEST(Timeline, TellsEachEventInALine) {
  Timeline timeline({}, kNodes);
  EXPECT_EQ(timeline.heading(), "");
  EXPECT_EQ(timeline.text_of(leads(3, 5'000'000)),
            "    0.000  n3  leads term 3 (votes n1 n3 n5), log up to 17\n");
  EXPECT_EQ(timeline.text_of(event(2, 6'234'567, verify::CommitAdvanced{{4}, {5}, {3}, 0, {}, {}})),
            "    1.235  n2  commits 5\n");
}

TEST(Timeline, DrawsFaultsAcrossThePage) {
  Timeline timeline({}, kNodes);
  const std::string rule = timeline.text_of(killed(0));
  EXPECT_EQ(rule.size(), 81u);
  EXPECT_EQ(rule.substr(0, 30), "    0.000  ---- n3 killed ----");
}

TEST(Timeline, PutsEachNodeInItsColumn) {
  Timeline timeline(
      {.nodes = {}, .events = {}, .term = {}, .columns = true, .colour = false, .width = 60},
      kNodes);
  EXPECT_EQ(timeline.heading(), "           n1              n2              n3              \n");
  EXPECT_EQ(timeline.text_of(leads(2, 0)),
            "    0.000                  leads term 3\n"
            "                           (votes n1 n3\n"
            "                           n5), log up to\n"
            "                           17\n");
}

TEST(Timeline, ShowsOnlyWhatIsAskedFor) {
  Timeline timeline({.nodes = {{1}},
                     .events = {"role_changed"},
                     .term = raft::Term{3},
                     .columns = false,
                     .colour = false,
                     .width = 80},
                    kNodes);
  EXPECT_NE(timeline.text_of(leads(1, 0)), "");
  EXPECT_EQ(timeline.text_of(leads(2, 0)), "");
  EXPECT_EQ(timeline.text_of(killed(0)), "");
  NodeEvent other = leads(1, 0);
  other.term = {4};
  EXPECT_EQ(timeline.text_of(other), "");
  other = leads(1, 0);
  other.name = "applied";
  EXPECT_EQ(timeline.text_of(other), "");
}

TEST(Timeline, ClosesEachColourInItsLine) {
  Timeline timeline(
      {.nodes = {}, .events = {}, .term = {}, .columns = true, .colour = true, .width = 60},
      kNodes);
  std::string text = timeline.text_of(leads(2, 0));
  std::size_t lines = 0;
  for (std::size_t end; (end = text.find('\n')) != std::string::npos; ++lines) {
    EXPECT_TRUE(text.substr(0, end).ends_with(kPlain));
    text.erase(0, end + 1);
  }
  EXPECT_EQ(lines, 4u);
}

TEST(Sentences, TellWhatNodesDo) {
  const auto told = [](decltype(NodeEvent::what) what) {
    return sentence(event(2, 0, std::move(what)));
  };
  EXPECT_EQ(told(verify::VoteGranted{{2}, {3}, false}), "votes for itself in term 3");
  EXPECT_EQ(told(verify::VoteDenied{{1}, {4}, false, "log_behind"}),
            "denies n1 its vote for term 4: log behind");
  EXPECT_EQ(told(verify::EntriesAppended{{{{5}, {3}, 0}, {{6}, {3}, 0}}}),
            "appends 5 to 6, term 3");
  EXPECT_EQ(told(verify::LogTruncated{{5}, {5}}), "deletes 5");
  EXPECT_EQ(told(verify::Recovered{{}, {{7}, {2}, 0}, {}, 0, 12}),
            "finds term 3, no vote, log up to 7, 12 torn bytes");
  verify::Applied applied;
  applied.entries.push_back({{{7}, {3}, 0}, "c1", 9, verify::Effect::effective, ""});
  EXPECT_EQ(told(applied), "applies 7: c1/9");
  EXPECT_EQ(told(verify::Stalled{61'000}), "was woken 61 ms late");
}

// Whatever the evidence has, there is a sentence for it.
TEST(Sentences, AreThereForAWholeRun) {
  verify::RunFolder run;
  tell_healthy_run(run);
  struct Reader final : verify::Observer {
    void on_node(const NodeEvent& e) override { EXPECT_NE(sentence(e), ""); }
    void on_fault(const verify::FaultEvent& e) override { EXPECT_NE(sentence(e), ""); }
    void on_operation(const verify::Operation& e) override { EXPECT_NE(sentence(e), ""); }
  } reader;
  EXPECT_TRUE(verify::read_run(run.write(), reader).found.empty());
}

TEST(WrappedLines, BreakAtSpaces) {
  EXPECT_THAT(wrapped_lines("one two three", 8), ElementsAre("one two", "three"));
  EXPECT_THAT(wrapped_lines("one two", 7), ElementsAre("one two"));
  EXPECT_THAT(wrapped_lines("abcdefghij", 4), ElementsAre("abcd", "efgh", "ij"));
  EXPECT_THAT(wrapped_lines("", 4), ElementsAre(""));
}

}  // namespace
}  // namespace report
