// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/scenario/interpreter_lines.h"

#include <fmt/format.h>

#include "proxy/wire/json.h"

namespace scenario {
namespace {

using proxy::JsonLine;

void add_nodes(JsonLine& line, std::string_view name, const std::vector<raft::NodeId>& nodes) {
  line.begin_array(name);
  for (raft::NodeId node : nodes)
    line.element(node::node_name(node));
  line.end_array();
}

void add_addresses(JsonLine& line, std::string_view name,
                   const std::vector<proxy::Address>& addresses) {
  if (addresses.empty()) return;
  line.begin_array(name);
  for (proxy::Address address : addresses)
    line.element(proxy::node_name(address));
  line.end_array();
}

void add_fault(JsonLine& line, const proxy::Loss& loss) {
  line.field("percent", loss.percent);
}

void add_fault(JsonLine& line, const proxy::Delay& delay) {
  line.field("latency_us", delay.latency.count())
      .field("jitter_us", delay.jitter.count())
      .field("distribution", proxy::distribution_name(delay.distribution));
}

void add_fault(JsonLine& line, const proxy::Partition& partition) {
  line.begin_array("links");
  for (const proxy::Link& link : partition.cut) {
    line.begin_array()
        .element(proxy::node_name(link.src))
        .element(proxy::node_name(link.dst))
        .end_array();
  }
  line.end_array();
}

void add_rule(JsonLine& line, const proxy::Rule& rule) {
  add_addresses(line, "src", rule.match.src);
  add_addresses(line, "dst", rule.match.dst);
  if (!rule.match.messages.empty()) {
    line.begin_array("messages");
    for (proxy::MessageType type : rule.match.messages)
      line.element(proxy::message_type_name(type));
    line.end_array();
  }
  std::visit([&](const auto& fault) { add_fault(line, fault); }, rule.fault);
}

void add_machine(JsonLine&, const Paused&) {}

void add_machine(JsonLine& line, const node::SetClock& clock) {
  line.field("rate_ppm", clock.rate_ppm).field("jump_us", clock.jump.count());
}

void add_machine(JsonLine& line, const node::SlowDown& slow) {
  line.field("per_event_us", slow.per_event.count());
}

const char* event_of(const RunStarted&) {
  return "run_started";
}
void add(JsonLine& line, const RunStarted& h) {
  line.field("scenario", h.scenario)
      .field("seed", h.seed)
      .field("cluster", h.cluster)
      .field("nodes", h.nodes)
      .field("kind", h.kind)
      .field("run_again", h.run_again)
      .field("commit", h.commit);
  if (h.checks.empty()) return;
  line.begin_array("checks");
  for (const std::string& check : h.checks)
    line.element(check);
  line.end_array();
}

const char* event_of(const NodeStarted&) {
  return "node_started";
}
void add(JsonLine& line, const NodeStarted& h) {
  line.field("node", node::node_name(h.node)).field("inc", h.incarnation);
}

const char* event_of(const NodeReady&) {
  return "node_ready";
}
void add(JsonLine& line, const NodeReady& h) {
  line.field("node", node::node_name(h.node)).field("inc", h.incarnation).field("pid", h.pid);
}

const char* event_of(const NodeKilled&) {
  return "node_killed";
}
void add(JsonLine& line, const NodeKilled& h) {
  line.field("node", node::node_name(h.node)).field("inc", h.incarnation);
}

const char* event_of(const NodeEnded&) {
  return "node_exited";
}
void add(JsonLine& line, const NodeEnded& h) {
  line.field("node", node::node_name(h.node))
      .field("inc", h.incarnation)
      .field("expected", h.expected)
      .field("exit_code", h.exit_code)
      .field("signal", h.signal)
      .field("reason", h.reason);
}

const char* event_of(const StepFired&) {
  return "step";
}
void add(JsonLine& line, const StepFired& h) {
  line.field("number", h.number).field("text", h.text);
}

const char* event_of(const TargetResolved&) {
  return "target_resolved";
}
void add(JsonLine& line, const TargetResolved& h) {
  line.field("number", h.number).field("word", h.word);
  add_nodes(line, "nodes", h.nodes);
}

const char* event_of(const FaultStarted&) {
  return "fault_started";
}
void add(JsonLine& line, const FaultStarted& h) {
  line.field("id", h.id).field("fault", h.fault);
  add_nodes(line, "targets", h.targets);
  if (h.rule) {
    line.field("may_not_match", h.may_not_match);
    add_rule(line, *h.rule);
  }
  if (h.machine) std::visit([&](const auto& fault) { add_machine(line, fault); }, *h.machine);
}

const char* event_of(const FaultEnded&) {
  return "fault_ended";
}
void add(JsonLine& line, const FaultEnded& h) {
  line.field("id", h.id);
}

const char* event_of(const Expectation&) {
  return "expectation";
}
void add(JsonLine& line, const Expectation& h) {
  line.field("number", h.number)
      .field("text", h.text)
      .field("met", h.met)
      .field("observed", h.observed)
      .field("about", h.about == Expectation::About::safety ? "safety" : "time");
}

const char* event_of(const Finishing&) {
  return "finishing";
}
void add(JsonLine& line, const Finishing& h) {
  line.field("converge", h.converge);
}

const char* event_of(const ProbeCommitted&) {
  return "probe";
}
void add(JsonLine& line, const ProbeCommitted& h) {
  line.field("log_index", h.log_index.value);
}

const char* event_of(const Converged&) {
  return "converged";
}
void add(JsonLine& line, const Converged& h) {
  line.field("log_index", h.log_index.value).field("digest", fmt::format("{:016x}", h.digest));
}

const char* event_of(const NotConverged&) {
  return "not_converged";
}
void add(JsonLine& line, const NotConverged& h) {
  line.field("observed", h.observed);
}

const char* event_of(const Stalled&) {
  return "stalled";
}
void add(JsonLine& line, const Stalled& h) {
  line.field("late_us", h.late.count());
}

const char* event_of(const RunEnded&) {
  return "run_ended";
}
void add(JsonLine& line, const RunEnded& h) {
  line.field("reason", name_of(h.reason)).field("history_lines", h.history_lines);
}

const char* event_of(const LeaderSeen&) {
  return nullptr;
}
void add(JsonLine&, const LeaderSeen&) {}

}  // namespace

const char* name_of(RunEnded::Reason reason) {
  switch (reason) {
    case RunEnded::Reason::completed:
      return "completed";
    case RunEnded::Reason::expectation_failed:
      return "expectation_failed";
    case RunEnded::Reason::node_exited:
      return "node_exited";
    case RunEnded::Reason::violation:
      return "violation";
    case RunEnded::Reason::time_limit:
      return "time_limit";
    case RunEnded::Reason::interrupted:
      return "interrupted";
  }
  return "";
}

void append_line(std::string& out, const Happening& happening, raft::Time at,
                 raft::Duration wall_offset) {
  const char* event = std::visit([](const auto& h) { return event_of(h); }, happening);
  if (!event) return;
  JsonLine line(out);
  line.utc("time", at + wall_offset).field("mono_us", at.count()).field("event", event);
  std::visit([&](const auto& h) { add(line, h); }, happening);
  line.end_line();
}

}  // namespace scenario
