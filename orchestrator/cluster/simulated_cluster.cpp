// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/cluster/simulated_cluster.h"

#include <algorithm>
#include <csignal>
#include <limits>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "node/exit_codes.h"
#include "node/loop.h"
#include "node/message_codec.h"
#include "orchestrator/cluster/node_kind.h"
#include "orchestrator/cluster/wire_trip.h"
#include "proxy/relay.h"

namespace cluster {
namespace {

using std::chrono::microseconds;

// As measured between processes of one machine: from fork to Ready, one way between nodes with the
// proxy included, orchestrator to node and back, one fdatasync, a change of a folder made durable,
// bytes written, from kill -9 to the news of it.
constexpr LatencyRange kBootLatency{microseconds(2000), microseconds(4000)};
constexpr LatencyRange kLinkLatency{microseconds(50), microseconds(150)};
constexpr LatencyRange kControlLatency{microseconds(20), microseconds(80)};
constexpr LatencyRange kSyncLatency{microseconds(150), microseconds(300)};
constexpr LatencyRange kFolderLatency{microseconds(200), microseconds(500)};
constexpr std::uint64_t kDiskBytesPerMicrosecond = 500;
constexpr LatencyRange kExitLatency{microseconds(200), microseconds(400)};

constexpr microseconds kWallOrigin = std::chrono::seconds(946'684'800);  // 2000-01-01T00:00:00Z
constexpr unsigned kTurnsBetweenSignals = 1 << 10;  // a look for one costs more than a turn
constexpr std::size_t kUnlimited = std::numeric_limits<std::size_t>::max();

NodeId node_of(proxy::Address address) {
  return NodeId{static_cast<std::uint64_t>(address)};
}

proxy::Address address_of(NodeId node) {
  return static_cast<proxy::Address>(node.value);
}

}  // namespace

SimulatedCluster::SimulatedCluster(const scenario::Scenario& scenario, const RunFolder& folder,
                                   Messages messages)
    : scenario_(scenario),
      messages_(messages),
      random_(scenario.seed),
      queue_({.messages = kUnlimited, .bytes = kUnlimited}),
      network_log_({.wall_offset = kWallOrigin}),
      network_({.seed = scenario.seed,
                .nodes = scenario.cluster.nodes,
                .deliver_stale = scenario.deliver_stale},
               network_log_),
      folder_(folder),
      network_file_(folder.network_log()),
      last_arrivals_(std::size_t{scenario.cluster.nodes} * scenario.cluster.nodes),
      log_(folder.cluster_log()) {
  folder.make_nodes();
  for (NodeId id{1}; id.value <= scenario.cluster.nodes; ++id)
    nodes_.emplace_back(id, folder.node_log(id));
}

Time SimulatedCluster::wall() const {
  return kWallOrigin + now_;
}

void SimulatedCluster::start(NodeId id, std::uint32_t incarnation) {
  Node& node = node_at(id);
  if (node.up) throw std::logic_error(node::node_name(id) + " is up already");
  node.up = true;
  node.incarnation = incarnation;
  node.stop_asked = false;
  change_network(proxy::NodeUp{address_of(id), static_cast<proxy::Incarnation>(incarnation)});
  schedule(now_ + draw(kBootLatency), Boot{id, incarnation});
}

void SimulatedCluster::kill(NodeId id) {
  Node& node = node_at(id);
  if (!node.up) return;
  if (!carried_out(node, [&] { node.disk.crash(random_); })) return;
  end(node, {.asked = true, .signal = SIGKILL});
}

void SimulatedCluster::pause(NodeId id) {
  if (Node& node = node_at(id); node.up) node.paused = true;
}

void SimulatedCluster::resume(NodeId id) {
  Node& node = node_at(id);
  if (!std::exchange(node.paused, false)) return;
  if (std::exchange(node.boots_late, false)) schedule(now_, Boot{id, node.incarnation});
  begin_sync(node);
  work(node);
}

void SimulatedCluster::send(NodeId id, const node::ToNode& message) {
  Node& node = node_at(id);
  if (!node.server) return;
  if (std::holds_alternative<node::Stop>(message)) node.stop_asked = true;
  node.to_node = std::max(node.to_node, now_ + draw(kControlLatency));
  schedule(node.to_node,
           Control{id, node.incarnation,
                   messages_ == Messages::values ? message : through_the_wire(message)});
}

void SimulatedCluster::command(const proxy::Command& command) {
  proxy::Report report = proxy::Done{command.id};
  if (const auto* change = std::get_if<proxy::Change>(&command.request)) {
    if (auto problem = network_.apply(*change, now_)) report = proxy::Refused{command.id, *problem};
    flush_network_log();
  } else {
    report = proxy::Totals{command.id, network_.sums()};
  }
  schedule(now_ + draw(kControlLatency), Event{NetworkReport{std::move(report)}});
}

Event SimulatedCluster::next(Time deadline) {
  while (events_.empty()) {
    if (!failure_.empty()) throw HarnessError(failure_);
    if (advance(deadline)) continue;
    happened_ = now_ = std::max(now_, deadline);
    return DeadlineReached{};
  }
  happened_ = events_.front().first;
  Event event = std::move(events_.front().second);
  events_.pop_front();
  return event;
}

bool SimulatedCluster::advance(Time deadline) {
  if (++turns_ % kTurnsBetweenSignals == 0) {
    if (const auto signal = interrupts_.take()) events_.emplace_back(now_, Interrupted{*signal});
  }
  const std::optional<Time> due = queue_.next_due();
  if (!due && deadline == Time::max()) throw std::logic_error("nothing is left that could happen");
  if (!due || *due > deadline) return false;
  now_ = *due;
  std::optional<Happening> happening = queue_.pop(now_);
  std::visit([this](auto& one) { happen(one); }, *happening);
  return true;
}

void SimulatedCluster::shut_down() {
  for (Node& node : nodes_) {
    resume(node.id);
    if (node.server) {
      send(node.id, node::Stop{});
    } else {
      kill(node.id);
    }
  }
  const auto is_up = [](const Node& node) { return node.up; };
  const Time patience = now_ + kStopPatience;
  while (std::any_of(nodes_.begin(), nodes_.end(), is_up) && advance(patience)) {
  }
  for (Node& node : nodes_) {
    if (!node.up) continue;
    now_ = patience;
    log_.write(now_, wall(), "did_not_stop", node::node_name(node.id), "killed", 0);
    if (carried_out(node, [&] { node.disk.crash(random_); })) end(node, {.signal = SIGKILL});
  }
  // What is on its way to the orchestrator arrives, and nothing else.
  while (const auto due = queue_.next_due()) {
    auto left = queue_.pop(*due);
    if (auto* held = std::get_if<Held>(&*left)) {
      network_.dropped(held->flight, proxy::DropReason::shutdown, now_);
    } else if (auto* event = std::get_if<Event>(&*left)) {
      now_ = std::max(now_, *due);
      happen(*event);
    }
  }
  network_log_.totals(network_.sums(), now_);
  flush();
  for (Node& node : nodes_)
    node.disk.copy_to(folder_.node_state(node.id));
}

void SimulatedCluster::flush() {
  flush_network_log();
  network_file_.flush();
  for (Node& node : nodes_)
    node.log.flush();
}

void SimulatedCluster::happen(const Boot& boot) {
  Node& node = node_at(boot.node);
  if (!node.up || node.incarnation != boot.incarnation) return;
  if (node.paused) {
    node.boots_late = true;
    return;
  }
  node::Output* output = nullptr;
  const bool booted = carried_out(node, [&] {
    node::Recovered recovered = node.disk.open();
    node.server.emplace(server_settings(scenario_, node.id, node.incarnation),
                        std::move(recovered.restored),
                        node::RecoveryNotes{recovered.wal_bytes, recovered.torn_bytes});
    output = &node.server->start(clock_of(node));
  });
  if (booted) perform(node, *output);
}

void SimulatedCluster::happen(const Wake& wake) {
  Node* node = served(wake.node, wake.incarnation);
  // A later Wake than the one asked for last was in the queue already.
  if (!node || node->wake_scheduled != now_) return;
  node->wake_scheduled.reset();
  if (!has(*node, Source::timer)) return schedule_wake(*node);
  if (is_free(*node)) return step(*node, node::Wake{});
  work(*node);
}

void SimulatedCluster::happen(const Turn& turn) {
  Node* node = served(turn.node, turn.incarnation);
  if (!node) return;
  node->working = false;
  if (node->paused) return;
  if (node->machine.per_event() > raft::Duration::zero()) {
    handle(*node, node->source, 1);
  } else {
    for (const Source source : kSources) {
      if (node->server && has(*node, source)) handle(*node, source, node::kBurst);
    }
  }
  if (node->server) work(*node);
}

void SimulatedCluster::happen(const SyncDone& done) {
  Node* node = served(done.node, done.incarnation);
  if (!node) return;
  raft::WriteId up_to;
  if (!carried_out(*node, [&] { up_to = node->disk.complete(); })) return;
  begin_sync(*node);
  if (is_free(*node)) return step(*node, node::Written{up_to});
  node->inbox.written = up_to;
  work(*node);
}

void SimulatedCluster::happen(Control& control) {
  Node* node = served(control.node, control.incarnation);
  if (!node) return;
  // A request waits for those that come in the same moment.
  const bool is_request = std::holds_alternative<node::ClientRequest>(control.message);
  if (is_free(*node) && !is_request) return handle_control(*node, std::move(control.message));
  node->inbox.control.push_back(std::move(control.message));
  work(*node);
}

void SimulatedCluster::happen(Event& event) {
  const auto* exited = std::get_if<NodeExited>(&event);
  if (exited != nullptr && is_environment_failure(exited->exit_code) && failure_.empty()) {
    failure_ = fmt::format("{} (exit code {}): {}", node::node_name(exited->node),
                           exited->exit_code, exited->reason);
  }
  events_.emplace_back(now_, std::move(event));
}

void SimulatedCluster::happen(Held& held) {
  --held_;
  held_bytes_ -= held.bytes;
  const bool dropped = network_.may_deliver(held.flight, now_).has_value();
  flush_network_log();
  if (!dropped) hand_over(held.flight, std::move(held.message));
}

void SimulatedCluster::happen(Arrival& arrival) {
  Node* node = served(arrival.node, arrival.incarnation);
  if (!node) return;
  if (is_free(*node)) return step(*node, std::move(arrival.message));
  node->inbox.network.push_back(std::move(arrival.message));
  work(*node);
}

bool SimulatedCluster::is_free(const Node& node) const {
  return !node.paused && !node.working && node.machine.per_event() == raft::Duration::zero();
}

bool SimulatedCluster::has(const Node& node, Source source) const {
  switch (source) {
    case Source::disk:
      return node.inbox.written.has_value();
    case Source::network:
      return !node.inbox.network.empty();
    case Source::control:
      return !node.inbox.control.empty();
    case Source::timer:
      return node.wake_at && *node.wake_at <= clock_of(node).mono;
  }
  return false;
}

// A turn of a slow node is long, and takes one thing: the next after what the last took from.
void SimulatedCluster::work(Node& node) {
  if (node.paused || node.working || !node.server) return;
  auto source = static_cast<std::size_t>(node.source);
  for (std::size_t looked = 0; looked < std::size(kSources); ++looked) {
    source = (source + 1) % std::size(kSources);
    if (!has(node, kSources[source])) continue;
    node.source = kSources[source];
    node.working = true;
    const bool costs =
        node.source != Source::control || !node::Machine::is_about_it(node.inbox.control.front());
    return schedule(now_ + (costs ? node.machine.per_event() : raft::Duration::zero()),
                    Turn{node.id, node.incarnation});
  }
}

void SimulatedCluster::handle(Node& node, Source source, int burst) {
  switch (source) {
    case Source::disk:
      return step(node, node::Written{*std::exchange(node.inbox.written, std::nullopt)});
    case Source::network:
      for (int n = 0; n < burst && !node.inbox.network.empty(); ++n) {
        node::PeerMessage message = std::move(node.inbox.network.front());
        node.inbox.network.pop_front();
        step(node, std::move(message));
      }
      return;
    case Source::control:
      return handle_control(node, burst);
    case Source::timer:
      return step(node, node::Wake{});
  }
}

// Requests that came in one burst are proposed together.
void SimulatedCluster::handle_control(Node& node, int burst) {
  node::Requests requests;
  for (int n = 0; n < burst && !node.inbox.control.empty(); ++n) {
    node::ToNode message = std::move(node.inbox.control.front());
    node.inbox.control.pop_front();
    if (auto* request = std::get_if<node::ClientRequest>(&message)) {
      requests.requests.push_back(std::move(*request));
    } else {
      handle_control(node, std::move(message));
    }
  }
  if (!requests.requests.empty() && node.server) step(node, std::move(requests));
}

void SimulatedCluster::handle_control(Node& node, node::ToNode message) {
  if (!node.machine.take(message, now_)) return step(node, node::input_of(std::move(message)));
  node.wake_scheduled.reset();  // by another clock
  schedule_wake(node);
}

// The rest of a paused process waits, though the sync that the disk has begun comes to its end.
void SimulatedCluster::begin_sync(Node& node) {
  if (node.paused || !node.disk.begin()) return;
  schedule(now_ + disk_latency(node.disk.work()), SyncDone{node.id, node.incarnation});
}

node::Instant SimulatedCluster::clock_of(const Node& node) const {
  return node.machine.at(now_, kWallOrigin);
}

void SimulatedCluster::step(Node& node, node::Input&& input) {
  node::Output* output = nullptr;
  if (carried_out(node, [&] { output = &node.server->step(clock_of(node), std::move(input)); })) {
    perform(node, *output);
  }
}

template <class Part>
bool SimulatedCluster::carried_out(Node& node, Part part) {
  try {
    part();
    return true;
  } catch (const std::exception& error) {
    node.disk.leave();
    const auto exit_code = node::exit_code_after(error);
    end(node, {.exit_code = exit_code.value_or(-1),
               .signal = exit_code ? 0 : SIGABRT,
               .reason = error.what()});
    return false;
  }
}

void SimulatedCluster::perform(Node& node, node::Output& output) {
  node.log.append(output.evidence);
  for (raft::Write& write : output.writes) {
    node.disk.submit(std::move(write));
    begin_sync(node);
  }
  for (node::Send& send : output.sends) {
    std::uint64_t bytes = proxy::kEnvelopeSize;
    const bool encoded = carried_out(node, [&] {
      if (messages_ == Messages::encoded) send = through_the_wire(send);
      bytes += node::encoded_size(send.message);
    });
    if (!encoded) return;
    transmit(send, bytes);
  }
  for (node::FromNode& reply : output.replies) {
    if (messages_ == Messages::encoded) reply = through_the_wire(reply);
    tell(node, draw(kControlLatency), NodeMessage{node.id, node.incarnation, std::move(reply)});
  }
  if (output.stop) {
    if (carried_out(node, [&] { node.disk.close(); })) {
      end(node, {.asked = node.stop_asked, .exit_code = node::kStopped});
    }
    return;
  }
  node.wake_at = output.wake_at;
  schedule_wake(node);
}

void SimulatedCluster::transmit(node::Send& send, std::uint64_t bytes) {
  const proxy::Decision decision = network_.on_message(send.envelope, bytes, now_);
  flush_network_log();
  if (decision.dropped) return;
  if (decision.due <= now_) return hand_over(decision.flight, std::move(send.message));
  if (held_ >= proxy::kMaxInFlight || held_bytes_ + bytes > proxy::kMaxInFlightBytes) {
    network_.dropped(decision.flight, proxy::DropReason::queue_full, now_);
    return flush_network_log();
  }
  ++held_;
  held_bytes_ += bytes;
  schedule(decision.due, Held{decision.flight, std::move(send.message), bytes});
}

void SimulatedCluster::hand_over(const proxy::Flight& flight, raft::Message&& message) {
  const proxy::Envelope& envelope = flight.envelope;
  const Node& receiver = node_at(node_of(envelope.dst));
  if (!receiver.server) {
    network_.dropped(flight, proxy::DropReason::peer_down, now_);
    return flush_network_log();
  }
  network_.delivered(flight);
  Time& arrival = last_arrival(envelope);
  arrival = std::max(arrival, now_ + draw(kLinkLatency));
  schedule(arrival, Arrival{receiver.id, receiver.incarnation, {envelope, std::move(message)}});
}

// One Wake for each node is in the queue at a time, unless a server asks to be woken earlier than
// it had asked before.
void SimulatedCluster::schedule_wake(Node& node) {
  if (!node.wake_at) return;
  const Time at = std::max(node.machine.when(*node.wake_at), now_);
  if (node.wake_scheduled && *node.wake_scheduled <= at) return;
  node.wake_scheduled = at;
  schedule(at, Wake{node.id, node.incarnation});
}

void SimulatedCluster::end(Node& node, End how) {
  tell(node, draw(kExitLatency),
       NodeExited{.node = node.id,
                  .incarnation = node.incarnation,
                  .expected = how.asked,
                  .exit_code = how.exit_code,
                  .signal = how.signal,
                  .reason = std::move(how.reason)});
  node.up = false;
  node.server.reset();
  node.paused = node.boots_late = node.working = false;
  node.machine = {};
  node.inbox = {};
  node.source = Source::timer;
  node.wake_at.reset();
  node.wake_scheduled.reset();
  change_network(proxy::NodeDown{address_of(node.id)});
}

void SimulatedCluster::tell(Node& node, raft::Duration after, Event&& event) {
  node.from_node = std::max(node.from_node, now_ + after);
  schedule(node.from_node, std::move(event));
}

void SimulatedCluster::change_network(const proxy::Change& change) {
  if (const auto problem = network_.apply(change, now_)) throw std::logic_error(*problem);
  flush_network_log();
}

void SimulatedCluster::flush_network_log() {
  if (network_log_.lines().empty()) return;
  network_file_.append(network_log_.lines());
  network_log_.lines().clear();
}

raft::Duration SimulatedCluster::disk_latency(const DiskWork& work) {
  raft::Duration latency{static_cast<std::int64_t>(work.bytes / kDiskBytesPerMicrosecond)};
  for (unsigned i = 0; i < work.syncs; ++i)
    latency += draw(kSyncLatency);
  for (unsigned i = 0; i < work.changes_of_the_folder; ++i)
    latency += draw(kFolderLatency);
  return latency;
}

raft::Duration SimulatedCluster::draw(LatencyRange range) {
  return raft::Duration(random_.between(static_cast<std::uint64_t>(range.low.count()),
                                        static_cast<std::uint64_t>(range.high.count())));
}

SimulatedCluster::Node* SimulatedCluster::served(NodeId id, std::uint32_t incarnation) {
  Node& node = node_at(id);
  return node.server && node.incarnation == incarnation ? &node : nullptr;
}

Time& SimulatedCluster::last_arrival(const proxy::Envelope& envelope) {
  const auto src = static_cast<std::size_t>(envelope.src) - 1;
  const auto dst = static_cast<std::size_t>(envelope.dst) - 1;
  return last_arrivals_[src * nodes_.size() + dst];
}

}  // namespace cluster
