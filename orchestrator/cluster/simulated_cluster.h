// SPDX-License-Identifier: Apache-2.0
// A cluster in one process, in virtual time, from one seed: the same Server, log format and network
// rules as on processes, with latencies in place of sockets and disks. The same scenario gives the
// same evidence, to the byte, whether messages travel as values or through the wire format.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "node/machine.h"
#include "node/server.h"
#include "orchestrator/cluster/buffered_log.h"
#include "orchestrator/cluster/cluster.h"
#include "orchestrator/cluster/cluster_log.h"
#include "orchestrator/cluster/interrupts.h"
#include "orchestrator/cluster/simulated_disk.h"
#include "orchestrator/scenario/scenario.h"
#include "proxy/delay_queue.h"
#include "proxy/network.h"
#include "raft/random.h"

namespace cluster {

// Drawn uniformly.
struct LatencyRange {
  raft::Duration low;
  raft::Duration high;
};

enum class Messages : std::uint8_t {
  values,
  encoded,  // encoded and decoded on their way (wire_trip.h)
};

class SimulatedCluster final : public Cluster {
 public:
  SimulatedCluster(const scenario::Scenario& scenario, const RunFolder& folder,
                   Messages messages = Messages::values);

  Time now() const override { return now_; }
  Time wall() const override;
  void start(NodeId node, std::uint32_t incarnation) override;
  void kill(NodeId node) override;
  void pause(NodeId node) override;
  void resume(NodeId node) override;
  void send(NodeId node, const node::ToNode& message) override;
  void command(const proxy::Command& command) override;
  Event next(Time deadline) override;
  Time happened() const override { return happened_; }
  void flush() override;
  void shut_down() override;

 private:
  // Whence things come for a node, in the order in which a turn of its loop (node/loop.cpp) looks.
  enum class Source : std::uint8_t { disk, network, control, timer };
  static constexpr Source kSources[] = {Source::disk, Source::network, Source::control,
                                        Source::timer};
  struct Inbox {
    std::optional<raft::WriteId> written;  // the newest of them tells of those before
    std::deque<node::PeerMessage> network;
    std::deque<node::ToNode> control;
  };

  struct Node {
    Node(NodeId self, const std::filesystem::path& log_path) : id(self), log(log_path) {}
    NodeId id;
    BufferedLog log;
    SimulatedDisk disk;
    std::uint32_t incarnation = 0;
    bool up = false;                     // from start() to its end
    std::optional<node::Server> server;  // once it has booted
    bool stop_asked = false;
    bool paused = false;
    bool boots_late = false;  // it was to boot while it was paused
    node::Machine machine;
    Inbox inbox;                         // what it has not handled yet
    bool working = false;                // its next Turn is in the queue
    Source source = Source::timer;       // where that takes from, or the last did, of a slow node
    std::optional<Time> wake_at;         // as the server asked last, on the machine's clock
    std::optional<Time> wake_scheduled;  // for when the next Wake is in the queue
    Time to_node{};                      // when what was sent last gets there; connections keep
    Time from_node{};                    // the order of what they carry
  };

  // What will happen, each at its time.
  struct Boot {
    NodeId node;
    std::uint32_t incarnation = 0;
  };
  struct Wake {
    NodeId node;
    std::uint32_t incarnation = 0;
  };
  struct Turn {  // of a node's loop, which takes what waits
    NodeId node;
    std::uint32_t incarnation = 0;
  };
  struct SyncDone {
    NodeId node;
    std::uint32_t incarnation = 0;
  };
  struct Control {  // from the orchestrator
    NodeId node;
    std::uint32_t incarnation = 0;
    node::ToNode message;
  };
  struct Held {  // by a network fault
    proxy::Flight flight;
    raft::Message message;
    std::uint64_t bytes = 0;
  };
  struct Arrival {  // of a message that the network handed over
    NodeId node;
    std::uint32_t incarnation = 0;
    node::PeerMessage message;
  };
  // An Event is news that gets to the orchestrator.
  using Happening = std::variant<Boot, Wake, Turn, SyncDone, Control, Held, Arrival, Event>;

  // Lets the next thing happen, if that is by `deadline`.
  bool advance(Time deadline);
  void happen(const Boot& boot);
  void happen(const Wake& wake);
  void happen(const Turn& turn);
  void happen(const SyncDone& done);
  void happen(Control& control);
  void happen(Held& held);
  void happen(Arrival& arrival);
  void happen(Event& event);

  // Whether it handles at once what comes.
  bool is_free(const Node& node) const;
  bool has(const Node& node, Source source) const;
  // Begins the next turn of the node's loop, if something waits for one.
  void work(Node& node);
  void handle(Node& node, Source source, int burst);
  void handle_control(Node& node, int burst);
  void handle_control(Node& node, node::ToNode message);
  void begin_sync(Node& node);
  void step(Node& node, node::Input&& input);
  node::Instant clock_of(const Node& node) const;
  void perform(Node& node, node::Output& output);
  void transmit(node::Send& send, std::uint64_t bytes);
  void hand_over(const proxy::Flight& flight, raft::Message&& message);
  void schedule_wake(Node& node);
  struct End {
    bool asked = false;
    int exit_code = -1;  // -1: by a signal
    int signal = 0;
    std::string reason{};
  };
  void end(Node& node, End how);
  // Runs a part of the node's own work. An exception ends that node, as it would end squall-node,
  // and nobody else; false then.
  template <class Part>
  bool carried_out(Node& node, Part part);
  void tell(Node& node, raft::Duration after, Event&& event);
  void change_network(const proxy::Change& change);
  void flush_network_log();

  // Takes what will happen straight to its place in the queue.
  template <class What>
  void schedule(Time at, What&& what) {
    queue_.push(at, 0, std::forward<What>(what));
  }
  raft::Duration draw(LatencyRange range);
  raft::Duration disk_latency(const DiskWork& work);
  Node& node_at(NodeId node) { return nodes_[node.value - 1]; }
  // The node, where this incarnation of it is there to take something.
  Node* served(NodeId node, std::uint32_t incarnation);
  // When what was handed over last on this link arrives.
  Time& last_arrival(const proxy::Envelope& envelope);

  const scenario::Scenario scenario_;
  const Messages messages_;
  Interrupts interrupts_;
  unsigned turns_ = 0;  // since the last look for a signal
  raft::Random random_;
  Time now_{};
  proxy::DelayQueue<Happening> queue_;
  std::deque<Node> nodes_;
  proxy::NetworkLog network_log_;
  proxy::Network network_;
  const RunFolder folder_;
  BufferedLog network_file_;
  std::size_t held_ = 0;  // messages, by network faults
  std::uint64_t held_bytes_ = 0;
  std::vector<Time> last_arrivals_;            // by link
  std::deque<std::pair<Time, Event>> events_;  // that happened, and when, and were not taken yet
  Time happened_{};                            // the one that was taken last
  ClusterLog log_;
  std::string failure_;  // of the environment, as a node's end told; empty while there is none
};

}  // namespace cluster
