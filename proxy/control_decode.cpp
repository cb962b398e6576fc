// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <limits>
#include <stdexcept>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "proxy/control.h"

namespace proxy {
namespace {

using Json = nlohmann::json;

/// What is wrong with a message. It does not leave this file.
struct Malformed : std::runtime_error {
  using std::runtime_error::runtime_error;
};

const std::string& text_of(const Json& value, std::string_view name) {
  if (!value.is_string()) throw Malformed(fmt::format("'{}' is not a text", name));
  return value.get_ref<const std::string&>();
}

/// Refuses signs, fractions and what does not fit, where a plain conversion would wrap.
template <typename Unsigned>
Unsigned unsigned_of(const Json& value, std::string_view name) {
  if (!value.is_number_unsigned()) throw Malformed(fmt::format("'{}' is not a count", name));
  const auto number = value.get<std::uint64_t>();
  if (number > std::numeric_limits<Unsigned>::max()) {
    throw Malformed(fmt::format("'{}' is out of range", name));
  }
  return static_cast<Unsigned>(number);
}

Duration duration_of(const Json& value, std::string_view name) {
  return Duration(static_cast<Duration::rep>(unsigned_of<std::uint32_t>(value, name)));
}

Address node_of(const Json& value, std::string_view name) {
  const std::string& text = text_of(value, name);
  const auto node = node_from(text);
  if (!node) throw Malformed(fmt::format("'{}' is not a node: '{}'", name, text));
  return *node;
}

/// A value of an enumeration, by its name.
template <typename From>
auto named(const Json& value, std::string_view name, From from) {
  const std::string& text = text_of(value, name);
  const auto found = from(text);
  if (!found) throw Malformed(fmt::format("'{}' can't be '{}'", name, text));
  return *found;
}

const Json& list_of(const Json& value, std::string_view name) {
  if (!value.is_array()) throw Malformed(fmt::format("'{}' is not a list", name));
  return value;
}

/// The fields of an object, each to be taken once; finish() refuses the rest.
class Fields {
 public:
  explicit Fields(const Json& object) : object_(object) {
    if (!object.is_object()) throw Malformed("not an object");
  }
  const Json* find(const char* name) {
    const auto found = object_.find(name);
    if (found == object_.end()) return nullptr;
    taken_.emplace_back(name);
    return &*found;
  }
  const Json& at(const char* name) {
    const Json* value = find(name);
    if (value == nullptr) throw Malformed(fmt::format("'{}' is missing", name));
    return *value;
  }
  void finish() const {
    for (const auto& [name, value] : object_.items()) {
      if (std::find(taken_.begin(), taken_.end(), name) == taken_.end()) {
        throw Malformed(fmt::format("unknown field '{}'", name));
      }
    }
  }

  const std::string& text(const char* name) { return text_of(at(name), name); }
  Address node(const char* name) { return node_of(at(name), name); }
  std::uint64_t count(const char* name) { return unsigned_of<std::uint64_t>(at(name), name); }

