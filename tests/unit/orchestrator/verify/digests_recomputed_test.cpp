// SPDX-License-Identifier: Apache-2.0
// digests_recomputed, and the bytes that it takes digests of: those of the nodes' own code.
#include <fmt/format.h>

#include "node/command.h"
#include "node/digest.h"
#include "node/store.h"
#include "orchestrator/verify/log_bytes.h"
#include "orchestrator/verify/replicated_state.h"
#include "raft/configuration.h"
#include "tests/unit/orchestrator/verify/healthy_run.h"

namespace verify {
namespace {

using testing::HasSubstr;

node::ClientRequest request_of(const ClientCommand& command) {
  return {command.client,
          command.request,
          {command.op, command.key, command.value, command.expected},
          command.since};
}

ClientCommand put(const std::string& client, std::uint64_t request, std::uint64_t since = 0) {
  return {client, request, node::OpKind::put, "k1", fmt::format("{}.{}", client, request),
          "",     {since}};
}

const std::vector<ClientCommand> kCommands = {
    put("c1", 1),
    {"c1", 2, node::OpKind::append, "k2", "more", "", {1}},
    {"c2", 1, node::OpKind::get, "k2", "", "", {0}},
    {"c2", 2, node::OpKind::cas, "k1", "new", "c1.1", {3}},
    {"c2", 3, node::OpKind::cas, "k1", "newer", "c1.1", {3}},
    {"c2", 3, node::OpKind::cas, "k1", "newer", "c1.1", {3}},
    {"c1", 1, node::OpKind::put, "k1", "c1.1", "", {0}},
    put("c3", 1, 6),
    put("c1", 3, 2),
};

TEST(LogBytes, AreThoseOfTheNodes) {
  for (const ClientCommand& command : kCommands) {
    EXPECT_EQ(bytes_of(command), node::encode_command(request_of(command)));
    const auto read = command_from(bytes_of(command));
    ASSERT_TRUE(read);
    EXPECT_EQ(bytes_of(*read), bytes_of(command));
  }
  EXPECT_FALSE(command_from("no command"));
  EXPECT_FALSE(command_from(bytes_of(kCommands[0]) + "x"));
  const raft::Configuration joint{{{1}, {4}}, {{1}, {2}}, {{3}}};
  EXPECT_EQ(bytes_of(Configuration{{{1}, {4}}, {{1}, {2}}, {{3}}}), raft::encode(joint));
  const auto command = std::make_shared<const std::string>(bytes_of(kCommands[0]));
  EXPECT_EQ(chained(5, {7}, {3}, EntryKind::command, *command),
            node::chain_digest(5, {7}, {{3}, raft::EntryKind::command, command}));
  EXPECT_EQ(chained(5, {7}, {3}, EntryKind::noop, {}),
            node::chain_digest(5, {7}, {{3}, raft::EntryKind::noop, nullptr}));
}

TEST(ReplicatedState, IsThatOfTheNodes) {
  for (const std::uint64_t max_sessions : {0u, 2u}) {
    node::Store store(max_sessions);
    ReplicatedState state;
    state.limit_sessions(max_sessions);
    EXPECT_EQ(state.digest(), store.state_digest());
    for (std::size_t i = 0; i < kCommands.size(); ++i) {
      const Index index{i + 1};
      const Effect effect = state.apply(index, kCommands[i]);
      const auto expected = store.apply(index, request_of(kCommands[i])).effect;
      EXPECT_EQ(static_cast<int>(effect), static_cast<int>(expected)) << i;
      EXPECT_EQ(state.bytes(), store.save()) << i;
      EXPECT_EQ(state.digest(), store.state_digest()) << i;
    }
    ReplicatedState loaded;
    loaded.limit_sessions(max_sessions);
    ASSERT_TRUE(loaded.load(store.save()));
    EXPECT_EQ(loaded.bytes(), store.save());
    EXPECT_FALSE(loaded.load(store.save() + "x"));
    EXPECT_FALSE(loaded.load("x"));
  }
}

// One node that has these commands in its log, with true digests.
class DigestsRecomputedTest : public testing::Test {
 protected:
  DigestsRecomputedTest() {
    run_.fault("run_started",
               "\"scenario\":\"s\",\"seed\":1,\"cluster\":\"processes\",\"nodes\":1,"
               "\"checks\":[\"digests_recomputed\"]");
    run_.node(1).start({{"n1"}}, 2).enter_term(1);
  }
  void invoke(const ClientCommand& c) {
    std::string fields;
    if (c.op != node::OpKind::get) fields = fmt::format("\"value\":\"{}\"", c.value);
    if (c.op == node::OpKind::cas) fields += fmt::format(",\"expected\":\"{}\"", c.expected);
    if (c.since.value > 0) fields += fmt::format(",\"since\":{}", c.since.value);
    if (fields.starts_with(',')) fields.erase(0, 1);
    run_.history(what("invoke", c), fields);
  }
  void end(const ClientCommand& c, const std::string& fields = {}) {
    run_.history(what("info", c), fields);
  }
  static std::string what(const std::string& event, const ClientCommand& c) {
    return fmt::format("{} {}/{} {} {}", event, c.client, c.request, node::name_of(c.op), c.key);
  }
  // The node applies this, and does so in its state.
  void apply(const ClientCommand& command, const std::string& says = {}) {
    const Index index = next();
    chain_ = chained(chain_, index, {1}, EntryKind::command, bytes_of(command));
    state_.limit_sessions(2);
    state_.apply(index, command);
    line(fmt::format("\"{}\",{}{}", command.client, command.request, with(says)));
  }
  void apply_noop() {
    chain_ = chained(chain_, next(), {1}, EntryKind::noop, {});
    line("\"noop\"");
  }
  Index next() { return Index{++last_}; }
  void line(const std::string& who) {
    run_.node(1).line("applied",
                      fmt::format("\"commit_index\":{0},\"entries\":[[{0},1,\"{1}\",{2}]]", last_,
                                  digest(chain_), who));
  }
  void take_snapshot(std::uint64_t state) {
    run_.node(1).line("snapshot_taken",
                      fmt::format("\"log_index\":{},\"log_term\":1,\"digest\":\"{}\","
                                  "\"state_digest\":\"{}\",\"bytes\":40",
                                  last_, digest(chain_), digest(state)));
  }
  CheckResult judge() {
    run_.fault("run_ended", "\"reason\":\"completed\"");
    return run_.check("digests_recomputed");
  }
  void expect_fail(const std::string& message) {
    const CheckResult result = judge();
    EXPECT_EQ(result.verdict, Verdict::fail);
    EXPECT_THAT(result.message, HasSubstr(message));
    EXPECT_FALSE(result.lines.empty());
  }

