// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/verify/fields.h"

#include <limits>

#include <fmt/format.h>

#include "node/digest.h"
#include "node/protocol.h"

namespace verify {

void Fields::note(std::string problem) {
  if (problem_.empty()) problem_ = std::move(problem);
}

std::uint64_t Fields::number(std::string_view name) {
  return number_of(object_.field(name), name);
}

std::int64_t Fields::integer(std::string_view name) {
  const auto value = object_.field(name).integer();
  if (!value) note(fmt::format("{} is no whole number", name));
  return value.value_or(0);
}

std::uint32_t Fields::small(std::string_view name) {
  const std::uint64_t value = number(name);
  if (value > std::numeric_limits<std::uint32_t>::max()) note(fmt::format("{} is too large", name));
  return static_cast<std::uint32_t>(value);
}

double Fields::real(std::string_view name) {
  const auto value = object_.field(name).real();
  if (!value) note(fmt::format("{} is no number", name));
  return value.value_or(0);
}

bool Fields::flag(std::string_view name) {
  const auto value = object_.field(name).flag();
  if (!value) note(fmt::format("{} is neither true nor false", name));
  return value.value_or(false);
}

std::string Fields::text(std::string_view name) {
  return std::string(view(name));
}

std::string_view Fields::view(std::string_view name) {
  return view_of(object_.field(name), name);
}

std::uint64_t Fields::digest(std::string_view name) {
  return digest_of(object_.field(name), name);
}

raft::NodeId Fields::node(std::string_view name) {
  return node_of(object_.field(name), name);
}

raft::NodeId Fields::node_or_nobody(std::string_view name) {
  const JsonValue value = object_.field(name);
  if (!value) note(fmt::format("{} is missing", name));
  return value.is_null() ? raft::NodeId{} : node_of(value, name);
}

std::vector<raft::NodeId> Fields::nodes(std::string_view name) {
  std::vector<raft::NodeId> nodes;
  for (JsonValue v = array(name).first(); v; v = v.next())
    nodes.push_back(node_of(v, name));
  return nodes;
}

std::vector<std::string> Fields::texts(std::string_view name) {
  std::vector<std::string> texts;
  for (JsonValue v = array(name).first(); v; v = v.next())
    texts.push_back(text_of(v, name));
  return texts;
}

JsonValue Fields::array(std::string_view name) {
  const JsonValue value = object_.field(name);
  if (!value.is_array()) note(fmt::format("{} is no array", name));
  return value;
}

JsonValue Fields::object(std::string_view name) {
  const JsonValue value = object_.field(name);
  if (!value.is_object()) note(fmt::format("{} is no object", name));
  return value;
}

std::uint64_t Fields::number_of(JsonValue value, std::string_view what) {
  const auto number = value.number();
  if (!number) note(fmt::format("{} is no number", what));
  return number.value_or(0);
}

std::string_view Fields::view_of(JsonValue value, std::string_view what) {
  const auto text = value.text();
  if (!text) note(fmt::format("{} is no text", what));
  return text.value_or("");
}

std::uint64_t Fields::digest_of(JsonValue value, std::string_view what) {
  const auto digest = node::digest_from_text(value.text().value_or(""));
  if (!digest) note(fmt::format("{} is no digest", what));
  return digest.value_or(0);
}

raft::NodeId Fields::node_of(JsonValue value, std::string_view what) {
  const auto node = node::node_from_name(value.text().value_or(""));
  if (node.value_or(raft::NodeId{}) == raft::NodeId{}) note(fmt::format("{} is no node", what));
  return node.value_or(raft::NodeId{});
}

}  // namespace verify
