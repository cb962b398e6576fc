// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/cluster/process_cluster.h"

#include <algorithm>
#include <bit>
#include <csignal>
#include <stdexcept>
#include <system_error>

#include <fmt/format.h>

namespace cluster {
namespace {

constexpr std::string_view kProxy = "proxy";  // its routing id
constexpr int kBurst = 1000;                  // messages that one turn takes
// Far more than anything takes that works, on a loaded machine too.
constexpr Time kPatience = std::chrono::seconds(10);

std::string text_of(const ProcessExit& exit) {
  if (exit.signal != 0) return fmt::format("ended by signal {}", exit.signal);
  return fmt::format("exit code {}", exit.exit_code);
}

}  // namespace

std::filesystem::path ProcessCluster::beside_this_program() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path();
}

ProcessCluster::ProcessCluster(const scenario::Scenario& scenario, const RunFolder& folder,
                               const std::filesystem::path& binaries)
    : scenario_(scenario),
      folder_{std::filesystem::absolute(folder.root)},
      binaries_(binaries),
      endpoints_{sockets_.endpoint("network"), sockets_.endpoint("control")},
      control_(endpoints_.control),
      log_(folder_.cluster_log()) {
  folder_.make_nodes();
  for (NodeId id{1}; id.value <= scenario.cluster.nodes; ++id)
    nodes_.emplace_back().id = id;
  proxy_.emplace(proxy_command(binaries_, scenario_, endpoints_, folder_),
                 folder_.network_output());
  await("squall-proxy was not ready", [&] { return proxy_ready_; });
}

void ProcessCluster::start(NodeId id, std::uint32_t incarnation) {
  Node& node = node_at(id);
  if (node.process) {
    if (!node.kill_asked) throw std::logic_error(node::node_name(id) + " is up already");
    // Two incarnations never write the same files.
    take_end(node, node.process->wait());
  }
  node.incarnation = incarnation;
  node.kill_asked = node.stop_asked = false;
  const std::uint64_t up = tell_proxy(proxy::Change{proxy::NodeUp{
      static_cast<proxy::Address>(id.value), static_cast<proxy::Incarnation>(incarnation)}});
  await("squall-proxy did not take a node", [&] { return acknowledged_ >= up; });
  const auto settings = server_settings(scenario_, id, incarnation);
  node.process.emplace(node_command(binaries_, settings, endpoints_, folder_),
                       folder_.node_output(id));
}

void ProcessCluster::kill(NodeId id) {
  Node& node = node_at(id);
  if (!node.process || node.kill_asked) return;
  node.process->kill();
  node.kill_asked = true;
  tell_proxy(proxy::Change{proxy::NodeDown{static_cast<proxy::Address>(id.value)}});
}

void ProcessCluster::pause(NodeId id) {
  if (Node& node = node_at(id); node.process) node.process->pause();
}

void ProcessCluster::resume(NodeId id) {
  if (Node& node = node_at(id); node.process) node.process->resume();
}

void ProcessCluster::send(NodeId id, const node::ToNode& message) {
  Node& node = node_at(id);
  if (!node.process) return;
  if (std::holds_alternative<node::Stop>(message)) node.stop_asked = true;
  control_.send(node::node_name(id), node::encode(message));
}

void ProcessCluster::command(const proxy::Command& command) {
  if (control_.send(kProxy, proxy::encode(command))) return;
  if (proxy_) {
    if (const auto exit = proxy_->try_wait()) take_proxy_end(*exit);
  }
  throw HarnessError("squall-proxy takes no commands");
}

Event ProcessCluster::next(Time deadline) {
  while (events_.empty()) {
    if (!failure_.empty()) throw HarnessError(failure_);
    turn(deadline);
    if (events_.empty() && now() >= deadline) break;
  }
  if (events_.empty() || events_.front().first > deadline) {
    happened_ = now();
    return DeadlineReached{};
  }
  happened_ = events_.front().first;
  Event event = std::move(events_.front().second);
  events_.pop_front();
  return event;
}

