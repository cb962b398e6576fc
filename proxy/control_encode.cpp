// SPDX-License-Identifier: Apache-2.0
#include <vector>

#include "proxy/control.h"
#include "proxy/wire/json.h"

namespace proxy {
namespace {

void write_nodes(JsonLine& line, std::string_view name, const std::vector<Address>& nodes) {
  if (nodes.empty()) return;
  line.begin_array(name);
  for (const Address node : nodes)
    line.element(node_name(node));
  line.end_array();
}

void write_fault(JsonLine& line, const Loss& loss) {
  line.field("fault", "loss").field("percent", loss.percent);
}

void write_fault(JsonLine& line, const Delay& delay) {
  line.field("fault", "delay").field("latency_us", delay.latency.count());
  line.field("jitter_us", delay.jitter.count());
  line.field("distribution", distribution_name(delay.distribution));
}

void write_fault(JsonLine& line, const Partition& partition) {
  line.field("fault", "partition").begin_array("links");
  for (const Link& link : partition.cut) {
    line.begin_array().element(node_name(link.src)).element(node_name(link.dst)).end_array();
  }
  line.end_array();
}

void write_rule(JsonLine& line, const Rule& rule) {
  line.begin_object("rule").field("id", rule.id);
  std::visit([&](const auto& fault) { write_fault(line, fault); }, rule.fault);
  write_nodes(line, "src", rule.match.src);
  write_nodes(line, "dst", rule.match.dst);
  if (!rule.match.messages.empty()) {
    line.begin_array("messages");
    for (const MessageType type : rule.match.messages)
      line.element(message_type_name(type));
    line.end_array();
  }
  line.end_object();
}

struct CommandWriter {
  JsonLine& line;
  std::uint64_t id;

  JsonLine& head(std::string_view type) const { return line.field("type", type).field("id", id); }
  void operator()(const NodeUp& up) const {
    head("node_up").field("node", node_name(up.node));
    line.field("incarnation", static_cast<std::uint32_t>(up.incarnation));
  }
  void operator()(const NodeDown& down) const {
    head("node_down").field("node", node_name(down.node));
  }
  void operator()(const AddRule& add) const { write_rule(head("add_rule"), add.rule); }
  void operator()(const RemoveRule& remove) const { head("remove_rule").field("rule", remove.id); }
  void operator()(const HealAll&) const { head("heal_all"); }
  void operator()(const Change& change) const { std::visit(*this, change); }
  void operator()(const AskTotals&) const { head("totals"); }
  void operator()(const Stop&) const { head("stop"); }
};

void write_sums(JsonLine& line, const Sums& sums) {
  line.begin_array("links");
  for (const LinkSum& link : sums.links) {
    line.begin_object().field("src", node_name(link.src)).field("dst", node_name(link.dst));
    append_outcomes(line, link.outcomes);
    line.end_object();
  }
  line.end_array().begin_array("types");
  for (const TypeSum& type : sums.types) {
    line.begin_object().field("type", message_type_name(type.type));
    line.field("kind", message_kind_name(type.kind));
    append_outcomes(line, type.outcomes);
    line.end_object();
  }
  line.end_array().begin_array("rules");
  for (const RuleSum& rule : sums.rules) {
    line.begin_object().field("rule", rule.rule).field("matched", rule.matched);
    line.field("affected", rule.affected).end_object();
  }
  line.end_array().begin_object("malformed");
  line.field("messages", sums.malformed.messages).field("bytes", sums.malformed.bytes).end_object();
}

struct ReportWriter {
  JsonLine& line;

  void operator()(const Ready& ready) const {
    line.field("type", "ready").field("endpoint", ready.endpoint);
  }
  void operator()(const Done& done) const { line.field("type", "done").field("id", done.id); }
  void operator()(const Totals& totals) const {
    write_sums(line.field("type", "totals").field("id", totals.id), totals.sums);
  }
  void operator()(const Refused& refused) const {
    line.field("type", "error");
    if (refused.id) line.field("id", *refused.id);
    line.field("what", refused.what);
  }
};

}  // namespace

std::string encode(const Command& command) {
  std::string text;
  JsonLine line(text);
  std::visit(CommandWriter{line, command.id}, command.request);
  line.end_line();
  return text;
}

std::string encode(const Report& report) {
  std::string text;
  JsonLine line(text);
  std::visit(ReportWriter{line}, report);
  line.end_line();
  return text;
}

}  // namespace proxy