  RunFolder run_;
  ReplicatedState state_;
  std::uint64_t chain_ = 0;
  unsigned last_ = 0;
};

TEST_F(DigestsRecomputedTest, PassesWhereTheyAreThoseOfWhatClientsSent) {
  apply_noop();
  for (const std::size_t i : {0u, 2u, 3u}) {
    invoke(kCommands[i]);
    end(kCommands[i]);
    apply(kCommands[i]);
  }
  take_snapshot(state_.digest());
  const CheckResult result = judge();
  EXPECT_EQ(result.verdict, Verdict::pass) << result.message;
  EXPECT_EQ(result.saw, "4 entries, 2 states");
}

TEST_F(DigestsRecomputedTest, FailsForACommandThatIsNotWhatItsClientSent) {
  invoke(kCommands[0]);
  end(kCommands[0]);
  ClientCommand other = kCommands[0];
  other.value = "another";
  apply(other);
  expect_fail("n1 applied c1/1 at index 1 with digest");
}

TEST_F(DigestsRecomputedTest, FailsForAStateThatTheCommandsDoNotGive) {
  invoke(kCommands[0]);
  end(kCommands[0]);
  apply(kCommands[0]);
  take_snapshot(state_.digest() + 1);
  expect_fail("n1 says that its state after entry 1 has digest");
}

TEST_F(DigestsRecomputedTest, FailsForAnEffectThatTheSessionsDoNotGive) {
  for (const char* client : {"c1", "c2", "c3"}) {
    invoke(put(client, 1));
    end(put(client, 1));
    apply(put(client, 1));  // that of c3 has c1 forgotten
  }
  const ClientCommand late = put("c1", 2, 0);
  invoke(late);
  end(late);
  apply(late);
  expect_fail("n1 applied c1/2 at index 4 with its effect; replaying the log gives it as expired");
}

TEST_F(DigestsRecomputedTest, PassesForARequestThatWasMadeAgainByWhoKnewMore) {
  for (const char* client : {"c1", "c2", "c3"}) {
    invoke(put(client, 1));
    end(put(client, 1));
    apply(put(client, 1));
  }
  invoke(put("c1", 2, 0));
  apply(put("c1", 2, 0), "\"expired\"");
  apply(put("c1", 2, 4));
  end(put("c1", 2), "\"since\":4");
  take_snapshot(state_.digest());
  const CheckResult result = judge();
  EXPECT_EQ(result.verdict, Verdict::pass) << result.message;
  EXPECT_EQ(result.saw, "5 entries, 2 states");
}

TEST_F(DigestsRecomputedTest, AreUnknownWhereNobodyInvokedWhatStandsThere) {
  apply_noop();
  apply(kCommands[0]);
  EXPECT_EQ(judge().verdict, Verdict::unknown);
}

}  // namespace
}  // namespace verify
