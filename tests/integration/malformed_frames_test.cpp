// SPDX-License-Identifier: Apache-2.0
// Frames that are none, sent to each of the three programs' sockets: they are dropped and counted,
// and nothing else happens.
#include <algorithm>
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>

#include "node/message_codec.h"
#include "orchestrator/cluster/process_cluster.h"
#include "proxy/edge/sockets.h"
#include "proxy/router.h"
#include "raft/random.h"
#include "tests/unit/orchestrator/cluster/driver.h"
#include "tests/unit/orchestrator/cluster/temporary_folder.h"

namespace cluster {
namespace {

using ::testing::HasSubstr;

constexpr auto kPatience = std::chrono::seconds(30);  // reached only where something is broken

using Frames = std::vector<std::string>;  // of one message

proxy::Envelope envelope(std::uint32_t src, std::uint32_t dst) {
  return {.type = proxy::MessageType::append_entries,
          .kind = proxy::MessageKind::request,
          .src = static_cast<proxy::Address>(src),
          .src_incarnation = static_cast<proxy::Incarnation>(1),
          .dst = static_cast<proxy::Address>(dst),
          .dst_incarnation = proxy::Incarnation::unknown,
          .id = 1,
          .in_reply_to = 0};
}

std::string random_bytes(raft::Random& random, std::size_t size) {
  std::string bytes(size, '\0');
  std::generate(bytes.begin(), bytes.end(), [&] { return static_cast<char>(random.next()); });
  return bytes;
}

// Nothing in here is a message to anyone. None has the JSON or the envelope that is asked for.
std::vector<Frames> garbage() {
  raft::Random random(1);
  std::vector<Frames> all{{""}, {"", ""}, {"{"}, {"null"}, {"[]"}, {"{\"type\":\"no such\"}"}};
  all.push_back({std::string("\0\0\0", 3)});
  all.push_back({"a", "b", "c"});
  all.push_back({std::string(100'000, '[')});
  const std::string whole = proxy::encode(envelope(1, 2), "no message of Raft");
  all.push_back({whole.substr(0, proxy::kEnvelopeSize - 1)});
  all.push_back({whole.substr(0, whole.size() - 1)});
  all.push_back({whole + "x"});
  for (std::size_t size = 1; size <= 1 << 16; size *= 2)
    all.push_back({random_bytes(random, size)});
  return all;
}

void send(zmq::socket_t& socket, const Frames& frames) {
  for (std::size_t i = 0; i < frames.size(); ++i) {
    const bool more = i + 1 < frames.size();
    socket.send(zmq::buffer(frames[i]), more ? zmq::send_flags::sndmore : zmq::send_flags::none);
  }
}

zmq::socket_t connect(zmq::context_t& context, const std::string& name,
                      const std::string& endpoint) {
  constexpr std::int64_t kNoLimit = -1;
  return proxy::connect_dealer(context, name, endpoint, 100'000, kNoLimit);
}

class MalformedFrames : public ::testing::Test {
 protected:
  TemporaryFolder folder_;
  zmq::context_t context_;
};

TEST_F(MalformedFrames, ToTheOrchestrator) {
  ProcessCluster cluster(plain_scenario(3, 1), {folder_.path()}, SQUALL_BINARIES);
  std::uint64_t sent = 0;
  for (const char* name : {"n3", "stranger", "n4"}) {
    zmq::socket_t socket = connect(context_, name, cluster.endpoints().control);
    std::vector<Frames> all = garbage();
    all.push_back({std::string(node::kMaxControlMessage + 1, ' ')});
    // Right in form, but nobody of that name was heard to be ready, or it says to be another.
    all.push_back({node::encode(node::FromNode{node::Accepted{"c1", 1, {1}, {1}}})});
    all.push_back({node::encode(node::FromNode{node::Ready{NodeId{2}, 1, 1}})});
    for (const Frames& frames : all)
      send(socket, frames);
    sent += all.size();
    for (const Time end = cluster.now() + kPatience;
         cluster.malformed() < sent && cluster.now() < end;) {
      cluster.next(cluster.now() + std::chrono::milliseconds(1));
    }
    ASSERT_EQ(cluster.malformed(), sent);
  }
  elects_commits_and_recovers(cluster, 3);
  EXPECT_EQ(cluster.malformed(), sent);

  std::ifstream log(RunFolder{folder_.path()}.cluster_log());
  const std::string lines = (std::stringstream() << log.rdbuf()).str();
  EXPECT_THAT(lines, HasSubstr(R"("event":"malformed","peer":"n3")"));
  EXPECT_THAT(lines, HasSubstr(R"("event":"malformed","peer":"stranger")"));
}

TEST_F(MalformedFrames, ToTheProxy) {
  ProcessCluster cluster(plain_scenario(3, 1), {folder_.path()}, SQUALL_BINARIES);
  Driver driver(cluster, 3);
  std::uint64_t sent = 0;
  for (const char* name : {"n1", "stranger", "n4"}) {
    zmq::socket_t socket = connect(context_, name, cluster.endpoints().network);
    std::vector<Frames> all = garbage();
    all.push_back({std::string(proxy::kMaxFrame + 1, 'S')});
    all.push_back({proxy::encode(envelope(2, 3), "the sender is another")});
    all.push_back({proxy::encode(envelope(1, 9), "no such receiver")});
    for (const Frames& frames : all)
      send(socket, frames);
    sent += all.size();
    std::uint64_t counted = 0;
    for (const Time end = cluster.now() + kPatience; counted < sent && cluster.now() < end;) {
      const proxy::Report report = driver.command(proxy::AskTotals{});
      counted = std::get<proxy::Totals>(report).sums.malformed.messages;
    }
    ASSERT_EQ(counted, sent);
  }
  elects_commits_and_recovers(cluster, 3);
  std::ifstream log(RunFolder{folder_.path()}.network_log());
  const std::string lines = (std::stringstream() << log.rdbuf()).str();
  EXPECT_THAT(lines, HasSubstr(R"("reason":"malformed","peer":"stranger")"));
  EXPECT_THAT(lines, HasSubstr(R"("balanced":true)"));
}

// The next message from the node that is a Message.
template <class Message>
Message next_from_node(zmq::socket_t& control) {
  while (true) {
    std::vector<zmq::pollitem_t> items{{control.handle(), 0, ZMQ_POLLIN, 0}};
    proxy::poll(items);
    zmq::message_t frame;
    while (proxy::receive(control, frame)) {
      if (frame.more()) continue;  // who it is from
      const auto message = node::decode_from_node(proxy::text_of(frame));
      if (message && std::holds_alternative<Message>(*message)) return std::get<Message>(*message);
    }
  }
}

void send_to_node(zmq::socket_t& router, Frames frames) {
  frames.insert(frames.begin(), "n1");
  send(router, frames);
}

TEST_F(MalformedFrames, ToANode) {
  const SocketFolder sockets;
  const Endpoints endpoints{sockets.endpoint("network"), sockets.endpoint("control")};
  zmq::socket_t network = proxy::bind_router(context_, endpoints.network);
  zmq::socket_t control = proxy::bind_router(context_, endpoints.control);
  const RunFolder folder{folder_.path()};
  folder.make_nodes();
  ChildProcess node(node_command(SQUALL_BINARIES, server_settings(plain_scenario(3, 1), {1}, 1),
                                 endpoints, folder),
                    folder.node_output({1}));
  next_from_node<node::Ready>(control);

  std::vector<Frames> all = garbage();
  for (const Frames& frames : all)
    send_to_node(control, frames);
  send_to_node(control, {node::encode(node::ToNode{node::Go{}})});
  all.push_back({proxy::encode(envelope(2, 1), "no message of Raft")});
  all.push_back({proxy::encode(envelope(2, 1), "")});
  // Right in form, but Raft can't take it: from no member of the cluster, and from itself.
  const std::string vote = node::encode_message(raft::RequestVote{{7}, {1}, {6}});
  all.push_back({proxy::encode(envelope(9, 1), vote)});
  all.push_back({proxy::encode(envelope(1, 1), vote)});
  for (const Frames& frames : all)
    send_to_node(network, frames);
  send_to_node(network, {proxy::encode(envelope(2, 1), vote)});  // and this is one

  node::Status status;
  while (status.term < raft::Term{7})
    status = next_from_node<node::Status>(control);
  send_to_node(control, {node::encode(node::ToNode{node::Stop{}})});
  EXPECT_EQ(node.wait(), (ProcessExit{.exit_code = 0, .signal = 0}));
  EXPECT_THAT(node.last_output_line(), HasSubstr("dropped"));
}

}  // namespace
}  // namespace cluster
