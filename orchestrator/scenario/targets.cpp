// SPDX-License-Identifier: Apache-2.0
// Nodes, ids and targets: the values that name something of this cluster or of an earlier step.
#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "orchestrator/scenario/suggest.h"
#include "orchestrator/scenario/text_check.h"
#include "orchestrator/scenario/values.h"
#include "orchestrator/scenario/writer.h"

namespace scenario {
namespace {

using Kind = Target::Kind;

// The targets that are one word. leader+K, {random: K}, node names and ids come beside them.
constexpr Name<Kind> kTargetWords[] = {
    {"leader", Kind::leader}, {"follower", Kind::follower}, {"followers", Kind::followers},
    {"one", Kind::one},       {"majority", Kind::majority}, {"minority", Kind::minority},
    {"all", Kind::all},
};
// What an id may not be, besides those and node names, so that each word means one thing.
constexpr std::string_view kReserved[] = {"random", "none", "nobody", "stable"};

constexpr std::size_t kLongestId = 64;

std::optional<unsigned> digits(std::string_view text) {
  unsigned n = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  if (!whole || text.front() == '0') return std::nullopt;
  return n;
}

// Whether it has the form of a node's name, be there such a node or not.
bool is_node_name(std::string_view text) {
  return text.size() > 1 && text.front() == 'n' &&
         std::all_of(text.begin() + 1, text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::string node_text(raft::NodeId node) {
  return fmt::format("n{}", node.value);
}

std::string nodes_of(const Reading& reading) {
  return reading.nodes == 1 ? "the cluster has n1 alone"
                            : fmt::format("the cluster has n1 to n{}", reading.nodes);
}

std::optional<raft::NodeId> read_node(const YamlNode& node, Reading& reading) {
  if (node.kind != YamlNode::Kind::scalar || !is_node_name(node.text)) {
    reading.refuse(node, "a node such as n1");
    return std::nullopt;
  }
  const auto n = digits(std::string_view(node.text).substr(1));
  if (!n || *n > reading.nodes) {
    reading.fail(node.at, fmt::format("no node '{}': {}", shown(node.text), nodes_of(reading)));
    return std::nullopt;
  }
  return raft::NodeId{*n};
}

std::optional<Target> read_nodes(const YamlNode& node, std::string_view expected,
                                 Reading& reading) {
  Target target{.kind = Kind::nodes};
  if (node.children.empty()) {
    reading.refuse(node, expected);
    return std::nullopt;
  }
  for (const YamlNode& item : node.children) {
    const auto one = read_node(item, reading);
    if (!one) return std::nullopt;
    if (std::find(target.nodes.begin(), target.nodes.end(), *one) != target.nodes.end()) {
      reading.fail(item.at, fmt::format("node '{}' a second time", item.text));
    }
    target.nodes.push_back(*one);
  }
  return target;
}

// "ID" or "ID+K" of an earlier step.
std::optional<Target> read_remembered(const YamlNode& node, std::string_view word,
                                      std::optional<unsigned> plus, Reading& reading) {
  const auto id = reading.ids.find(word);
  if (id == reading.ids.end()) {
    std::vector<std::string_view> known;
    for (const auto& name : kTargetWords)
      known.push_back(name.word);
    for (const auto& [name, use] : reading.ids) {
      if (use.nodes) known.push_back(name);
    }
    reading.fail(node.at, fmt::format("unknown target '{}': no word for nodes and no id of a step "
                                      "before{}",
                                      shown(node.text), did_you_mean(word, known)));
    return std::nullopt;
  }
  if (!id->second.nodes) {
    reading.fail(
        node.at,
        fmt::format("'{}' stands for no nodes: it is no kill, and it isolates none", word));
    return std::nullopt;
  }
  if (plus && !id->second.leader) {
    reading.fail(node.at, fmt::format("'{}+{}' counts on from a leader, and '{}' is not one that "
                                      "a wait_for found",
                                      word, *plus, word));
    return std::nullopt;
  }
  return Target{.kind = Kind::remembered, .number = plus.value_or(0), .id = std::string(word)};
}

std::optional<Target> read_word(const YamlNode& node, Reading& reading) {
  const std::string_view text = node.text;
  if (is_node_name(text)) {
    const auto one = read_node(node, reading);
    return one ? std::optional(Target{.kind = Kind::nodes, .nodes = {*one}}) : std::nullopt;
  }
  for (const auto& name : kTargetWords) {
    if (name.word == text) return Target{.kind = name.value};
  }
  const std::size_t at = text.find('+');
  if (at == text.npos) return read_remembered(node, text, std::nullopt, reading);
  const auto plus = digits(text.substr(at + 1));
  if (!plus || *plus >= reading.nodes) {
    reading.fail(node.at, fmt::format("in '{}' a number from 1 to {} follows the '+'", shown(text),
                                      reading.nodes - 1));
    return std::nullopt;
  }
  if (text.substr(0, at) == "leader") return Target{.kind = Kind::leader_plus, .number = *plus};
  return read_remembered(node, text.substr(0, at), plus, reading);
}

std::optional<Target> read_random(const YamlNode& node, Reading& reading) {
  Target target{.kind = Kind::random, .number = 1};
  const std::size_t errors = reading.errors.size();
  map("a target", [&](Form& form) {
    form.required("random", number(target.number, 1, reading.nodes));
  }).read(node, reading);
  return reading.errors.size() == errors ? std::optional(target) : std::nullopt;
}

std::optional<Target> read_target(const YamlNode& node, Reading& reading) {
  switch (node.kind) {
    case YamlNode::Kind::scalar:
      return read_word(node, reading);
    case YamlNode::Kind::sequence:
      return read_nodes(node, "a target", reading);
    case YamlNode::Kind::map:
      return read_random(node, reading);
    case YamlNode::Kind::nothing:
      break;
  }
  reading.refuse(node, "a target");
  return std::nullopt;
}

bool draws(Kind kind) {
  return kind == Kind::follower || kind == Kind::one || kind == Kind::random ||
         kind == Kind::majority || kind == Kind::minority;
}

YamlNode scalar(std::string text) {
  return {.kind = YamlNode::Kind::scalar, .text = std::move(text)};
}

YamlNode write_nodes(const std::vector<raft::NodeId>& nodes) {
  YamlNode written{.kind = YamlNode::Kind::sequence};
  for (const raft::NodeId node : nodes)
    written.children.push_back(scalar(node_text(node)));
  return written;
}

YamlNode write_target(const Target& target) {
  switch (target.kind) {
    case Kind::nodes:
      return target.nodes.size() == 1 ? scalar(node_text(target.nodes.front()))
                                      : write_nodes(target.nodes);
    case Kind::leader_plus:
      return scalar(fmt::format("leader+{}", target.number));
    case Kind::random: {
      YamlNode random{.kind = YamlNode::Kind::map};
      random.children.push_back(scalar(fmt::format("{}", target.number)));
      random.children.back().key = "random";
      return random;
    }
    case Kind::remembered:
      return scalar(target.number == 0 ? target.id
                                       : fmt::format("{}+{}", target.id, target.number));
    default:
      break;
  }
  for (const auto& name : kTargetWords) {
    if (name.value == target.kind) return scalar(std::string(name.word));
  }
  return {};
}

bool is_id(std::string_view text) {
  const auto lower = [](char c) { return c >= 'a' && c <= 'z'; };
  return !text.empty() && text.size() <= kLongestId && lower(text.front()) &&
         std::all_of(text.begin(), text.end(), [&](char c) {
           return lower(c) || (c >= '0' && c <= '9') || c == '_' || c == '-';
         });
}

// The id of an earlier step that may be used so.
std::optional<std::string> read_id(const YamlNode& node, Reading& reading, bool Reading::Id::*use,
                                   std::string_view expected) {
  const auto id = reading.ids.find(node.text);
  if (node.kind == YamlNode::Kind::scalar && id != reading.ids.end() && id->second.*use) {
    return node.text;
  }
  std::vector<std::string_view> known;
  for (const auto& [name, uses] : reading.ids) {
    if (uses.*use) known.push_back(name);
  }
  reading.refuse(node, expected, did_you_mean(node.text, known));
  return std::nullopt;
}

bool is_taken_word(std::string_view text) {
  const bool target = std::any_of(std::begin(kTargetWords), std::end(kTargetWords),
                                  [&](const Name<Kind>& name) { return name.word == text; });
  return target || is_node_name(text) ||
         std::find(std::begin(kReserved), std::end(kReserved), text) != std::end(kReserved);
}

}  // namespace

Value node(raft::NodeId& place) {
  Value value{.expected = "a node"};
  value.read = [&place](const YamlNode& node, Reading& reading) {
    if (const auto read = read_node(node, reading)) place = *read;
  };
  value.write = [&place] { return scalar(node_text(place)); };
  return value;
}

Value nodes(std::vector<raft::NodeId>& place) {
  Value value{.expected = "a list of nodes"};
  value.read = [&place, expected = value.expected](const YamlNode& node, Reading& reading) {
    if (node.kind != YamlNode::Kind::sequence) return reading.refuse(node, expected);
    auto read = read_nodes(node, expected, reading);
    if (!read) return;
    place = std::move(read->nodes);
    std::sort(place.begin(), place.end());
  };
  value.write = [&place]() -> std::optional<YamlNode> {
    if (place.empty()) return std::nullopt;
    return write_nodes(place);
  };
  return value;
}

Value target(Target& place) {
  Value value{.expected = "a target"};
  value.read = [&place](const YamlNode& node, Reading& reading) {
    if (auto read = read_target(node, reading)) place = *std::move(read);
  };
  value.write = [&place] { return write_target(place); };
  return value;
}

Value settled_target(Target& place) {
  Value value = target(place);
  value.expected = "a target without a draw";
  value.read = [&place](const YamlNode& node, Reading& reading) {
    auto read = read_target(node, reading);
    if (!read) return;
    if (draws(read->kind)) {
      reading.fail(node.at, fmt::format("'{}' is drawn anew each time: name nodes, the leader or "
                                        "the id of an earlier step",
                                        write_inline(write_target(*read))));
    }
    place = *std::move(read);
  };
  return value;
}

Value new_id(std::string& place) {
  Value value{.expected = "an id"};
  value.read = [&place](const YamlNode& node, Reading& reading) {
    if (node.kind != YamlNode::Kind::scalar || !is_id(node.text)) {
      return reading.refuse(
          node, "an id (a letter, then letters, digits, '_' or '-', all in lower case)");
    }
    if (is_taken_word(node.text)) {
      return reading.fail(node.at, fmt::format("'{}' means something else already: choose another "
                                               "id",
                                               node.text));
    }
    if (reading.ids.count(node.text) != 0) {
      return reading.fail(node.at, fmt::format("id '{}' a second time", node.text));
    }
    place = node.text;
  };
  value.write = [&place]() -> std::optional<YamlNode> {
    return place.empty() ? std::nullopt : std::optional(scalar(place));
  };
  return value;
}

Value fault_id(std::string& place) {
  Value value{.expected = "the id of a fault before"};
  value.read = [&place, expected = value.expected](const YamlNode& node, Reading& reading) {
    if (const auto id = read_id(node, reading, &Reading::Id::fault, expected)) place = *id;
  };
  value.write = [&place] { return scalar(place); };
  return value;
}

Value healed(std::string& place) {
  Value value{.expected = "all, or the id of a fault before that lasts"};
  value.read = [&place, expected = value.expected](const YamlNode& node, Reading& reading) {
    if (node.text == "all") {
      place.clear();
    } else if (const auto id = read_id(node, reading, &Reading::Id::heals, expected)) {
      place = *id;
    }
  };
  value.write = [&place] { return scalar(place.empty() ? "all" : place); };
  return value;
}

}  // namespace scenario