// Waits until something happens, or the deadline, and takes all that has happened.
void ProcessCluster::turn(Time deadline) {
  if (deadline == Time::max()) {
    timer_.disarm();
  } else {
    timer_.arm(deadline);
  }
  descriptors_.clear();
  const auto watch = [&](int fd) { descriptors_.push_back({fd, POLLIN, 0}); };
  watch(timer_.get());
  watch(interrupts_.fd());
  if (proxy_) watch(proxy_->pidfd());
  for (const Node& node : nodes_) {
    if (node.process) watch(node.process->pidfd());
  }
  control_.wait(descriptors_);
  const auto ready = [&](int fd) {
    return std::any_of(descriptors_.begin(), descriptors_.end(),
                       [fd](const pollfd& one) { return one.fd == fd && one.revents != 0; });
  };

  take_messages();
  if (ready(interrupts_.fd())) {
    if (const auto signal = interrupts_.take()) add(Interrupted{*signal});
  }
  for (Node& node : nodes_) {
    if (!node.process || !ready(node.process->pidfd())) continue;
    if (const auto exit = node.process->try_wait()) take_end(node, *exit);
  }
  if (proxy_ && ready(proxy_->pidfd())) {
    if (const auto exit = proxy_->try_wait()) take_proxy_end(*exit);
  }
}

void ProcessCluster::take_messages() {
  for (int n = 0; n < kBurst; ++n) {
    const auto received = control_.receive();
    if (!received) return;
    take(*received);
  }
}

void ProcessCluster::take(const ControlSocket::Received& received) {
  if (received.malformed != nullptr) {
    return reject(received.peer, received.malformed, received.bytes);
  }
  if (received.peer == kProxy) return take_from_proxy(received);
  const auto id = node::node_from_name(received.peer);
  if (!id || id->value > nodes_.size()) {
    return reject(received.peer, "from nobody we know", received.bytes);
  }
  take_from_node(node_at(*id), received);
}

void ProcessCluster::take_from_node(Node& node, const ControlSocket::Received& received) {
  std::string why;
  auto message = node::decode_from_node(received.text, &why);
  if (!message) return reject(received.peer, why, received.bytes);
  if (const auto* ready = std::get_if<node::Ready>(&*message)) {
    if (ready->node != node.id || ready->incarnation > node.incarnation ||
        ready->incarnation < node.heard) {
      return reject(received.peer, "ready as someone else", received.bytes);
    }
    node.heard = ready->incarnation;
  }
  // A connection's first message is Ready, and whatever the incarnation before had to say comes
  // before it.
  if (node.heard == 0) return reject(received.peer, "not ready yet", received.bytes);
  add(NodeMessage{node.id, node.heard, std::move(*message)});
}

void ProcessCluster::take_from_proxy(const ControlSocket::Received& received) {
  auto decoded = proxy::decode_report(received.text);
  if (const auto* why = std::get_if<std::string>(&decoded)) {
    return reject(received.peer, *why, received.bytes);
  }
  proxy::Report& report = std::get<proxy::Report>(decoded);
  if (std::holds_alternative<proxy::Ready>(report)) {
    proxy_ready_ = true;
    return;
  }
  std::uint64_t id = 0;
  if (const auto* refused = std::get_if<proxy::Refused>(&report)) {
    id = refused->id.value_or(0);
    if (id >= kFirstOwnCommand) throw HarnessError("squall-proxy refused: " + refused->what);
  } else if (const auto* done = std::get_if<proxy::Done>(&report)) {
    id = done->id;
  } else if (const auto* totals = std::get_if<proxy::Totals>(&report)) {
    id = totals->id;
  }
  if (id >= kFirstOwnCommand) {
    acknowledged_ = id;
  } else {
    add(NetworkReport{std::move(report)});
  }
}

