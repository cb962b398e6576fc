// SPDX-License-Identifier: Apache-2.0
#include "node/server.h"

#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace {

using namespace std::chrono_literals;
using node::ClientError;
using node::ClientReply;
using node::ClientRequest;
using node::OpKind;
using node::OpResult;
using raft::Index;
using raft::NodeId;
using raft::Term;

// One of three servers, n1, whose peers are this test.
class ServerTest : public testing::Test {
 protected:
  ServerTest() { restart(); }

  void restart(raft::Restored restored = {}, node::ServerSettings settings = {}) {
    settings.raft.self = NodeId{1};
    settings.raft.first_configuration.voters = {NodeId{1}, NodeId{2}, NodeId{3}};
    settings.incarnation = ++incarnation_;
    server_.emplace(settings, std::move(restored), node::RecoveryNotes{});
    lines_.clear();
    keep(server_->start(now_));
    step(node::Control{node::Go{}});
  }

  const node::Output& step(node::Input input) {
    now_.mono += 1ms;
    now_.wall += 1ms;
    return keep(server_->step(now_, std::move(input)));
  }

  const node::Output& keep(node::Output output) {
    std::istringstream text(output.evidence);
    for (std::string line; std::getline(text, line);)
      lines_.push_back(nlohmann::json::parse(line));
    for (const raft::Write& write : output.writes) {
      last_write_ = write.id;
      if (write.snapshot) last_written_snapshot_ = write.snapshot;
    }
    for (const node::FromNode& message : output.replies) {
      if (const auto* reply = std::get_if<ClientReply>(&message)) replies_.push_back(*reply);
      if (const auto* answer = std::get_if<node::Answer>(&message)) answers_.push_back(*answer);
    }
    for (const node::Send& send : output.sends) {
      if (const auto* append = std::get_if<raft::AppendEntries>(&send.message)) {
        round_ = append->round;
      }
    }
    last_ = std::move(output);
    return last_;
  }

  const node::Output& sync() { return step(node::Written{last_write_}); }

  const node::Output& hear(NodeId from, raft::Message message) {
    const proxy::Envelope envelope{.type = proxy::MessageType::absent,
                                   .kind = proxy::MessageKind::request,
                                   .src = static_cast<proxy::Address>(from.value),
                                   .src_incarnation = proxy::Incarnation{7},
                                   .dst = proxy::Address{1},
                                   .dst_incarnation = proxy::Incarnation::unknown,
                                   .id = ++message_id_,
                                   .in_reply_to = 0};
    return step(node::PeerMessage{envelope, std::move(message)});
  }

  void become_leader() {
    now_.mono += 1s;
    step(node::Wake{});
    sync();
    const Term term = server_->raft().term();
    hear(NodeId{2}, raft::RequestVoteReply{.term = term, .asked_in = term, .vote_granted = true});
    ASSERT_EQ(server_->raft().role(), raft::Role::leader);
  }

  void acknowledge(Index match) {
    const Term term = server_->raft().term();
    hear(NodeId{2}, raft::AppendEntriesReply{.term = term,
                                             .asked_in = term,
                                             .prev_log_index = {},
                                             .success = true,
                                             .match_index = match,
                                             .conflict_index = {},
                                             .conflict_term = {},
                                             .round = round_});
  }

  static ClientRequest append(std::string client, std::uint64_t request, std::string value) {
    return {std::move(client), request, {OpKind::append, "k", std::move(value), ""}};
  }

  std::vector<nlohmann::json> lines_of(const std::string& event) const {
    std::vector<nlohmann::json> found;
    for (const auto& line : lines_) {
      if (line.at("event") == event) found.push_back(line);
    }
    return found;
  }

  node::Instant now_{10s, 1'000'000s};
  std::uint32_t incarnation_ = 0;
  std::optional<node::Server> server_;
  raft::WriteId last_write_;
  std::optional<raft::Snapshot> last_written_snapshot_;
  std::uint64_t message_id_ = 0;
  node::Output last_;
  std::vector<nlohmann::json> lines_;
  std::vector<ClientReply> replies_;
  std::vector<node::Answer> answers_;
  raft::Round round_;  // of the newest AppendEntries
};

