// SPDX-License-Identifier: Apache-2.0
#include "tests/benchmark/squall.h"

#include <algorithm>
#include <map>
#include <stdexcept>

#include <fmt/format.h>

#include "orchestrator/cluster/process_cluster.h"
#include "orchestrator/workload/history.h"
#include "orchestrator/workload/workload.h"
#include "proxy/edge/descriptor.h"

namespace benchmark {
namespace {

constexpr Duration kPatience = std::chrono::seconds(30);
constexpr std::uint64_t kSeed = 1;

scenario::Scenario scenario_of(const Load& load) {
  scenario::Scenario scenario;
  scenario.name = "benchmark";
  scenario.seed = kSeed;
  scenario.cluster.nodes = kNodes;
  scenario.workload = scenario::WorkloadSpec{};
  scenario.workload->clients = load.clients;
  scenario.workload->rate = 0;
  scenario.workload->keys = kKeys;
  scenario.workload->mix = {.read = 0, .put = 1, .append = 0, .cas = 0};
  scenario.workload->value_bytes = kValueBytes;
  return scenario;
}

// Drives a cluster as the orchestrator's run does, without steps and checks.
class Run {
 public:
  Run(cluster::Cluster& cluster, const scenario::Scenario& scenario,
      const cluster::RunFolder& folder)
      : cluster_(cluster),
        workload_(*scenario.workload, kNodes, kSeed),
        history_(folder.root / "history.jsonl"),
        wall_offset_(cluster.wall() - cluster.now()) {}

  void start();
  Sample apply(const Load& load);

 private:
  void on(const cluster::Event& event, Time now);
  void on(raft::NodeId node, const node::FromNode& message, Time now);
  void next(Time deadline);
  void perform(workload::Output output);

  cluster::Cluster& cluster_;
  workload::Workload workload_;
  proxy::AppendFile history_;
  Duration wall_offset_;
  std::string lines_;
  unsigned ready_ = 0;
  raft::Term term_;
  bool led_ = false;  // in term_
  std::map<std::string, Time> begun_;
  Meter* meter_ = nullptr;
};

void Run::start() {
  const Time deadline = cluster_.now() + kPatience;
  const auto wait = [&](const auto& done) {
    while (!done()) {
      if (cluster_.now() >= deadline) throw std::runtime_error("squall: no leader within 30 s");
      next(deadline);
    }
  };
  for (unsigned i = 1; i <= kNodes; ++i)
    cluster_.start(raft::NodeId{i}, 1);
  wait([&] { return ready_ == kNodes; });
  for (unsigned i = 1; i <= kNodes; ++i)
    cluster_.send(raft::NodeId{i}, node::Go{});
  wait([&] { return led_; });
}

Sample Run::apply(const Load& load) {
  const raft::Term term = term_;
  Meter meter(load, cluster_.now());
  meter_ = &meter;
  workload_.run(cluster_.now());
  while (cluster_.now() < meter.until())
    next(meter.until());
  workload_.pause();
  while (!workload_.idle())
    next(cluster_.now() + kPatience);
  meter_ = nullptr;
  Sample sample = meter.sample();
  sample.leader_changed = term_ != term;
  return sample;
}

void Run::next(Time deadline) {
  const cluster::Event event =
      cluster_.next(std::min(deadline, workload_.wake_at().value_or(deadline)));
  on(event, cluster_.now());
}

void Run::on(const cluster::Event& event, Time now) {
  if (const auto* message = std::get_if<cluster::NodeMessage>(&event)) {
    on(message->node, message->message, now);
  } else if (const auto* exited = std::get_if<cluster::NodeExited>(&event)) {
    throw std::runtime_error("squall: " + node::node_name(exited->node) +
                             " ended: " + exited->reason);
  } else if (std::holds_alternative<cluster::Interrupted>(event)) {
    throw std::runtime_error("interrupted");
  }
  workload::Output output;
  workload_.on_wake(now, output);
  perform(std::move(output));
}

void Run::on(raft::NodeId node, const node::FromNode& message, Time now) {
  if (std::holds_alternative<node::Ready>(message)) {
    ++ready_;
  } else if (const auto* status = std::get_if<node::Status>(&message)) {
    if (status->term > term_) led_ = false;
    term_ = std::max(term_, status->term);
    led_ = led_ || (status->term == term_ && status->role == raft::Role::leader);
  } else if (const auto* reply = std::get_if<node::ClientReply>(&message)) {
    workload::Output output;
    workload_.on_reply(node, *reply, now, output);
    perform(std::move(output));
  }
}

void Run::perform(workload::Output output) {
  for (const workload::Event& event : output.history) {
    workload::append_line(lines_, event, wall_offset_);
    if (event.kind == workload::EventKind::invoke) {
      begun_[event.client] = event.at;
    } else if (event.kind != workload::EventKind::ok) {
      throw std::runtime_error(
          fmt::format("squall: a put ended as {}", workload::name_of(event.kind)));
    } else if (meter_) {
      meter_->put(begun_[event.client], event.at);
    }
  }
  if (!lines_.empty()) history_.append(lines_);
  lines_.clear();
  for (workload::Request& request : output.requests)
    cluster_.send(request.to, std::move(request.request));
}

Sample measure(const std::filesystem::path& folder, const Load& load) {
  const scenario::Scenario scenario = scenario_of(load);
  const cluster::RunFolder run_folder{folder};
  cluster::ProcessCluster cluster(scenario, run_folder);
  Run run(cluster, scenario, run_folder);
  run.start();
  Sample sample = run.apply(load);
  cluster.shut_down();
  return sample;
}

}  // namespace

System squall() {
  return {"squall", measure};
}

}  // namespace benchmark
