// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/proxy/relay_fixture.h"

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include <zmq.hpp>

namespace proxy {
namespace {

constexpr int kDeadlineMs = 20'000;  // only a broken relay meets it

void must_arrive(const zmq::recv_result_t& received) {
  if (!received) throw std::runtime_error("nothing arrived");
}

}  // namespace

TemporaryDirectory::TemporaryDirectory() {
  std::string pattern = "/tmp/squall-XXXXXX";
  if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp " + pattern);
  path_ = pattern;
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

Controller::Controller(zmq::context_t& context, const std::string& endpoint)
    : socket_(std::make_unique<zmq::socket_t>(context, zmq::socket_type::router)) {
  socket_->set(zmq::sockopt::linger, 0);
  socket_->set(zmq::sockopt::router_mandatory, true);
  socket_->set(zmq::sockopt::rcvtimeo, kDeadlineMs);
  socket_->bind(endpoint);
}

Controller::~Controller() = default;

Report Controller::receive() {
  zmq::message_t id;
  zmq::message_t text;
  must_arrive(socket_->recv(id));
  must_arrive(socket_->recv(text));
  EXPECT_EQ(id.to_string(), "proxy");
  auto report = decode_report(text.to_string_view());
  if (const auto* wrong = std::get_if<std::string>(&report)) throw std::runtime_error(*wrong);
  return std::get<Report>(report);
}

void Controller::send(std::string_view text) {
  socket_->send(zmq::str_buffer("proxy"), zmq::send_flags::sndmore);
  socket_->send(zmq::buffer(text), zmq::send_flags::none);
}

Report Controller::ask(const std::variant<Change, AskTotals, Stop>& request) {
  send(encode(Command{next_id_++, request}));
  return receive();
}

void Controller::must(const Change& change) {
  const Report report = ask(change);
  ASSERT_EQ(report, Report(Done{next_id_ - 1}));
}

Sums Controller::totals() {
  const Report report = ask(AskTotals{});
  const auto* totals = std::get_if<Totals>(&report);
  if (totals == nullptr) throw std::runtime_error("no totals: " + encode(report));
  EXPECT_EQ(totals->id, next_id_ - 1);
  return totals->sums;
}

void Controller::await(const std::function<bool(const Sums&)>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(kDeadlineMs);
  while (!condition(totals())) {
    if (std::chrono::steady_clock::now() > deadline) throw std::runtime_error("it does not happen");
  }
}

TestNode::TestNode(zmq::context_t& context, const std::string& endpoint, Address address,
                   Incarnation incarnation, int receive_queue)
    : socket_(std::make_unique<zmq::socket_t>(context, zmq::socket_type::dealer)),
      address_(address),
      incarnation_(incarnation) {
  socket_->set(zmq::sockopt::routing_id, node_name(address));
  socket_->set(zmq::sockopt::linger, 0);
  socket_->set(zmq::sockopt::immediate, true);
  socket_->set(zmq::sockopt::reconnect_ivl, 1);
  socket_->set(zmq::sockopt::rcvhwm, receive_queue);
  socket_->set(zmq::sockopt::rcvtimeo, kDeadlineMs);
  socket_->set(zmq::sockopt::sndtimeo, kDeadlineMs);
  socket_->connect(endpoint);
}

TestNode::~TestNode() = default;

MessageId TestNode::send(Address dst, std::string_view payload) {
  const Envelope envelope = {.type = MessageType::append_entries,
                             .kind = MessageKind::request,
                             .src = address_,
                             .src_incarnation = incarnation_,
                             .dst = dst,
                             .id = next_id_};
  send_raw({encode(envelope, payload)});
  return next_id_++;
}

void TestNode::send_raw(const std::vector<std::string>& frames) {
  for (std::size_t i = 0; i < frames.size(); ++i) {
    const bool last = i + 1 == frames.size();
    const auto sent = socket_->send(zmq::buffer(frames[i]),
                                    last ? zmq::send_flags::none : zmq::send_flags::sndmore);
    if (!sent) throw std::runtime_error("the relay takes nothing");
  }
}

std::string TestNode::receive() {
  zmq::message_t frame;
  must_arrive(socket_->recv(frame));
  EXPECT_FALSE(frame.more());
  const auto decoded = decode(frame.to_string_view());
  if (const auto* error = std::get_if<DecodeError>(&decoded))
    throw std::runtime_error(std::string(decode_error_name(*error)));
  EXPECT_EQ(std::get<Frame>(decoded).envelope.dst, address_);
  return std::string(std::get<Frame>(decoded).payload);
}

RelayTest::RelayTest() : context_(std::make_unique<zmq::context_t>()) {}

RelayTest::~RelayTest() = default;

void RelayTest::start(RelaySettings settings) {
  controller_.emplace(*context_, control_);
  settings_ = std::move(settings);
  settings_.network_endpoint = network_;
  settings_.control_endpoint = control_;
  settings_.log_path = directory_.path() + "/network.jsonl";
  settings_.network.seed = 1;
  settings_.network.nodes = kNodes;
  settings_.warn = [this](const std::string& text) { warnings_.push_back(text); };
  relay_ = std::async(std::launch::async, [this] { run_relay(settings_); });
  ASSERT_EQ(controller_->receive(), Report(Ready{network_}));
}

std::unique_ptr<TestNode> RelayTest::join(Address address, Incarnation incarnation) {
  controller_->must(NodeUp{address, incarnation});
  auto node = std::make_unique<TestNode>(*context_, network_, address, incarnation);
  // What the relay has received from a connection, it can send to. Rubbish belongs to no link.
  const std::uint64_t before = controller_->totals().malformed.messages;
  node->send_raw({"hello"});
  controller_->await([&](const Sums& sums) { return sums.malformed.messages > before; });
  return node;
}

Sums RelayTest::stop() {
  const Report report = controller_->ask(Stop{});
  relay_.get();
  return std::get<Totals>(report).sums;
}

std::string RelayTest::log() const {
  std::ifstream file(settings_.log_path);
  return {std::istreambuf_iterator<char>(file), {}};
}

void RelayTest::TearDown() {
  if (relay_.valid()) stop();
}

}  // namespace proxy