TEST_F(ServerTest, AReplyWaitsUntilItsEntryIsCommittedAndDurableHere) {
  become_leader();
  step(node::Requests{{append("c1", 1, "a")}});
  acknowledge(Index{1});
  EXPECT_TRUE(replies_.empty()) << "n1 has not synced its own entry, and n2 alone is no majority";
  sync();
  ASSERT_EQ(replies_.size(), 1u);
  EXPECT_TRUE(std::holds_alternative<OpResult>(replies_[0].outcome));
  EXPECT_EQ(replies_[0].log_index, Index{1});
}

TEST_F(ServerTest, RequestsOfOneBurstMakeOneWriteAndOneMessageToEachPeer) {
  become_leader();
  acknowledge(Index{});
  acknowledge(Index{});
  const node::Output& output =
      step(node::Requests{{append("c1", 1, "a"), append("c2", 1, "b"), append("c3", 1, "c")}});
  ASSERT_EQ(output.writes.size(), 1u);
  EXPECT_EQ(output.writes[0].entries.size(), 3u);
  ASSERT_EQ(output.sends.size(), 1u) << "n3 has an unanswered probe, n2 gets all three at once";
  EXPECT_EQ(std::get<raft::AppendEntries>(output.sends[0].message).entries.size(), 3u);
}

TEST_F(ServerTest, ARetriedCommandTakesEffectOnceAndGetsTheSameAnswer) {
  become_leader();
  step(node::Requests{{append("c1", 1, "a")}});
  step(node::Requests{{append("c1", 1, "a")}});
  step(node::Requests{{{"c2", 1, {OpKind::get, "k", "", ""}}}});
  sync();
  acknowledge(Index{3});
  ASSERT_EQ(replies_.size(), 3u);
  EXPECT_EQ(std::get<OpResult>(replies_[0].outcome), std::get<OpResult>(replies_[1].outcome));
  EXPECT_EQ(std::get<OpResult>(replies_[2].outcome).value, "a");
  const auto applied = lines_of("applied");
  ASSERT_EQ(applied.size(), 1u);
  EXPECT_EQ(applied[0]["entries"][0].size(), 5u);
  EXPECT_EQ(applied[0]["entries"][1][5], "duplicate");
}

TEST_F(ServerTest, AClientGetsAnErrorWhenItsEntryLosesItsPlaceInTheLog) {
  become_leader();
  step(node::Requests{{append("c1", 1, "C1"), append("c2", 1, "C2")}});
  const Term newer = server_->raft().term().next();
  hear(NodeId{3}, raft::AppendEntries{.term = newer,
                                      .prev_log_index = {},
                                      .prev_log_term = {},
                                      .entries = {{newer, raft::EntryKind::noop, nullptr}},
                                      .leader_commit = {},
                                      .round = {}});
  ASSERT_EQ(replies_.size(), 2u);
  for (const ClientReply& reply : replies_) {
    EXPECT_EQ(std::get<ClientError>(reply.outcome), ClientError::truncated);
    EXPECT_EQ(reply.leader, NodeId{3});
  }
}

TEST_F(ServerTest, AFollowerNamesTheLeaderItKnows) {
  hear(NodeId{2}, raft::AppendEntries{.term = Term{4},
                                      .prev_log_index = {},
                                      .prev_log_term = {},
                                      .entries = {},
                                      .leader_commit = {},
                                      .round = {}});
  step(node::Requests{{append("c1", 1, "a")}});
  ASSERT_EQ(replies_.size(), 1u);
  EXPECT_EQ(std::get<ClientError>(replies_[0].outcome), ClientError::not_leader);
  EXPECT_EQ(replies_[0].leader, NodeId{2});
}

TEST_F(ServerTest, AMalformedRequestIsRefusedAndTheOthersOfItsBurstAreServed) {
  become_leader();
  step(node::Requests{{append("", 1, "a"), append("c2", 1, "b")}});
  ASSERT_EQ(replies_.size(), 1u);
  EXPECT_EQ(std::get<ClientError>(replies_[0].outcome), ClientError::malformed);
  sync();
  acknowledge(Index{1});
  EXPECT_EQ(replies_.size(), 2u);
}

