// SPDX-License-Identifier: Apache-2.0
// The lines of faults.jsonl, history.jsonl and network.jsonl.
#include <algorithm>
#include <iterator>
#include <string_view>
#include <unordered_map>

#include <fmt/format.h>

#include "orchestrator/verify/decode.h"
#include "orchestrator/verify/fields.h"

namespace verify {
namespace {

RunStarted run_started(Fields& f) {
  RunStarted e{
      f.text("scenario"), f.number("seed"), f.text("cluster"), f.small("nodes"), {}, {}, {}};
  if (f.has("run_again")) e.run_again = f.text("run_again");
  if (f.has("commit")) e.commit = f.text("commit");
  if (f.has("checks")) e.checks = f.texts("checks");
  if (f.has("kind")) e.kind = f.text("kind");
  return e;
}

template <class Event>
Event node_and_incarnation(Fields& f) {
  return {f.node("node"), f.small("inc")};
}

NodeExited node_exited(Fields& f) {
  NodeExited e;
  e.node = f.node("node");
  e.incarnation = f.small("inc");
  e.expected = f.flag("expected");
  if (f.has("exit_code")) e.exit_code = static_cast<int>(f.integer("exit_code"));
  if (f.has("signal")) e.signal = static_cast<int>(f.integer("signal"));
  if (f.has("reason")) e.reason = f.text("reason");
  return e;
}

FaultStarted fault_started(Fields& f) {
  FaultStarted e{f.text("id"), f.text("fault"), {}, false, {}};
  if (f.has("targets")) e.targets = f.texts("targets");
  if (f.has("may_not_match")) e.may_not_match = f.flag("may_not_match");
  if (!f.has("links")) return e;
  for (JsonValue v = f.array("links").first(); v; v = v.next()) {
    const JsonValue from = v.first();
    e.links.emplace_back(f.node_of(from, "a link's source"), f.node_of(from.next(), "its end"));
  }
  return e;
}

Expectation expectation(Fields& f) {
  Expectation e{f.text("text"), f.flag("met"), f.text("observed"), false};
  const std::string about = f.text("about");
  e.about_time = about == "time";
  if (!e.about_time && about != "safety") f.note("about is neither time nor safety");
  return e;
}

StepFired step_fired(Fields& f) {
  return {f.number("number"), f.text("text")};
}

FaultEnded fault_ended(Fields& f) {
  return {f.text("id")};
}

TargetResolved target_resolved(Fields& f) {
  return {f.text("word"), f.texts("nodes")};
}

Probe probe(Fields& f) {
  return {f.index("log_index")};
}

Stalled stalled(Fields& f) {
  return {f.integer("late_us")};
}

Finishing finishing(Fields& f) {
  return {f.flag("converge")};
}

Converged converged(Fields& f) {
  return {f.index("log_index"), f.digest("digest")};
}

NotConverged not_converged(Fields& f) {
  return {f.text("observed")};
}

RunEnded run_ended(Fields& f) {
  RunEnded e{f.text("reason"), f.number("history_lines")};
  constexpr std::string_view kReasons[] = {"completed", "expectation_failed", "node_exited",
                                           "violation", "time_limit",         "interrupted"};
  if (std::find(std::begin(kReasons), std::end(kReasons), e.reason) == std::end(kReasons)) {
    f.note(fmt::format("a run does not end as '{}'", e.reason));
  }
  return e;
}

template <auto read>
void take(Fields& f, FaultEvent& event) {
  event.what = read(f);
}

using TakeFault = void (*)(Fields&, FaultEvent&);

const std::unordered_map<std::string_view, TakeFault>& fault_events() {
  static const std::unordered_map<std::string_view, TakeFault> all = {
      {"run_started", take<run_started>},
      {"node_started", take<node_and_incarnation<NodeStarted>>},
      {"node_ready", take<node_and_incarnation<NodeReady>>},
      {"node_killed", take<node_and_incarnation<NodeKilled>>},
      {"node_exited", take<node_exited>},
      {"step", take<step_fired>},
      {"fault_started", take<fault_started>},
      {"fault_ended", take<fault_ended>},
      {"target_resolved", take<target_resolved>},
      {"expectation", take<expectation>},
      {"probe", take<probe>},
      {"finishing", take<finishing>},
      {"converged", take<converged>},
      {"not_converged", take<not_converged>},
      {"stalled", take<stalled>},
      {"run_ended", take<run_ended>},
  };
  return all;
}

std::optional<Operation::Phase> phase_from(std::string_view name) {
  if (name == "invoke") return Operation::Phase::invoke;
  if (name == "ok") return Operation::Phase::ok;
  if (name == "fail") return Operation::Phase::fail;
  if (name == "info") return Operation::Phase::info;
  return std::nullopt;
}

void read_question(Fields& f, Operation& event) {
  if (event.op == node::OpKind::get) return;
  event.value = f.text("value");
  if (event.op == node::OpKind::cas) event.expected = f.text("expected");
}

void read_answer(Fields& f, Operation& event) {
  if (event.op == node::OpKind::get || event.op == node::OpKind::cas) event.value = f.text("value");
  if (event.op == node::OpKind::cas) event.swapped = f.flag("swapped");
  if (f.has("log_index")) event.log_index = f.index("log_index");
  event.node = f.node("node");
}

RuleTotal rule_total(Fields& f) {
  return {f.text("rule"), f.number("matched"), f.number("affected")};
}

TypeTotal type_total(Fields& f) {
  TypeTotal e;
  e.type = f.text("type");
  e.request = f.text("kind") != "reply";
  Fields sent(f.object("sent"));
  e.messages = sent.number("messages");
  e.bytes = sent.number("bytes");
  Fields delivered(f.object("delivered"));
  e.delivered = delivered.number("messages");
  f.note(sent.problem());
  f.note(delivered.problem());
  return e;
}

NetworkTotal network_total(Fields& f) {
  const auto messages_of = [&f](JsonValue count) {
    return f.number_of(count.field("messages"), "messages");
  };
  Fields sent(f.object("sent"));
  NetworkTotal e{sent.number("messages"), sent.number("bytes"), f.flag("balanced")};
  f.note(sent.problem());
  std::uint64_t became = messages_of(f.object("delivered")) + messages_of(f.object("in_flight"));
  for (JsonValue reason = f.object("dropped").first(); reason; reason = reason.next())
    became += messages_of(reason);
  e.balanced = e.balanced && became == e.messages;
  return e;
}

}  // namespace

std::vector<std::string_view> names_of_fault_events() {
  std::vector<std::string_view> names;
  for (const auto& [name, take_event] : fault_events())
    names.push_back(name);
  return names;
}

std::string decode(const JsonRecord& line, FaultEvent& event) {
  Fields f(line.root());
  event.at = f.time("mono_us");
  event.name = f.text("event");
  const auto take_event = fault_events().find(event.name);
  if (take_event == fault_events().end()) return fmt::format("no such event: '{}'", event.name);
  take_event->second(f, event);
  return f.problem();
}

std::string decode(const JsonRecord& line, Operation& event) {
  Fields f(line.root());
  const Where where = event.where;
  event = {};
  event.where = where;
  event.at = f.time("mono_us");
  const std::string name = f.text("event");
  const auto phase = phase_from(name);
  if (!phase) return fmt::format("no such event: '{}'", name);
  event.phase = *phase;
  event.client = f.text("client");
  event.request = f.number("request");
  const auto op = node::op_kind_from(f.text("op"));
  if (!op) return "no such op";
  event.op = *op;
  event.key = f.text("key");
  if (event.phase == Operation::Phase::invoke) read_question(f, event);
  if (event.phase == Operation::Phase::ok) read_answer(f, event);
  if (f.has("since")) event.since = f.index("since");
  return f.problem();
}

// Lines of single messages and links are the reader's of the network's story, and no check's.
std::string decode(const JsonRecord& line, NetworkEvent& event) {
  Fields f(line.root());
  event.at = f.time("mono_us");
  event.name = f.text("event");
  if (event.name == "rule_added") {
    event.what = RuleAdded{f.text("rule")};
  } else if (event.name == "rule_total") {
    event.what = rule_total(f);
  } else if (event.name == "type_total") {
    event.what = type_total(f);
  } else if (event.name == "network_total") {
    event.what = network_total(f);
  } else if (event.name == "stalled") {
    event.what = stalled(f);
  } else {
    constexpr std::string_view kOthers[] = {"capped",       "delayed",    "dropped",   "forwarded",
                                            "healed",       "link_total", "node_down", "node_up",
                                            "rule_removed", "type_total"};
    if (std::find(std::begin(kOthers), std::end(kOthers), event.name) == std::end(kOthers)) {
      return fmt::format("no such event: '{}'", event.name);
    }
    event.what = OtherNetworkEvent{};
  }
  return f.problem();
}

}  // namespace verify