void ProcessCluster::take_end(Node& node, const ProcessExit& exit) {
  const std::string name = node::node_name(node.id);
  const std::string last_line = node.process->last_output_line();
  node.process.reset();
  // Told once its end has been: the run's evidence has that, too.
  if (is_environment_failure(exit.exit_code) && failure_.empty()) {
    failure_ = fmt::format("{} ({}): {}", name, text_of(exit),
                           last_line.empty() ? why_silent() : last_line);
  }
  if (!node.kill_asked) {
    tell_proxy(proxy::Change{proxy::NodeDown{static_cast<proxy::Address>(node.id.value)}});
  }
  take_messages();  // what it said last, as far as it has come
  add(NodeExited{.node = node.id,
                 .incarnation = node.incarnation,
                 .expected = (node.kill_asked && exit.signal == SIGKILL) ||
                             (node.stop_asked && exit.exit_code == 0),
                 .exit_code = exit.exit_code,
                 .signal = exit.signal,
                 .reason = last_line});
}

// A full disk takes the program's last words, too.
std::string ProcessCluster::why_silent() const {
  std::error_code error;
  const auto space = std::filesystem::space(folder_.root, error);
  const bool full = !error && space.available < (std::uintmax_t{1} << 20);
  return fmt::format("{}: {}", folder_.root.string(),
                     full ? "no space left on device" : "it did not say why");
}

void ProcessCluster::take_proxy_end(const ProcessExit& exit) {
  const std::string last_line = proxy_->last_output_line();
  proxy_.reset();
  if (proxy_stopping_ && exit.exit_code == 0) return;
  throw HarnessError(fmt::format("squall-proxy ({}): {}", text_of(exit),
                                 last_line.empty() ? why_silent() : last_line));
}

void ProcessCluster::shut_down() {
  stop_nodes();
  if (proxy_) stop_proxy();
}

void ProcessCluster::stop_nodes() {
  for (Node& node : nodes_) {
    if (!node.process) continue;
    node.process->resume();
    if (node.heard == node.incarnation) {
      send(node.id, node::Stop{});
    } else {
      kill(node.id);  // it was starting, and takes no messages yet
    }
  }
  const auto all_ended = [&] {
    return std::none_of(nodes_.begin(), nodes_.end(),
                        [](const Node& n) { return n.process.has_value(); });
  };
  const Time deadline = now() + kStopPatience;
  while (!all_ended() && now() < deadline)
    turn(deadline);
  for (Node& node : nodes_) {
    if (!node.process) continue;
    log_.write(now(), wall(), "did_not_stop", node::node_name(node.id), "killed", 0);
    node.process->kill();
    take_end(node, node.process->wait());
  }
}

void ProcessCluster::stop_proxy() {
  proxy_stopping_ = true;
  tell_proxy(proxy::Stop{});
  await("squall-proxy did not stop", [&] { return !proxy_; });
}

std::uint64_t ProcessCluster::tell_proxy(decltype(proxy::Command::request) request) {
  const std::uint64_t id = kFirstOwnCommand + own_commands_++;
  command({id, std::move(request)});
  return id;
}

template <class Condition>
void ProcessCluster::await(const char* what, Condition condition) {
  const Time deadline = now() + kPatience;
  while (!condition()) {
    turn(deadline);
    if (!failure_.empty()) throw HarnessError(failure_);
    if (now() >= deadline && !condition()) {
      throw HarnessError(fmt::format("{} within {} s", what, kPatience / std::chrono::seconds(1)));
    }
  }
}

void ProcessCluster::reject(std::string_view peer, std::string_view what, std::size_t bytes) {
  // Said for the 1st, 2nd, 4th, 8th, ... time: enough to see that something goes wrong.
  if (std::has_single_bit(++malformed_)) {
    log_.write(now(), wall(), "malformed", peer, what, bytes);
  }
}

}  // namespace cluster