TEST_F(ServerTest, AReplyGoesToTheIncarnationThatAskedAndNamesItsRequest) {
  hear(NodeId{3}, raft::RequestVote{.term = Term{9}, .last_log_index = {}, .last_log_term = {}});
  const node::Output& output = sync();
  ASSERT_EQ(output.sends.size(), 1u);
  EXPECT_EQ(output.sends[0].envelope.dst_incarnation, proxy::Incarnation{7});
  EXPECT_EQ(output.sends[0].envelope.in_reply_to, message_id_);
  EXPECT_EQ(output.sends[0].envelope.kind, proxy::MessageKind::reply);
}

TEST_F(ServerTest, LinesAreNumberedWithoutAGapAndCarryTheirCause) {
  hear(NodeId{3}, raft::RequestVote{.term = Term{9}, .last_log_index = {}, .last_log_term = {}});
  sync();
  for (std::size_t i = 0; i < lines_.size(); ++i)
    EXPECT_EQ(lines_[i]["seq"], i + 1);
  const auto granted = lines_of("vote_granted");
  ASSERT_EQ(granted.size(), 1u);
  EXPECT_EQ(granted[0]["cause"]["msg_id"], "n3.7.1");
  EXPECT_EQ(granted[0]["cause"]["last_log_index"], 0);
  EXPECT_EQ(granted[0]["before"]["term"], 0);
  EXPECT_EQ(granted[0]["term"], 9);
  const auto persisted = lines_of("persisted");
  ASSERT_EQ(persisted.size(), 1u);
  EXPECT_EQ(persisted[0]["voted_for"], "n3");
  EXPECT_EQ(persisted[0]["term"], 9);
}

TEST_F(ServerTest, AnImpossibleMessageIsWrittenDownAndChangesNothing) {
  become_leader();
  const Term term = server_->raft().term();
  hear(NodeId{2}, raft::AppendEntriesReply{.term = term,
                                           .asked_in = term,
                                           .prev_log_index = {},
                                           .success = true,
                                           .match_index = Index{99},
                                           .conflict_index = {},
                                           .conflict_term = {},
                                           .round = {}});
  EXPECT_EQ(lines_of("refused").size(), 1u);
  EXPECT_EQ(server_->raft().commit_index(), Index{});
}

TEST_F(ServerTest, AnEntryThatIsNoCommandHasNoEffect) {
  const auto rubbish = std::make_shared<const std::string>("rubbish");
  hear(NodeId{2}, raft::AppendEntries{.term = Term{1},
                                      .prev_log_index = {},
                                      .prev_log_term = {},
                                      .entries = {{Term{1}, raft::EntryKind::command, rubbish}},
                                      .leader_commit = Index{1},
                                      .round = {}});
  sync();
  const auto applied = lines_of("applied");
  ASSERT_EQ(applied.size(), 1u);
  EXPECT_EQ(applied[0]["entries"][0][3], "malformed");
}

TEST_F(ServerTest, LateWakeUpsAreWrittenDown) {
  step(node::Wake{});
  EXPECT_TRUE(lines_of("stalled").empty());
  now_.mono += 2s;
  step(node::Wake{});
  const auto stalled = lines_of("stalled");
  ASSERT_EQ(stalled.size(), 1u);
  EXPECT_GT(stalled[0]["late_us"], 1'000'000);
}

TEST_F(ServerTest, StopTellsWhereTheStateStands) {
  become_leader();
  step(node::Requests{{append("c1", 1, "a")}});
  sync();
  acknowledge(Index{1});
  EXPECT_TRUE(step(node::Control{node::Stop{}}).stop);
  const auto stopped = lines_of("stopped");
  ASSERT_EQ(stopped.size(), 1u);
  EXPECT_EQ(stopped[0]["applied_index"], 1);
  EXPECT_NE(stopped[0]["state_digest"], "0000000000000000");
}

