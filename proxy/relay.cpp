// SPDX-License-Identifier: Apache-2.0
#include "proxy/relay.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <chrono>
#include <deque>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <zmq.hpp>

#include "proxy/control.h"
#include "proxy/delay_queue.h"
#include "proxy/edge/descriptor.h"
#include "proxy/edge/sockets.h"
#include "proxy/network_log.h"
#include "proxy/router.h"

namespace proxy {
namespace {

constexpr int kBurst = 1000;  // messages of one kind that one turn moves: bounds what others wait
constexpr int kControlQueue = 1000;                         // reports that wait for the controller
constexpr Duration kStall = std::chrono::milliseconds(10);  // lateness that is worth a line
// Up to this size libzmq may share one receive buffer among messages; a held one would pin it
// whole.
constexpr std::size_t kSharedBuffer = 8192;

// Places among what the loop polls.
constexpr std::size_t kNodes = 0;
constexpr std::size_t kControl = 1;
constexpr std::size_t kStop = 3;  // after the timer, which only wakes

/// True for the 1st, 2nd, 4th, 8th, ... of its kind: a flood is told of without flooding.
bool worth_telling(std::uint64_t count) {
  return std::has_single_bit(count);
}

/// One turn of its loop takes what there is (commands, what is due, what nodes sent), decides all
/// of it, writes the log, and only then sends.
class Relay {
 public:
  explicit Relay(const RelaySettings& settings);
  void run();

 private:
  struct Packet {
    Flight flight;
    Time due{};
    zmq::message_t frame;
  };

  void wait();
  bool readable(std::size_t item) const;
  void take_commands(Time now);
  void obey(const Command& command, Time now);
  void take_due(Time now);
  void take_messages(Time now);
  void take_frame(const zmq::message_t& sender, zmq::message_t& frame, Time now);
  void hold(Packet packet, Time now);
  void reject(const zmq::message_t& sender, std::string_view what, std::size_t bytes, Time now);
  void act(Time now);
  void hand_over(Packet& packet, Time now);
  void flush_log();
  void finish();

