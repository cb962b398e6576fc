// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/workload/client.h"

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace workload {
namespace {

using node::ClientError;
using raft::NodeId;
using raft::Time;

constexpr raft::Duration kTimeout{500'000};
constexpr raft::Duration kGiveUp{5'000'000};

class ClientTest : public testing::Test {
 protected:
  void invoke() {
    client_.invoke({.kind = node::OpKind::put, .key = "k1", .value = "v", .expected = {}}, now_,
                   out_);
  }

  // Whom the last request went to.
  NodeId asked() const { return out_.requests.back().to; }
  std::size_t attempts() const { return out_.requests.size(); }
  const Event& last() const { return out_.history.back(); }

  static node::ClientReply error(ClientError what, NodeId leader = {}, std::uint64_t request = 1) {
    return {.client = "c1",
            .request = request,
            .outcome = what,
            .log_index = {},
            .term = {2},
            .leader = leader};
  }
  static node::ClientReply ok(std::uint64_t request = 1) {
    return {.client = "c1",
            .request = request,
            .outcome = node::OpResult{"seen", true},
            .log_index = {7},
            .term = {2},
            .leader = {}};
  }
  void reply(NodeId from, const node::ClientReply& reply) {
    client_.on_reply(from, reply, now_, out_);
  }
  void wake() {
    ASSERT_TRUE(client_.wake_at());
    now_ = *client_.wake_at();
    client_.on_wake(now_, out_);
  }
  NodeId other(NodeId node) const { return {node.value % 3 + 1}; }
  // Until the operation is given up, nobody answers.
  void stay_silent() {
    while (!client_.idle())
      wake();
  }

  Client client_{
      {.name = "c1", .nodes = 3, .request_timeout = kTimeout, .give_up_after = kGiveUp, .seed = 7}};
  Output out_;
  Time now_{1'000'000};
};

TEST_F(ClientTest, is_ok_exactly_when_a_reply_says_so) {
  invoke();
  EXPECT_EQ(out_.history.size(), 1u);
  EXPECT_EQ(last().kind, EventKind::invoke);
  EXPECT_EQ(out_.requests.back().request.request, 1u);
  const NodeId leader = asked();
  now_ += raft::Duration(3'000);
  reply(leader, ok());
  EXPECT_TRUE(client_.idle());
  EXPECT_FALSE(client_.wake_at());
  EXPECT_EQ(last().kind, EventKind::ok);
  EXPECT_EQ(last().at, now_);
  EXPECT_EQ(last().result.value, "seen");
  EXPECT_EQ(last().log_index.value, 7u);
  EXPECT_EQ(last().node, leader);
}

TEST_F(ClientTest, asks_next_whoever_answered_last) {
  invoke();
  const NodeId leader = other(asked());
  reply(asked(), error(ClientError::not_leader, leader));
  reply(leader, ok());
  invoke();
  EXPECT_EQ(asked(), leader);
  EXPECT_EQ(out_.requests.back().request.request, 2u);
}

TEST_F(ClientTest, follows_the_hint_at_once_with_the_same_number) {
  invoke();
  const NodeId hint = other(asked());
  reply(asked(), error(ClientError::not_leader, hint));
  EXPECT_EQ(attempts(), 2u);
  EXPECT_EQ(asked(), hint);
  EXPECT_EQ(out_.requests.back().request.request, 1u);
}

TEST_F(ClientTest, waits_where_nobody_leads) {
  invoke();
  for (std::size_t i = 1; i <= 5; ++i) {
    const NodeId before = asked();
    reply(before, error(ClientError::not_leader));
    EXPECT_EQ(attempts(), i) << "no attempt before the wait is over";
    EXPECT_GT(*client_.wake_at(), now_);
    wake();
    EXPECT_EQ(attempts(), i + 1);
    EXPECT_EQ(asked(), other(before));
  }
}

TEST_F(ClientTest, hints_in_a_circle_do_not_make_it_spin) {
  invoke();
  for (int i = 0; i < 100; ++i)
    reply(asked(), error(ClientError::not_leader, other(asked())));
  EXPECT_LE(attempts(), 4u);
  EXPECT_GT(*client_.wake_at(), now_);
}

TEST_F(ClientTest, two_that_know_of_each_other_alone_do_not_keep_it) {
  invoke();
  const NodeId first = asked();
  const NodeId second = other(first);
  std::size_t of_the_third = 0;
  for (int i = 0; i < 20; ++i) {
    if (asked() == other(second)) ++of_the_third;
    reply(asked(), error(ClientError::not_leader, asked() == first ? second : NodeId{}));
    if (*client_.wake_at() > now_) wake();
  }
  EXPECT_GE(of_the_third, 3u);
}

TEST_F(ClientTest, asks_another_node_when_one_does_not_answer) {
  invoke();
  const NodeId silent = asked();
  EXPECT_EQ(*client_.wake_at(), now_ + kTimeout);
  wake();
  EXPECT_EQ(asked(), other(silent));
  EXPECT_EQ(out_.requests.back().request.request, 1u);
  EXPECT_EQ(out_.history.size(), 1u) << "a retry is no operation of its own";
}

TEST_F(ClientTest, fails_when_all_attempts_certainly_had_no_effect) {
  invoke();
  while (!client_.idle()) {
    reply(asked(), error(ClientError::not_leader));
    wake();
  }
  EXPECT_EQ(last().kind, EventKind::fail);
  EXPECT_EQ(last().at, Time(1'000'000) + kGiveUp);
  EXPECT_EQ(last().error, ClientError::not_leader);
}

TEST_F(ClientTest, is_info_when_an_attempt_was_never_answered) {
  invoke();
  wake();  // the first one times out
  while (!client_.idle()) {
    reply(asked(), error(ClientError::not_leader));
    wake();
  }
  EXPECT_EQ(last().kind, EventKind::info);
}

TEST_F(ClientTest, a_late_certain_answer_settles_the_attempt_that_timed_out) {
  invoke();
  const NodeId first = asked();
  wake();
  reply(first, error(ClientError::overloaded));
  reply(asked(), error(ClientError::not_leader));
  client_.give_up(now_, out_);
  EXPECT_EQ(last().kind, EventKind::fail);
}

TEST_F(ClientTest, waits_for_a_leader_that_can_not_take_it_now) {
  for (ClientError busy : {ClientError::transferring, ClientError::overloaded}) {
    invoke();
    const NodeId leader = asked();
    const std::uint64_t request = client_.request();
    reply(leader, error(busy, {}, request));
    EXPECT_GT(*client_.wake_at(), now_) << "not at once";
    wake();
    EXPECT_EQ(asked(), leader);
    EXPECT_EQ(out_.requests.back().request.request, request);
    reply(leader, error(busy, {}, request));
    client_.give_up(now_, out_);
    EXPECT_EQ(last().kind, EventKind::fail) << "no attempt had an effect";
    EXPECT_EQ(last().error, busy);
  }
}

TEST_F(ClientTest, asks_another_node_where_a_read_was_not_confirmed) {
  invoke();
  const NodeId first = asked();
  reply(first, error(ClientError::unconfirmed));
  EXPECT_EQ(attempts(), 1u);
  wake();
  EXPECT_EQ(asked(), other(first));
}

TEST_F(ClientTest, says_what_it_knew_of_the_log_when_it_first_asked) {
  invoke();
  EXPECT_EQ(out_.requests.back().request.since, raft::Index{0});
  reply(asked(), ok());  // at index 7
  invoke();
  EXPECT_EQ(out_.requests.back().request.since, raft::Index{7});
  wake();  // the first attempt times out
  node::ClientReply late = ok(1);
  late.log_index = {20};
  reply(asked(), late);
  wake();
  EXPECT_EQ(out_.requests.back().request.since, raft::Index{7}) << "a retry keeps it";
  reply(asked(), ok(2));
  invoke();
  EXPECT_EQ(out_.requests.back().request.since, raft::Index{20});
}

TEST_F(ClientTest, asks_anew_where_its_session_may_have_expired) {
  invoke();
  node::ClientReply expired = error(ClientError::expired);
  expired.log_index = {30};
  reply(asked(), expired);
  EXPECT_EQ(attempts(), 2u);
  EXPECT_EQ(out_.requests.back().request.request, 1u);
  EXPECT_EQ(out_.requests.back().request.since, raft::Index{30});
  reply(asked(), ok());
  EXPECT_EQ(last().kind, EventKind::ok);
}

TEST_F(ClientTest, does_not_ask_anew_while_an_earlier_attempt_may_have_had_an_effect) {
  invoke();
  wake();  // the first attempt times out
  node::ClientReply expired = error(ClientError::expired);
  expired.log_index = {30};
  reply(asked(), expired);
  EXPECT_EQ(last().kind, EventKind::info);
  EXPECT_EQ(attempts(), 2u);
  invoke();
  EXPECT_EQ(out_.requests.back().request.since, raft::Index{30});
}

class SpreadReadsTest : public ClientTest {
 protected:
  SpreadReadsTest() {
    client_ = Client({.name = "c1", .nodes = 3, .reads_from_any = true, .seed = 7});
  }
  void get() {
    client_.invoke({.kind = node::OpKind::get, .key = "k1", .value = {}, .expected = {}}, now_,
                   out_);
  }
};

TEST_F(SpreadReadsTest, reads_go_to_all_nodes_and_writes_to_the_leader) {
  invoke();
  reply(asked(), error(ClientError::not_leader, NodeId{2}));
  reply(NodeId{2}, ok(1));
  std::set<NodeId> read_from;
  for (std::uint64_t request = 2; request < 60; request += 2) {
    get();
    read_from.insert(asked());
    reply(asked(), ok(request));
    invoke();
    EXPECT_EQ(asked(), NodeId{2});
    reply(NodeId{2}, ok(request + 1));
  }
  EXPECT_EQ(read_from.size(), 3u);
}

TEST_F(SpreadReadsTest, a_read_that_fails_is_asked_elsewhere) {
  std::set<NodeId> asked_next;
  get();
  const NodeId first = asked();
  for (int i = 0; i < 20; ++i) {
    reply(asked(), error(ClientError::unconfirmed));
    wake();
    asked_next.insert(asked());
  }
  EXPECT_EQ(asked_next.size(), 3u) << "drawn anew each time, from n" << first.value;
}

TEST_F(ClientTest, a_truncated_attempt_may_still_commit_elsewhere) {
  invoke();
  reply(asked(), error(ClientError::truncated));
  client_.give_up(now_, out_);
  EXPECT_EQ(last().kind, EventKind::info);
  EXPECT_EQ(last().error, ClientError::truncated);
}

TEST_F(ClientTest, an_attempt_that_was_given_up_may_still_be_answered) {
  invoke();
  const NodeId first = asked();
  wake();
  ASSERT_NE(asked(), first);
  reply(first, ok());
  EXPECT_EQ(last().kind, EventKind::ok);
  EXPECT_EQ(last().node, first);
}

TEST_F(ClientTest, is_info_when_nobody_ever_answers) {
  invoke();
  stay_silent();
  EXPECT_EQ(last().kind, EventKind::info);
  EXPECT_EQ(now_, Time(1'000'000) + kGiveUp);
  EXPECT_EQ(attempts(), 10u);
}

TEST_F(ClientTest, a_malformed_request_fails_at_once) {
  invoke();
  reply(asked(), error(ClientError::malformed));
  EXPECT_TRUE(client_.idle());
  EXPECT_EQ(last().kind, EventKind::fail);
}

TEST_F(ClientTest, replies_to_earlier_operations_are_ignored) {
  invoke();
  const NodeId first = asked();
  stay_silent();
  invoke();
  const std::size_t before = out_.history.size();
  reply(first, ok(1));
  reply(first, error(ClientError::not_leader, {}, 1));
  EXPECT_FALSE(client_.idle());
  EXPECT_EQ(out_.history.size(), before);
  reply(first, ok(2));
  EXPECT_EQ(last().request, 2u);
}

TEST_F(ClientTest, nothing_comes_after_the_end) {
  invoke();
  const NodeId leader = asked();
  reply(leader, ok());
  const std::size_t before = out_.history.size();
  reply(leader, ok());
  client_.give_up(now_, out_);
  client_.on_wake(now_ + kGiveUp, out_);
  EXPECT_EQ(out_.history.size(), before);
  EXPECT_EQ(attempts(), 1u);
}

}  // namespace
}  // namespace workload