TEST_F(ServerTest, ARestartKeepsTermVoteAndLogAndTheirDigest) {
  become_leader();
  step(node::Requests{{append("c1", 1, "a")}});
  const auto digest = lines_of("entries_appended")[0]["entries"][0][2];
  restart({.hard_state = server_->raft().hard_state(),
           .snapshot = {},
           .base_index = {},
           .base_term = {},
           .entries = {server_->raft().log().at(Index{1})}});
  const auto recovered = lines_of("recovered");
  ASSERT_EQ(recovered.size(), 1u);
  EXPECT_EQ(recovered[0]["voted_for"], "n1");
  EXPECT_EQ(recovered[0]["log_index"], 1);
  EXPECT_EQ(recovered[0]["digest"], digest);
}

node::ServerSettings with_snapshots(std::uint64_t threshold) {
  node::ServerSettings settings;
  settings.snapshot_threshold = threshold;
  settings.raft.trailing_entries = 1;
  return settings;
}

TEST_F(ServerTest, ASnapshotIsTakenOfWhatIsAppliedAndARestartGoesOnFromIt) {
  restart({}, with_snapshots(3));
  become_leader();
  step(node::Requests{{append("c1", 1, "a"), append("c1", 2, "b"), append("c2", 1, "c")}});
  sync();
  EXPECT_TRUE(lines_of("snapshot_taken").empty());
  acknowledge(Index{3});
  const auto taken = lines_of("snapshot_taken");
  ASSERT_EQ(taken.size(), 1u);
  EXPECT_EQ(taken[0]["log_index"], 3);
  EXPECT_EQ(taken[0]["digest"], lines_of("applied").back()["entries"][2][2]);
  ASSERT_EQ(last_.writes.size(), 1u);
  ASSERT_TRUE(last_.writes[0].snapshot);
  ASSERT_TRUE(last_.writes[0].base);
  EXPECT_EQ(last_.writes[0].base->index, Index{2});
  sync();
  EXPECT_EQ(lines_of("persisted").back()["snapshot_index"], 3);

  const raft::Snapshot snapshot = *last_written_snapshot_;
  restart({.hard_state = server_->raft().hard_state(),
           .snapshot = snapshot,
           .base_index = Index{2},
           .base_term = snapshot.term,
           .entries = {server_->raft().log().at(Index{3})}});
  const auto recovered = lines_of("recovered");
  ASSERT_EQ(recovered.size(), 1u);
  EXPECT_EQ(recovered[0]["snapshot_index"], 3);
  EXPECT_EQ(recovered[0]["digest"], taken[0]["digest"]);
  EXPECT_EQ(recovered[0]["state_digest"], taken[0]["state_digest"]);
  EXPECT_EQ(server_->store().get("k").value, "abc");
  EXPECT_TRUE(lines_of("stalled").empty())
      << "it tells of its progress at once, and late it is not";
}

TEST_F(ServerTest, AnInstalledSnapshotReplacesTheStateOnceItIsDurable) {
  node::Store store;
  store.apply(Index{8}, append("c9", 1, "theirs"));
  std::string data(8, '\1');
  data += store.save();
  hear(NodeId{2}, raft::InstallSnapshot{.term = Term{4},
                                        .last_included_index = Index{8},
                                        .last_included_term = Term{3},
                                        .configuration = {{{1}, {2}, {3}}, {}, {}},
                                        .size = data.size(),
                                        .offset = 0,
                                        .data = std::make_shared<const std::string>(data),
                                        .round = {}});
  ASSERT_EQ(lines_of("snapshot_installed").size(), 1u);
  EXPECT_TRUE(lines_of("restored").empty());
  EXPECT_EQ(server_->store().get("k").value, "");
  sync();
  const auto restored = lines_of("restored");
  ASSERT_EQ(restored.size(), 1u);
  EXPECT_EQ(restored[0]["log_index"], 8);
  EXPECT_EQ(restored[0]["digest"], "0101010101010101");
  EXPECT_EQ(restored[0]["state_digest"], node::digest_text(store.state_digest()));
  EXPECT_EQ(server_->store().get("k").value, "theirs");
}

node::ServerSettings with_read_index() {
  node::ServerSettings settings;
  settings.raft.reads = raft::Reads::read_index;
  settings.raft.noop_on_election = true;
  return settings;
}

