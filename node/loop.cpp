// SPDX-License-Identifier: Apache-2.0
#include "node/loop.h"

#include <bit>
#include <deque>
#include <utility>

#include <fmt/format.h>

#include "node/disk_thread.h"
#include "node/machine.h"
#include "node/message_codec.h"
#include "node/posix_file.h"
#include "node/wal.h"
#include "proxy/edge/descriptor.h"
#include "proxy/edge/sockets.h"

namespace node {
namespace {

constexpr int kNetworkQueue = 10'000;  // messages that wait for the proxy; more are lost
constexpr int kControlQueue = 10'000;

class Loop {
 public:
  explicit Loop(const LoopSettings& settings);
  void run();

 private:
  void await_network();
  void turn();
  void take_disk();
  void take_control();
  void take_network();
  void perform(Output& output);
  void step(Input input);
  void work_slowly();
  void arm_timer();
  int burst() const { return machine_.per_event() == raft::Duration::zero() ? kBurst : 1; }
  void report(const FromNode& message);
  void flush_reports();
  void reject(std::string_view from, std::string_view why, std::size_t bytes);
  Instant now() const;

  const LoopSettings& settings_;
  proxy::AppendFile log_;
  std::chrono::microseconds wall_offset_ = proxy::wall_offset();
  Machine machine_;
  PosixDirectory folder_;
  Recovered recovered_;
  Server server_;
  DiskThread disk_;
  zmq::context_t context_;
  zmq::socket_t network_;
  zmq::socket_t control_;
  proxy::TimerDescriptor timer_;
  std::optional<raft::Time> wake_at_;  // on the node's own clock
  std::deque<std::string> reports_;    // not yet taken by the orchestrator's socket
  std::uint64_t rejected_ = 0;
  bool stopped_ = false;
};

Loop::Loop(const LoopSettings& settings)
    : settings_(settings),
      log_(settings.log_path),
      folder_(settings.state_folder),
      recovered_(recover(folder_)),
      server_(settings.server, std::move(recovered_.restored),
              {recovered_.wal_bytes, recovered_.torn_bytes}),
      disk_(folder_, recovered_),
      network_(proxy::connect_dealer(context_, node_name(settings.server.raft.self),
                                     settings.network_endpoint, kNetworkQueue,
                                     static_cast<std::int64_t>(proxy::kMaxFrame))),
      control_(proxy::connect_dealer(context_, node_name(settings.server.raft.self),
                                     settings.control_endpoint, kControlQueue,
                                     static_cast<std::int64_t>(kMaxControlMessage))) {}

Instant Loop::now() const {
  return machine_.at(proxy::monotonic_now(), wall_offset_);
}

void Loop::run() {
  await_network();
  perform(server_.start(now()));
  while (!stopped_)
    turn();
  disk_.finish();
  while (!reports_.empty() && proxy::send(control_, reports_.front()))
    reports_.pop_front();
}

// Ready means that messages will get through: both connections stand. Whoever stops us meanwhile is
// heard.
void Loop::await_network() {
  for (bool network = false, control = false; !network || !control;) {
    std::vector<zmq::pollitem_t> items{{nullptr, settings_.stop_fd, ZMQ_POLLIN, 0}};
    if (!network) items.push_back({network_.handle(), 0, ZMQ_POLLOUT, 0});
    if (!control) items.push_back({control_.handle(), 0, ZMQ_POLLOUT, 0});
    proxy::poll(items);
    if (items[0].revents != 0) throw std::runtime_error("told to end before the network was there");
    for (const zmq::pollitem_t& item : items) {
      if (item.revents == 0) continue;
      if (item.socket == network_.handle()) network = true;
      if (item.socket == control_.handle()) control = true;
    }
  }
}

void Loop::turn() {
  const auto control_events = static_cast<short>(ZMQ_POLLIN | (reports_.empty() ? 0 : ZMQ_POLLOUT));
  std::vector<zmq::pollitem_t> items{{network_.handle(), 0, ZMQ_POLLIN, 0},
                                     {control_.handle(), 0, control_events, 0},
                                     {nullptr, disk_.event_fd(), ZMQ_POLLIN, 0},
                                     {nullptr, timer_.get(), ZMQ_POLLIN, 0},
                                     {nullptr, settings_.stop_fd, ZMQ_POLLIN, 0}};
  proxy::poll(items);
  if (items[4].revents != 0) return step(Control{Stop{}});
  if (items[2].revents != 0) take_disk();
  if (items[0].revents != 0) take_network();
  if (items[1].revents != 0) take_control();
  if (items[3].revents != 0 && !stopped_) step(Wake{});
}

void Loop::take_disk() {
  disk_.throw_error();
  if (const auto completed = disk_.take_completed()) step(Written{*completed});
}

void Loop::take_network() {
  zmq::message_t frame;
  for (int n = 0; n < burst() && !stopped_ && proxy::receive(network_, frame); ++n) {
    const auto decoded = proxy::decode(proxy::text_of(frame));
    if (const auto* error = std::get_if<proxy::DecodeError>(&decoded)) {
      reject("the network", proxy::decode_error_name(*error), frame.size());
      continue;
    }
    const auto& [envelope, payload] = std::get<proxy::Frame>(decoded);
    auto message = decode_message(payload);
    if (!message) {
      reject("the network", "no message of Raft", frame.size());
      continue;
    }
    step(PeerMessage{envelope, std::move(*message)});
  }
}

// Requests that came in one burst are proposed together: one write, one message to each follower.
void Loop::take_control() {
  flush_reports();
  Requests requests;
  zmq::message_t frame;
  for (int n = 0; n < burst() && !stopped_ && proxy::receive(control_, frame); ++n) {
    std::string why;
    auto message = decode_to_node(proxy::text_of(frame), &why);
    if (!message) {
      reject("the orchestrator", why, frame.size());
    } else if (auto* request = std::get_if<ClientRequest>(&*message)) {
      requests.requests.push_back(std::move(*request));
    } else if (machine_.take(*message, proxy::monotonic_now())) {
      arm_timer();
    } else {
      step(input_of(std::move(*message)));
    }
  }
  if (!requests.requests.empty() && !stopped_) step(std::move(requests));
}

// The one place where a Server's decisions take effect. The edges between the parts are where a
// crash can fall: evidence is there before anything that it tells; a message that promises a write
// comes in a later output, after the sync.
void Loop::perform(Output& output) {
  if (!output.evidence.empty()) log_.append(output.evidence);
  for (raft::Write& write : output.writes)
    disk_.submit(std::move(write));
  for (const Send& send : output.sends) {
    proxy::send(network_, proxy::encode(send.envelope, encode_message(send.message)));
  }
  for (const FromNode& message : output.replies)
    report(message);
  flush_reports();
  wake_at_ = output.wake_at;
  arm_timer();
  stopped_ = stopped_ || output.stop;
}

void Loop::step(Input input) {
  if (machine_.per_event() > raft::Duration::zero()) work_slowly();
  perform(server_.step(now(), std::move(input)));
}

void Loop::work_slowly() {
  timer_.arm(proxy::monotonic_now() + machine_.per_event());
  std::vector<zmq::pollitem_t> items{{nullptr, timer_.get(), ZMQ_POLLIN, 0},
                                     {nullptr, settings_.stop_fd, ZMQ_POLLIN, 0}};
  proxy::poll(items);
}

void Loop::arm_timer() {
  if (wake_at_) {
    timer_.arm(machine_.when(*wake_at_));
  } else {
    timer_.disarm();
  }
}

void Loop::report(const FromNode& message) {
  reports_.push_back(encode(message));
}

void Loop::flush_reports() {
  while (!reports_.empty() && proxy::send(control_, reports_.front()))
    reports_.pop_front();
}

// Told for the 1st, 2nd, 4th, 8th, ... time: enough to see that something goes wrong.
void Loop::reject(std::string_view from, std::string_view why, std::size_t bytes) {
  ++rejected_;
  if (!std::has_single_bit(rejected_)) return;
  settings_.warn(
      fmt::format("dropped {} bytes from {}: {} ({} dropped so far)", bytes, from, why, rejected_));
}

}  // namespace

void run_loop(const LoopSettings& settings) {
  Loop(settings).run();
}

}  // namespace node
