// SPDX-License-Identifier: Apache-2.0
// The kinds of value that the language has. Each ties a place of the scenario to what a file may
// say there, bounds included.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "orchestrator/scenario/form.h"
#include "orchestrator/scenario/scenario.h"

namespace scenario {

// Free text; at most `longest` characters (bytes of UTF-8), and not empty.
Value text(std::string& place, std::size_t longest);

// `true` or `false` and no other spelling.
Value flag(bool& place);

// Whole and decimal: no sign, no leading zero, no exponent, no other base.
Value number(std::function<std::uint64_t()> get, std::function<void(std::uint64_t)> set,
             std::uint64_t least, std::uint64_t most);
template <class U>
Value number(U& place, std::uint64_t least, std::uint64_t most) {
  return number([&place] { return static_cast<std::uint64_t>(place); },
                [&place](std::uint64_t n) { place = static_cast<U>(n); }, least, most);
}
template <class Tag>
Value number(raft::Number<Tag>& place, std::uint64_t least, std::uint64_t most) {
  return number(place.value, least, most);
}
// How often something happened: `at_least`, `at_most` or both, in the map of this name. What is
// said where neither is there stands at one of `keys`.
void count_fields(Form& f, std::string_view map, unsigned& at_least,
                  std::optional<unsigned>& at_most, std::initializer_list<std::string_view> keys);
// 0 stands for absent.
Value given(unsigned& place, std::uint64_t least, std::uint64_t most);
inline constexpr std::uint64_t kMostNumber = 1'000'000'000'000;

// That so many nodes are no more than there are.
void check_within_cluster(Form& f, std::string_view key, unsigned nodes);

// May have a fraction.
Value decimal(double& place, double least, double most);
// 0 to 100; what lies between 0 and 1 is taken for a probability by mistake.
Value percent(double& place);

// A whole number with its unit: us, ms, s, m or h. Has a sign where it may be less than 0.
Value duration(Duration& place, Duration least, Duration most);
std::string duration_text(Duration duration);  // "1500ms"

// One of a closed set.
template <class E>
struct Name {
  std::string_view word;
  E value;
};
template <class E>
std::vector<std::string_view> words_of(const std::vector<Name<E>>& names) {
  std::vector<std::string_view> words;
  words.reserve(names.size());
  for (const Name<E>& name : names) {
    words.push_back(name.word);
  }
  return words;
}
Value word(const std::vector<std::string_view>& words, std::function<std::size_t()> get,
           std::function<void(std::size_t)> set);
template <class E>
Value word(E& place, const std::vector<Name<E>>& names) {
  return word(
      words_of(names),
      [&place, names] {
        std::size_t i = 0;
        while (i + 1 < names.size() && names[i].value != place)
          ++i;
        return i;
      },
      [&place, names](std::size_t i) { place = names[i].value; });
}

// Present or not.
template <class T>
Value maybe(std::optional<T>& place, const std::function<Value(T&)>& inside) {
  T prototype{};
  const Value shape = inside(prototype);
  Value value{.expected = shape.expected};
  value.read = [&place, inside](const YamlNode& node, Reading& reading) {
    inside(place.emplace()).read(node, reading);
  };
  value.write = [&place, inside]() -> std::optional<YamlNode> {
    return place ? inside(*place).write() : std::nullopt;
  };
  if (shape.list) {
    value.list = [inside](Listing& listing) {
      T any{};
      inside(any).list(listing);
    };
  }
  return value;
}

// A list that is not empty. `what` completes "expected a list of ...".
template <class T>
Value list(std::vector<T>& place, const std::string& what, const std::function<Value(T&)>& inside) {
  Value value{.expected = "a list of " + what};
  value.read = [&place, inside, expected = value.expected](const YamlNode& node, Reading& reading) {
    if (node.kind != YamlNode::Kind::sequence || node.children.empty()) {
      return reading.refuse(node, expected);
    }
    place.clear();
    for (const YamlNode& item : node.children)
      inside(place.emplace_back()).read(item, reading);
  };
  value.write = [&place, inside]() -> std::optional<YamlNode> {
    if (place.empty()) return std::nullopt;
    YamlNode node{.kind = YamlNode::Kind::sequence};
    for (T& item : place) {
      if (auto written = inside(item).write()) node.children.push_back(*std::move(written));
    }
    return node;
  };
  value.list = [inside](Listing& listing) {
    T any{};
    if (const Value shape = inside(any); shape.list) shape.list(listing);
  };
  return value;
}

// An id that this step gives: [a-z][a-z0-9_-]*, and no word that means something else.
Value new_id(std::string& place);
// The id of an earlier fault.
Value fault_id(std::string& place);
// The id of an earlier fault that lasts, or `all`, which leaves the place empty.
Value healed(std::string& place);

// "n3" for NodeId{3}, of the cluster's nodes.
Value node(raft::NodeId& place);
// A list of such, each once; kept in ascending order.
Value nodes(std::vector<raft::NodeId>& place);

// The types of messages that nodes send one another.
const std::vector<Name<proxy::MessageType>>& message_names();

// Whom a step means. `settled`: without a draw, since a draw says nothing about what is.
Value target(Target& place);
Value settled_target(Target& place);

}  // namespace scenario
