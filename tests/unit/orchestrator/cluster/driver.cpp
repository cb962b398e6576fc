// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/orchestrator/cluster/driver.h"

#include <algorithm>
#include <csignal>
#include <stdexcept>

#include <gmock/gmock.h>

namespace cluster {
namespace {

constexpr auto kPatience = std::chrono::seconds(30);              // for something to happen at all
constexpr auto kRequestTimeout = std::chrono::milliseconds(300);  // then another node is asked
constexpr auto kRetryPause = std::chrono::milliseconds(20);       // while nobody leads

}  // namespace

scenario::Scenario plain_scenario(unsigned nodes, std::uint64_t seed) {
  scenario::Scenario scenario;
  scenario.name = "plain";
  scenario.seed = seed;
  scenario.cluster.nodes = nodes;
  return scenario;
}

void Driver::until(const char* what, const std::function<bool()>& done) {
  const Time deadline = cluster_.now() + kPatience;
  while (!done()) {
    const Event event = cluster_.next(deadline);
    if (std::holds_alternative<DeadlineReached>(event)) {
      throw std::runtime_error(std::string("waited in vain: ") + what);
    }
    take(event);
  }
}

void Driver::take(const Event& event) {
  if (const auto* message = std::get_if<NodeMessage>(&event)) return take(*message);
  if (const auto* exited = std::get_if<NodeExited>(&event)) {
    exits_.push_back(*exited);
    View& view = views_[exited->node];
    if (view.incarnation == exited->incarnation) view.up = view.ready = false;
  } else if (const auto* report = std::get_if<NetworkReport>(&event)) {
    std::visit(
        [&](const auto& r) {
          if constexpr (std::is_same_v<decltype(r), const proxy::Refused&>) {
            reports_[r.id.value_or(0)] = r;
          } else if constexpr (!std::is_same_v<decltype(r), const proxy::Ready&>) {
            reports_[r.id] = r;
          }
        },
        report->report);
  } else if (const auto* interrupted = std::get_if<Interrupted>(&event)) {
    interrupted_ = interrupted->signal;
  }
}

void Driver::take(const NodeMessage& message) {
  View& view = views_[message.node];
  if (message.incarnation != view.incarnation) return;
  if (const auto* ready = std::get_if<node::Ready>(&message.message)) {
    view.ready = true;
    view.pid = ready->pid;
  }
  if (const auto* status = std::get_if<node::Status>(&message.message)) {
    EXPECT_EQ(status->node, message.node);
    EXPECT_EQ(status->incarnation, message.incarnation);
    view.status = *status;
  }
  if (const auto* reply = std::get_if<node::ClientReply>(&message.message)) reply_ = *reply;
}

void Driver::start(NodeId node) {
  View& view = views_[node];
  view = {.up = true, .ready = false, .incarnation = view.incarnation + 1, .pid = 0, .status = {}};
  cluster_.start(node, view.incarnation);
  until("ready", [&] { return view.ready; });
  cluster_.send(node, node::Go{});
}

void Driver::start_all() {
  for (const NodeId node : all())
    start(node);
}

void Driver::kill(NodeId node) {
  const std::size_t before = exits_.size();
  cluster_.kill(node);
  until("exited", [&] { return exits_.size() > before; });
}

NodeId Driver::leader() {
  NodeId leader;
  until("leader", [&] {
    for (const auto& one : views_) {
      const NodeId node = one.first;
      const View& view = one.second;
      if (!view.up || view.status.role != raft::Role::leader) continue;
      const auto followers = std::count_if(views_.begin(), views_.end(), [&](const auto& other) {
        return other.second.up && other.second.status.leader == node &&
               other.second.status.term == view.status.term;
      });
      if (2 * static_cast<unsigned>(followers) > nodes_) leader = node;
    }
    return leader != NodeId{};
  });
  return leader;
}

node::OpResult Driver::call(const node::Operation& operation) {
  const node::ClientRequest request{"driver", ++request_, operation};
  NodeId target = leader();
  for (const Time deadline = cluster_.now() + kPatience; cluster_.now() < deadline;) {
    reply_.reset();
    cluster_.send(target, request);
    const Time patience = cluster_.now() + kRequestTimeout;
    while (!reply_ || reply_->request != request_) {
      const Event event = cluster_.next(patience);
      if (std::holds_alternative<DeadlineReached>(event)) break;
      take(event);
    }
    if (reply_ && reply_->request == request_) {
      if (const auto* result = std::get_if<node::OpResult>(&reply_->outcome)) return *result;
      target = reply_->leader;
    }
    if (target == NodeId{} || !views_[target].up) {
      const Time pause = cluster_.now() + kRetryPause;
      for (Event event; !std::holds_alternative<DeadlineReached>(event);
           event = cluster_.next(pause)) {
        take(event);
      }
      target = leader();
    }
  }
  throw std::runtime_error("no answer to a request");
}

proxy::Report Driver::command(std::variant<proxy::Change, proxy::AskTotals, proxy::Stop> request) {
  const std::uint64_t id = ++command_;
  cluster_.command({id, std::move(request)});
  until("report", [&] { return reports_.count(id) != 0; });
  return reports_[id];
}

void Driver::converge() {
  until("convergence", [&] {
    const node::Status& first = views_[NodeId{1}].status;
    return first.applied_index != raft::Index{} &&
           std::all_of(views_.begin(), views_.end(), [&](const auto& one) {
             return one.second.ready && one.second.status.applied_index == first.applied_index &&
                    one.second.status.digest == first.digest;
           });
  });
}

std::vector<NodeId> Driver::all() const {
  std::vector<NodeId> nodes;
  for (NodeId node{1}; node.value <= nodes_; ++node)
    nodes.push_back(node);
  return nodes;
}

void kills_what_does_not_stop(Cluster& cluster) {
  Driver driver(cluster, 3);
  driver.start_all();
  driver.call({node::OpKind::append, "k", "x", ""});
  cluster.send(NodeId{3}, node::SlowDown{node::kMaxPerEvent});
  cluster.send(NodeId{3}, node::StatusRequest{});  // is at work on it when it is asked to stop
  const Time began = cluster.now();
  cluster.shut_down();
  EXPECT_LT(cluster.now() - began, kStopPatience + std::chrono::seconds(5));
  std::map<NodeId, Time> ends;
  while (true) {
    const Event event = cluster.next(cluster.now());
    if (std::holds_alternative<DeadlineReached>(event)) break;
    const auto* exited = std::get_if<NodeExited>(&event);
    if (exited == nullptr) continue;
    ends[exited->node] = cluster.happened() - began;
    EXPECT_EQ(exited->expected, exited->node != NodeId{3});
    EXPECT_EQ(exited->signal, exited->node == NodeId{3} ? SIGKILL : 0);
  }
  EXPECT_EQ(ends.size(), 3u);
  EXPECT_LT(ends[NodeId{1}], std::chrono::seconds(5));
  EXPECT_GE(ends[NodeId{3}], kStopPatience);
}

void elects_commits_and_recovers(Cluster& cluster, unsigned nodes) {
  Driver driver(cluster, nodes);
  const auto append = [&](const std::string& text) {
    driver.call({node::OpKind::append, "k", text, ""});
  };
  driver.start_all();
  append("a");

  const NodeId first = driver.leader();
  driver.kill(first);
  EXPECT_TRUE(driver.exits().back().expected);
  EXPECT_EQ(driver.exits().back().node, first);
  EXPECT_EQ(driver.exits().back().signal, SIGKILL);
  append("b");
  EXPECT_NE(driver.leader(), first);

  driver.start(first);
  append("c");
  driver.converge();

  for (const NodeId node : driver.all())
    driver.kill(node);
  driver.start_all();
  append("d");
  EXPECT_EQ(driver.call({node::OpKind::get, "k", "", ""}).value, "abcd");
  driver.converge();

  cluster.shut_down();
  for (Event event = cluster.next(cluster.now()); !std::holds_alternative<DeadlineReached>(event);
       event = cluster.next(cluster.now())) {
    const auto* exited = std::get_if<NodeExited>(&event);
    if (exited == nullptr) continue;
    EXPECT_TRUE(exited->expected);
    EXPECT_EQ(exited->exit_code, 0);
  }
}

}  // namespace cluster