 private:
  const Json& object_;
  std::vector<std::string_view> taken_;
};

std::vector<Address> read_nodes(Fields& fields, const char* name) {
  std::vector<Address> nodes;
  const Json* list = fields.find(name);
  if (list == nullptr) return nodes;
  for (const Json& node : list_of(*list, name))
    nodes.push_back(node_of(node, name));
  return nodes;
}

Match read_match(Fields& fields) {
  Match match{.src = read_nodes(fields, "src"), .dst = read_nodes(fields, "dst"), .messages = {}};
  if (const Json* list = fields.find("messages")) {
    for (const Json& type : list_of(*list, "messages")) {
      match.messages.push_back(named(type, "messages", message_type_from));
    }
  }
  return match;
}

Loss read_loss(Fields& fields) {
  const Json& percent = fields.at("percent");
  if (!percent.is_number()) throw Malformed("'percent' is not a number");
  return {.percent = percent.get<double>()};
}

Delay read_delay(Fields& fields) {
  Delay delay{.latency = duration_of(fields.at("latency_us"), "latency_us")};
  if (const Json* jitter = fields.find("jitter_us"))
    delay.jitter = duration_of(*jitter, "jitter_us");
  if (const Json* name = fields.find("distribution")) {
    delay.distribution = named(*name, "distribution", distribution_from);
  }
  return delay;
}

Partition read_partition(Fields& fields) {
  Partition partition;
  for (const Json& pair : list_of(fields.at("links"), "links")) {
    if (list_of(pair, "links").size() != 2) throw Malformed("'links' has other than pairs");
    partition.cut.push_back({node_of(pair[0], "links"), node_of(pair[1], "links")});
  }
  return partition;
}

Fault read_fault(Fields& fields) {
  const std::string& name = fields.text("fault");
  if (name == "loss") return read_loss(fields);
  if (name == "delay") return read_delay(fields);
  if (name == "partition") return read_partition(fields);
  throw Malformed(fmt::format("no fault '{}'", name));
}

Rule read_rule(const Json& json) {
  Fields fields(json);
  Rule rule{.id = fields.text("id"), .match = read_match(fields), .fault = read_fault(fields)};
  fields.finish();
  return rule;
}

std::variant<Change, AskTotals, Stop> read_request(Fields& fields) {
  const std::string& type = fields.text("type");
  if (type == "node_up") {
    const auto incarnation = unsigned_of<std::uint32_t>(fields.at("incarnation"), "incarnation");
    return NodeUp{fields.node("node"), Incarnation{incarnation}};
  }
  if (type == "node_down") return NodeDown{fields.node("node")};
  if (type == "add_rule") return AddRule{read_rule(fields.at("rule"))};
  if (type == "remove_rule") return RemoveRule{fields.text("rule")};
  if (type == "heal_all") return HealAll{};
  if (type == "totals") return AskTotals{};
  if (type == "stop") return Stop{};
  throw Malformed(fmt::format("no command '{}'", type));
}

Count read_count(const Json& json) {
  Fields fields(json);
  const Count count{fields.count("messages"), fields.count("bytes")};
  fields.finish();
  return count;
}

Outcomes read_outcomes(Fields& fields) {
  Outcomes outcomes{.sent = read_count(fields.at("sent")),
                    .delivered = read_count(fields.at("delivered")),
                    .in_flight = read_count(fields.at("in_flight"))};
  const Json& dropped = fields.at("dropped");
  if (!dropped.is_object()) throw Malformed("'dropped' is not an object");
  for (const auto& [name, count] : dropped.items()) {
    const auto reason = drop_reason_from(name);
    if (!reason) throw Malformed(fmt::format("no reason '{}'", name));
    outcomes.dropped[static_cast<std::size_t>(*reason)] = read_count(count);
  }
  return outcomes;
}

LinkSum read_link(const Json& json) {
  Fields fields(json);
  const LinkSum link{fields.node("src"), fields.node("dst"), read_outcomes(fields)};
  fields.finish();
  return link;
}

std::optional<MessageKind> message_kind_from(std::string_view name) {
  for (const auto kind : {MessageKind::one_way, MessageKind::request, MessageKind::reply}) {
    if (message_kind_name(kind) == name) return kind;
  }
  return std::nullopt;
}

TypeSum read_type(const Json& json) {
  Fields fields(json);
  const TypeSum type{named(fields.at("type"), "type", message_type_from),
                     named(fields.at("kind"), "kind", message_kind_from), read_outcomes(fields)};
  fields.finish();
  return type;
}

RuleSum read_rule_sum(const Json& json) {
  Fields fields(json);
  RuleSum sum{fields.text("rule"), fields.count("matched"), fields.count("affected")};
  fields.finish();
  return sum;
}

Sums read_sums(Fields& fields) {
  Sums sums;
  for (const Json& link : list_of(fields.at("links"), "links"))
    sums.links.push_back(read_link(link));
  for (const Json& type : list_of(fields.at("types"), "types"))
    sums.types.push_back(read_type(type));
  for (const Json& rule : list_of(fields.at("rules"), "rules")) {
    sums.rules.push_back(read_rule_sum(rule));
  }
  sums.malformed = read_count(fields.at("malformed"));
  return sums;
}

Report read_report(Fields& fields) {
  const std::string& type = fields.text("type");
  if (type == "ready") return Ready{fields.text("endpoint")};
  if (type == "done") return Done{fields.count("id")};
  if (type == "totals") return Totals{fields.count("id"), read_sums(fields)};
  if (type == "error") {
    std::optional<std::uint64_t> id;
    if (const Json* value = fields.find("id")) id = unsigned_of<std::uint64_t>(*value, "id");
    return Refused{id, fields.text("what")};
  }
  throw Malformed(fmt::format("no report '{}'", type));
}

Json parse(std::string_view text) {
  if (text.size() > kMaxControlMessage) throw Malformed("too long");
  Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded()) throw Malformed("not JSON");
  return json;
}

}  // namespace

std::variant<Command, Refused> decode_command(std::string_view text) {
  std::optional<std::uint64_t> id;
  try {
    const Json json = parse(text);
    Fields fields(json);
    id = fields.count("id");
    Command command{*id, read_request(fields)};
    fields.finish();
    return command;
  } catch (const Malformed& malformed) {
    return Refused{id, malformed.what()};
  }
}

std::variant<Report, std::string> decode_report(std::string_view text) {
  try {
    const Json json = parse(text);
    Fields fields(json);
    Report report = read_report(fields);
    fields.finish();
    return report;
  } catch (const Malformed& malformed) {
    return std::string(malformed.what());
  }
}

}  // namespace proxy
