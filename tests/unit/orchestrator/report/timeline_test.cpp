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

TEST(Sentences, TellOfRolesAndVotes) {
  const auto changes = [](raft::Role role, const char* reason, std::vector<raft::NodeId> votes) {
    return sentence(event(
        2, 0,
        verify::RoleChanged{raft::Role::pre_candidate, reason, std::move(votes), {17}, {2}, 0},
        role));
  };
  EXPECT_EQ(changes(raft::Role::pre_candidate, "election_timeout", {}),
            "asks who would elect it in term 4, log up to 17");
  EXPECT_EQ(changes(raft::Role::candidate, "votes", {{2}, {3}}),
            "stands for term 3 (pre-votes n2 n3), log up to 17");
  EXPECT_EQ(changes(raft::Role::candidate, "election_timeout", {}),
            "stands for term 3, log up to 17");
  EXPECT_EQ(changes(raft::Role::candidate, "transfer", {}),
            "stands for term 3, as the leader asked, log up to 17");
  EXPECT_EQ(changes(raft::Role::follower, "current_leader", {}),
            "follows in term 3, no pre-candidate any more: current leader");
  EXPECT_EQ(sentence(event(2, 0, verify::VoteGranted{{1}, {4}, true})),
            "would vote for n1 in term 4");
  EXPECT_EQ(sentence(event(2, 0, verify::VoteDenied{{1}, {4}, true, "leader_alive"})),
            "would deny n1 its vote for term 4: leader alive");
}

TEST(Sentences, TellOfMembersAndTransfers) {
  using Phase = verify::Transfer::Phase;
  const auto told = [](decltype(NodeEvent::what) what) {
    return sentence(event(2, 0, std::move(what)));
  };
  EXPECT_EQ(told(verify::ConfigChanged{{9}, {{{1}, {2}, {4}}, {{1}, {2}, {3}}, {{5}}}}),
            "members n1 n2 n4, jointly with the old n1 n2 n3, learners n5 (entry 9)");
  EXPECT_EQ(told(verify::ConfigChanged{{0}, {{{1}, {2}}, {}, {}}}), "members n1 n2 (entry 0)");
  EXPECT_EQ(told(verify::Transfer{Phase::started, {3}}),
            "hands over to n3: takes no proposals until then");
  EXPECT_EQ(told(verify::Transfer{Phase::sent_timeout_now, {3}}), "tells n3 to stand at once");
  EXPECT_EQ(told(verify::Transfer{Phase::deadline_passed, {3}}),
            "leads on: n3 did not take over in time");
}

TEST(Sentences, TellOfSnapshotsAndReads) {
  const auto told = [](decltype(NodeEvent::what) what) {
    return sentence(event(2, 0, std::move(what)));
  };
  EXPECT_EQ(told(verify::Recovered{{1}, {{7}, {2}, 0}, {{5}, {1}, 0}, 0, 0}),
            "finds term 3, vote for n1, log up to 7, snapshot up to 5");
  EXPECT_EQ(told(verify::SnapshotTaken{{{5000}, {2}, 0}, 0, 123'456}),
            "has a snapshot up to 5000, 123,456 bytes");
  EXPECT_EQ(told(verify::SnapshotInstalled{{1}, {{5000}, {2}, 0}}),
            "gives its log for n1's snapshot up to 5000");
  EXPECT_EQ(told(verify::Restored{{5000}, 0, 0}), "has the state of the snapshot up to 5000");
  EXPECT_EQ(told(verify::ReadServed{"c1", 7, "k1", {16}, {17}, 0}), "answers c1/7: k1 as of 17");
}

TEST(Timeline, FitsThePage) {
  Timeline timeline({}, kNodes);
  std::vector<raft::NodeId> many;
  for (unsigned i = 1; i <= 9; ++i)
    many.push_back({i});
  const std::string text =
      timeline.text_of(event(2, 0, verify::ConfigChanged{{123'456}, {many, many, {{10}}}}));
  EXPECT_EQ(text,
            "    0.000  n2  members n1 n2 n3 n4 n5 n6 n7 n8 n9, jointly with the old n1 n2 n3\n"
            "               n4 n5 n6 n7 n8 n9, learners n10 (entry 123456)\n");
  verify::FaultEvent expected;
  expected.what = verify::Expectation{};
  std::get<verify::Expectation>(expected.what).text = std::string(80, 'x');
  std::get<verify::Expectation>(expected.what).observed = "what was observed";
  EXPECT_THAT(timeline.text_of(expected), testing::EndsWith("; what was observed\n"));
}

TEST(Timeline, TellsWhatANodeTakesBack) {
  Timeline timeline({}, kNodes);
  const auto members = [&timeline](unsigned node, std::uint64_t at) {
    return timeline.text_of(event(node, 0, verify::ConfigChanged{{at}, {{{1}, {2}}, {}, {}}}));
  };
  EXPECT_EQ(members(2, 5), "    0.000  n2  members n1 n2 (entry 5)\n");
  EXPECT_EQ(members(3, 4), "    0.000  n3  members n1 n2 (entry 4)\n");
  EXPECT_EQ(members(2, 0), "    0.000  n2  back to members n1 n2 (entry 0)\n");
  EXPECT_EQ(members(2, 6), "    0.000  n2  members n1 n2 (entry 6)\n");
}

// Whatever the evidence has, there is a sentence for it.
TEST(Sentences, AreThereForAWholeRun) {
  verify::RunFolder run;
  tell_healthy_run(run);
  const verify::Members members{{"n1", "n2", "n3"}, {}, {"n4"}};
  run.node(1).append({15}).configure(5, members).persist().commit(5).apply({"configuration"});
  run.node(1).take_snapshot(5).serve("c1/2", "k1", 5).start();
  run.node(1).line("transfer", "\"phase\":\"started\",\"target\":\"n2\"");
  run.node(3).pre_vote("n1", 2).install(5, 1, 15).configure(5, members).persist().restore();
  struct Reader final : verify::Observer {
    void on_node(const NodeEvent& e) override { EXPECT_NE(sentence(e), ""); }
    void on_fault(const verify::FaultEvent& e) override { EXPECT_NE(sentence(e), ""); }
    void on_operation(const verify::Operation& e) override { EXPECT_NE(sentence(e), ""); }
  } reader;
  verify::RunReader events(run.write());
  events.read(reader);
  EXPECT_TRUE(events.damage().found.empty());
}

TEST(WrappedLines, BreakAtSpaces) {
  EXPECT_THAT(wrapped_lines("one two three", 8), ElementsAre("one two", "three"));
  EXPECT_THAT(wrapped_lines("one two", 7), ElementsAre("one two"));
  EXPECT_THAT(wrapped_lines("abcdefghij", 4), ElementsAre("abcd", "efgh", "ij"));
  EXPECT_THAT(wrapped_lines("", 4), ElementsAre(""));
}

}  // namespace
}  // namespace report
