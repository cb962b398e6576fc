// SPDX-License-Identifier: Apache-2.0
// A cluster of real processes: a squall-node for each node, and a squall-proxy that all messages
// between them cross. However this process ends, none of them is left. For the main thread, which
// does not wait for anything but next().
#pragma once

#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include "orchestrator/cluster/child_process.h"
#include "orchestrator/cluster/cluster.h"
#include "orchestrator/cluster/cluster_log.h"
#include "orchestrator/cluster/control_socket.h"
#include "orchestrator/cluster/interrupts.h"
#include "orchestrator/cluster/node_kind.h"
#include "orchestrator/cluster/socket_folder.h"
#include "orchestrator/scenario/scenario.h"
#include "proxy/edge/descriptor.h"

namespace cluster {

class ProcessCluster final : public Cluster {
 public:
  // `binaries` is the folder of squall-node and squall-proxy.
  ProcessCluster(const scenario::Scenario& scenario, const RunFolder& folder,
                 const std::filesystem::path& binaries = beside_this_program());

  static std::filesystem::path beside_this_program();

  Time now() const override { return proxy::monotonic_now(); }
  Time wall() const override { return now() + wall_offset_; }
  void start(NodeId node, std::uint32_t incarnation) override;
  void kill(NodeId node) override;
  void pause(NodeId node) override;
  void resume(NodeId node) override;
  void send(NodeId node, const node::ToNode& message) override;
  void command(const proxy::Command& command) override;
  Event next(Time deadline) override;
  Time happened() const override { return happened_; }
  void flush() override {}  // nodes write each line at once
  void shut_down() override;

  // Where nodes, the proxy and whoever else can find it connect.
  const Endpoints& endpoints() const { return endpoints_; }
  // How many messages were dropped because they were no messages, or nobody's that is known here.
  std::uint64_t malformed() const { return malformed_; }

 private:
  struct Node {
    NodeId id;
    std::uint32_t incarnation = 0;        // of its last start
    std::uint32_t heard = 0;              // the incarnation whose messages come now
    std::optional<ChildProcess> process;  // until its end was seen
    bool kill_asked = false;
    bool stop_asked = false;
  };

  void turn(Time deadline);
  void take_messages();
  void take(const ControlSocket::Received& received);
  void take_from_node(Node& node, const ControlSocket::Received& received);
  void take_from_proxy(const ControlSocket::Received& received);
  void take_end(Node& node, const ProcessExit& exit);
  std::string why_silent() const;
  void take_proxy_end(const ProcessExit& exit);
  void stop_nodes();
  void stop_proxy();

  // Tells the proxy; the command's id.
  std::uint64_t tell_proxy(decltype(proxy::Command::request) request);
  template <class Condition>
  void await(const char* what, Condition condition);
  void add(Event event) { events_.emplace_back(now(), std::move(event)); }
  void reject(std::string_view peer, std::string_view what, std::size_t bytes);
  Node& node_at(NodeId node) { return nodes_[node.value - 1]; }

  const scenario::Scenario scenario_;
  const RunFolder folder_;
  const std::filesystem::path binaries_;
  const Time wall_offset_ = proxy::wall_offset();
  Interrupts interrupts_;  // before the threads of the socket
  SocketFolder sockets_;
  Endpoints endpoints_;
  ControlSocket control_;
  proxy::TimerDescriptor timer_;
  ClusterLog log_;
  std::uint64_t malformed_ = 0;
  std::string failure_;  // of the environment, as a node's end told; empty while there is none
  std::uint64_t own_commands_ = 0;  // sent
  std::uint64_t acknowledged_ = 0;  // the id of the last of them that is in effect
  bool proxy_ready_ = false;
  bool proxy_stopping_ = false;
  std::deque<std::pair<Time, Event>> events_;  // that happened, and when, and were not taken yet
  Time happened_{};                            // the one that was taken last
  std::optional<ChildProcess> proxy_;
  std::vector<Node> nodes_;  // ended first, before the proxy
  std::vector<pollfd> descriptors_;
};

}  // namespace cluster