  const RelaySettings& settings_;
  AppendFile log_file_;
  TimerDescriptor timer_;
  NetworkLog log_;
  Network network_;
  DelayQueue<Packet> held_;
  std::vector<std::string> names_;  // by address
  zmq::context_t context_;
  zmq::socket_t nodes_;
  zmq::socket_t control_;
  std::vector<Packet> outgoing_;        // decided in this turn, to be sent once the log is written
  std::deque<Report> reports_;          // likewise; they wait for the controller while it is away
  std::vector<zmq::pollitem_t> items_;  // what the loop polls, by kNodes and so on
  bool stopping_ = false;
  std::optional<std::uint64_t> stop_id_;  // of the command that told us to stop
  std::uint64_t rejected_messages_ = 0;
  std::uint64_t rejected_commands_ = 0;
};

Relay::Relay(const RelaySettings& settings)
    : settings_(settings),
      log_file_(settings.log_path),
      log_({.wall_offset = wall_offset(), .cap_bytes = settings.log_cap_bytes}),
      network_(settings.network, log_),
      held_({.messages = settings.max_in_flight, .bytes = settings.max_in_flight_bytes}),
      nodes_(bind_router(context_, settings.network_endpoint)),
      control_(connect_dealer(context_, "proxy", settings.control_endpoint, kControlQueue,
                              kMaxControlMessage)) {
  for (std::uint32_t node = 0; node <= settings.network.nodes; ++node) {
    names_.push_back(node_name(Address{node}));
  }
  outgoing_.reserve(2 * std::size_t{kBurst});
  items_ = {{nodes_.handle(), 0, ZMQ_POLLIN, 0},
            {control_.handle(), 0, ZMQ_POLLIN, 0},
            {nullptr, timer_.get(), ZMQ_POLLIN, 0}};
  if (settings.stop_fd >= 0) items_.push_back({nullptr, settings.stop_fd, ZMQ_POLLIN, 0});
}

void Relay::run() {
  reports_.emplace_back(Ready{nodes_.get(zmq::sockopt::last_endpoint)});
  while (!stopping_) {
    wait();
    const Time now = monotonic_now();
    stopping_ = readable(kStop);
    if (readable(kControl)) take_commands(now);
    if (!stopping_) take_due(now);
    if (!stopping_ && readable(kNodes)) take_messages(now);
    act(now);
  }
  finish();
}

void Relay::wait() {
  if (const auto due = held_.next_due()) {
    timer_.arm(*due);
  } else {
    timer_.disarm();
  }
  const bool reports_wait = !reports_.empty();
  items_[kControl].events = static_cast<short>(ZMQ_POLLIN | (reports_wait ? ZMQ_POLLOUT : 0));
  poll(items_);
}

bool Relay::readable(std::size_t item) const {
  return item < items_.size() && (items_[item].revents & ZMQ_POLLIN) != 0;
}

void Relay::take_commands(Time now) {
  zmq::message_t message;
  for (int n = 0; n < kBurst && !stopping_ && receive(control_, message); ++n) {
    const auto command = decode_command(text_of(message));
    if (const auto* valid = std::get_if<Command>(&command)) {
      obey(*valid, now);
      continue;
    }
    const auto& refused = std::get<Refused>(command);
    if (worth_telling(++rejected_commands_)) {
      settings_.warn(
          fmt::format("malformed control message (no. {}): {}", rejected_commands_, refused.what));
    }
    reports_.emplace_back(refused);
  }
}

void Relay::obey(const Command& command, Time now) {
  if (const auto* change = std::get_if<Change>(&command.request)) {
    if (auto problem = network_.apply(*change, now)) {
      reports_.emplace_back(Refused{command.id, std::move(*problem)});
    } else {
      reports_.emplace_back(Done{command.id});
    }
  } else if (std::holds_alternative<AskTotals>(command.request)) {
    reports_.emplace_back(Totals{command.id, network_.sums()});
  } else {
    stop_id_ = command.id;
    stopping_ = true;
  }
}

void Relay::take_due(Time now) {
  Duration late{};
  for (int n = 0; n < kBurst; ++n) {
    auto packet = held_.pop(now);
    if (!packet) break;
    late = std::max(late, now - packet->due);
    if (!network_.may_deliver(packet->flight, now)) outgoing_.push_back(std::move(*packet));
  }
  if (late > kStall) log_.stalled(late, now);
}

void Relay::take_messages(Time now) {
  zmq::message_t sender;
  zmq::message_t frame;
  for (int n = 0; n < kBurst && receive(nodes_, sender); ++n) {
    // All frames of a message arrive together.
    std::size_t bytes = 0;
    std::size_t frames = 0;
    for (bool more = sender.more(); more; more = frame.more()) {
      receive(nodes_, frame);
      bytes += frame.size();
      ++frames;
    }
    if (frames == 1) {
      take_frame(sender, frame, now);
    } else {
      reject(sender, "not_one_frame", bytes, now);
    }
  }
}

void Relay::take_frame(const zmq::message_t& sender, zmq::message_t& frame, Time now) {
  const auto decoded = decode_envelope(text_of(frame));
  if (const auto* error = std::get_if<DecodeError>(&decoded)) {
    reject(sender, decode_error_name(*error), frame.size(), now);
    return;
  }
  const auto& envelope = std::get<Envelope>(decoded);
  const auto src = static_cast<std::size_t>(envelope.src);
  if (src >= names_.size() || names_[src] != text_of(sender)) {
    reject(sender, "src_is_not_sender", frame.size(), now);
    return;
  }
  const Decision decision = network_.on_message(envelope, frame.size(), now);
  if (decision.dropped) return;
  Packet packet{decision.flight, decision.due, std::move(frame)};
  if (decision.due <= now) {
    outgoing_.push_back(std::move(packet));
  } else {
    hold(std::move(packet), now);
  }
}

void Relay::hold(Packet packet, Time now) {
  const std::size_t bytes = packet.frame.size();
  if (bytes <= kSharedBuffer) packet.frame = zmq::message_t(packet.frame.data(), bytes);
  const Flight flight = packet.flight;
  const Time due = packet.due;
  if (!held_.push(due, bytes, std::move(packet))) {
    network_.dropped(flight, DropReason::queue_full, now);
  }
}

void Relay::reject(const zmq::message_t& sender, std::string_view what, std::size_t bytes,
                   Time now) {
  network_.malformed(text_of(sender), what, bytes, now);
  if (!worth_telling(++rejected_messages_)) return;
  std::string text;
  JsonLine(text).field("peer", text_of(sender)).field("what", what).end_line();
  text.pop_back();
  settings_.warn(fmt::format("malformed message (no. {}): {}", rejected_messages_, text));
}

void Relay::act(Time now) {
  flush_log();
  for (Packet& packet : outgoing_)
    hand_over(packet, now);
  outgoing_.clear();
  flush_log();  // of what was not taken
  while (!reports_.empty() && send(control_, encode(reports_.front())))
    reports_.pop_front();
}

void Relay::hand_over(Packet& packet, Time now) {
  const auto dst = static_cast<std::size_t>(packet.flight.envelope.dst);
  switch (send_to(nodes_, names_[dst], packet.frame)) {
    case HandOver::taken:
      return network_.delivered(packet.flight);
    case HandOver::unreachable:
      return network_.dropped(packet.flight, DropReason::peer_down, now);
    case HandOver::full:
      return network_.dropped(packet.flight, DropReason::backpressure, now);
  }
}

void Relay::flush_log() {
  log_file_.append(log_.lines());
  log_.lines().clear();
}

void Relay::finish() {
  const Time now = monotonic_now();
  while (auto packet = held_.pop(Time::max())) {
    network_.dropped(packet->flight, DropReason::shutdown, now);
  }
  const Sums sums = network_.sums();
  log_.totals(sums, now);
  if (stop_id_) reports_.emplace_back(Totals{*stop_id_, sums});
  act(now);
  if (!reports_.empty()) settings_.warn("the controller is away: it does not get the last reports");
  if (network_.in_flight() != 0 || !sums.balanced()) {
    throw std::logic_error("the network's sums do not balance; its log has them");
  }
}

}  // namespace

void run_relay(const RelaySettings& settings) {
  Relay(settings).run();
}

}  // namespace proxy