ClientRequest get(const char* client, std::uint64_t request) {
  return {client, request, {OpKind::get, "k", "", ""}};
}

TEST_F(ServerTest, AReadOutsideTheLogWaitsForItsQuorumAndForWhatWasCommittedBefore) {
  restart({}, with_read_index());
  become_leader();
  sync();
  acknowledge(Index{1});
  step(node::Requests{{append("c1", 1, "a")}});
  acknowledge(Index{2});
  step(node::Requests{{get("c2", 1), get("c3", 1)}});
  EXPECT_TRUE(replies_.empty());
  EXPECT_EQ(server_->raft().log().last_index(), Index{2}) << "it is no entry";
  acknowledge(Index{2});
  EXPECT_EQ(server_->raft().commit_index(), Index{1}) << "n1 has not synced 2 yet";
  ASSERT_EQ(replies_.size(), 2u) << "what is not committed need not be seen";
  EXPECT_EQ(std::get<OpResult>(replies_[0].outcome).value, "");
  sync();
  step(node::Requests{{get("c2", 2)}});
  acknowledge(Index{2});
  ASSERT_EQ(replies_.size(), 4u);
  EXPECT_EQ(std::get<OpResult>(replies_[3].outcome).value, "a");
  EXPECT_EQ(replies_[3].log_index, Index{2});
  const auto served = lines_of("read_served");
  ASSERT_EQ(served.size(), 3u);
  EXPECT_EQ(served[2]["read_index"], 2);
  EXPECT_EQ(served[2]["client"], "c2");
}

TEST_F(ServerTest, AReadThatNobodyCanConfirmEndsInAnError) {
  restart({}, with_read_index());
  step(node::Requests{{get("c1", 1)}});
  ASSERT_EQ(replies_.size(), 1u);
  EXPECT_EQ(std::get<ClientError>(replies_[0].outcome), ClientError::not_leader);
  become_leader();
  step(node::Requests{{get("c1", 2)}});
  hear(NodeId{2},
       raft::RequestVote{.term = Term{50}, .last_log_index = Index{9}, .last_log_term = Term{49}});
  ASSERT_EQ(replies_.size(), 2u);
  EXPECT_TRUE(node::is_certain(std::get<ClientError>(replies_[1].outcome)));
}

TEST_F(ServerTest, WhatMayNotBeSentOnIsRefusedByName) {
  node::ServerSettings settings;
  settings.raft.max_uncommitted_bytes = 1;
  restart({}, settings);
  become_leader();
  step(node::Requests{{append("c1", 1, "a")}});
  step(node::Requests{{append("c2", 1, "b")}});
  ASSERT_EQ(replies_.size(), 1u);
  EXPECT_EQ(std::get<ClientError>(replies_[0].outcome), ClientError::overloaded);
}

TEST_F(ServerTest, MembersChangeAsAskedAndTheConfigurationIsReported) {
  become_leader();
  step(node::Requests{{append("c1", 1, "a")}});
  sync();
  acknowledge(Index{1});
  step(node::Control{node::ChangeMembers{7, {}, {NodeId{4}}, {}}});
  ASSERT_EQ(answers_.size(), 1u);
  EXPECT_EQ(answers_[0].id, 7u);
  EXPECT_EQ(answers_[0].refusal, raft::Proposal::Refusal::none);
  const auto changed = lines_of("config_changed");
  ASSERT_EQ(changed.size(), 1u);
  EXPECT_EQ(changed[0]["log_index"], 2);
  EXPECT_EQ(changed[0]["learners"], nlohmann::json({"n4"}));
  EXPECT_EQ(server_->raft().configuration().learners, std::vector<NodeId>{NodeId{4}});
  step(node::Control{node::ChangeMembers{8, {NodeId{4}}, {}, {NodeId{3}}}});
  ASSERT_EQ(answers_.size(), 2u);
  EXPECT_EQ(answers_[1].refusal, raft::Proposal::Refusal::change_under_way);
  step(node::Control{node::TransferLeadership{9, NodeId{1}}});
  ASSERT_EQ(answers_.size(), 3u);
  EXPECT_EQ(answers_[2].refusal, raft::Proposal::Refusal::no_change);
}

}  // namespace
