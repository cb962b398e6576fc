// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/scenario/values.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "orchestrator/scenario/suggest.h"
#include "orchestrator/scenario/text_check.h"

namespace scenario {
namespace {

YamlNode plain(std::string text) {
  return {.kind = YamlNode::Kind::scalar, .text = std::move(text)};
}

bool all_digits(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// A number as people write it, or nothing: "0", "17", but not "017".
std::optional<std::uint64_t> whole(std::string_view text) {
  if (!all_digits(text) || (text.size() > 1 && text.front() == '0')) return std::nullopt;
  std::uint64_t n = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return n;
}

std::optional<double> with_fraction(std::string_view text) {
  const std::size_t point = text.find('.');
  const bool fraction = point != text.npos && all_digits(text.substr(point + 1));
  if (!whole(text.substr(0, point)) || (point != text.npos && !fraction)) return std::nullopt;
  double n = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return n;
}

// The shortest text that reads back as the same number, without an exponent.
std::string decimal_text(double n) {
  char buffer[400];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, n, std::chars_format::fixed).ptr;
  return {buffer, end};
}

// Why a number that someone surely meant was not one.
std::string number_hint(const YamlNode& node) {
  if (node.kind != YamlNode::Kind::scalar) return {};
  const std::string_view t = node.text;
  if (node.quoted) return ": a number has no quotes";
  if (t.starts_with("0x") || t.starts_with("0b") || t.starts_with("0o")) {
    return ": write it in decimal";
  }
  if (t.size() > 1 && t.front() == '0' && all_digits(t)) return ": write it without leading zeros";
  if (t.find_first_of("eE") != t.npos && std::isdigit(static_cast<unsigned char>(t.front()))) {
    return ": write it without an exponent";
  }
  if (t.find('_') != t.npos || t.find(',') != t.npos) return ": write digits only";
  return {};
}

struct Unit {
  std::string_view name;
  Duration::rep us;
};
constexpr Unit kUnits[] = {
    {"us", 1}, {"ms", 1'000}, {"s", 1'000'000}, {"m", 60'000'000}, {"h", 3'600'000'000}};

const Unit* unit_of(std::string_view name) {
  const auto* unit = std::find_if(std::begin(kUnits), std::end(kUnits),
                                  [&](const Unit& u) { return u.name == name; });
  return unit == std::end(kUnits) ? nullptr : unit;
}

struct DurationReading {
  std::optional<Duration> duration;
  std::string problem;
};

DurationReading read_duration(const std::string& t) {
  const std::size_t split = std::min(t.find_first_not_of("0123456789."), t.size());
  const std::string digits = t.substr(0, split);
  const std::string name = t.substr(split);
  const auto amount = with_fraction(digits);
  if (!amount) return {{}, fmt::format("expected a duration such as 250ms, found '{}'", shown(t))};
  if (name.empty()) {
    return {{}, fmt::format("a duration needs a unit: {}", *amount == 0 ? "0ms" : digits + "ms")};
  }
  const Unit* unit = unit_of(name);
  if (unit == nullptr) {
    return {{},
            fmt::format("unknown unit '{}': a duration ends in us, ms, s, m or h", shown(name))};
  }
  const double us = *amount * static_cast<double>(unit->us);
  if (us > 9e15) return {{}, fmt::format("'{}' is longer than anything here may last", shown(t))};
  const auto n = whole(digits);
  if (!n) {
    const Duration meant{static_cast<Duration::rep>(std::llround(us))};
    return {{}, fmt::format("a duration is a whole number and a unit: {}", duration_text(meant))};
  }
  return {Duration{static_cast<Duration::rep>(*n) * unit->us}, {}};
}

}  // namespace

Value text(std::string& place, std::size_t longest) {
  Value value{.expected = fmt::format("a text of at most {} characters", longest)};
  value.read = [&place, longest, expected = value.expected](const YamlNode& node,
                                                            Reading& reading) {
    if (node.kind != YamlNode::Kind::scalar || node.text.empty()) {
      return reading.refuse(node, expected);
    }
    if (node.text.size() > longest) {
      return reading.fail(node.at,
                          fmt::format("expected {}, found {}", expected, node.text.size()));
    }
    place = node.text;
  };
  value.write = [&place]() -> std::optional<YamlNode> {
    if (place.empty()) return std::nullopt;
    return YamlNode{.kind = YamlNode::Kind::scalar, .text = place, .quoted = true};
  };
  return value;
}

Value flag(bool& place) {
  Value value{.expected = "true or false"};
  value.read = [&place](const YamlNode& node, Reading& reading) {
    const bool scalar = node.kind == YamlNode::Kind::scalar && !node.quoted;
    if (!scalar || (node.text != "true" && node.text != "false")) {
      return reading.refuse(node, "true or false");
    }
    place = node.text == "true";
  };
  value.write = [&place] { return plain(place ? "true" : "false"); };
  return value;
}

Value number(std::function<std::uint64_t()> get, std::function<void(std::uint64_t)> set,
             std::uint64_t least, std::uint64_t most) {
  Value value{.expected = least == most ? fmt::format("{}", least)
                                        : fmt::format("a number from {} to {}", least, most)};
  value.read = [set = std::move(set), least, most, expected = value.expected](const YamlNode& node,
                                                                              Reading& reading) {
    const bool scalar = node.kind == YamlNode::Kind::scalar && !node.quoted;
    const auto n = scalar ? whole(node.text) : std::nullopt;
    if (!n || *n < least || *n > most) return reading.refuse(node, expected, number_hint(node));
    set(*n);
  };
  value.write = [get = std::move(get)] { return plain(fmt::format("{}", get())); };
  return value;
}

const std::vector<Name<proxy::MessageType>>& message_names() {
  static const auto all = [] {
    std::vector<Name<proxy::MessageType>> names;
    for (std::size_t i = 1; i < proxy::kMessageTypes; ++i) {  // 0 is absent
      const auto type = static_cast<proxy::MessageType>(i);
      names.push_back({proxy::message_type_name(type), type});
    }
    return names;
  }();
  return all;
}

void count_fields(Form& f, std::string_view map, unsigned& at_least,
                  std::optional<unsigned>& at_most, std::initializer_list<std::string_view> keys) {
  constexpr std::uint64_t kMostCount = 1'000'000'000;
  f.optional("at_least", given(at_least, 1, kMostCount));
  f.optional("at_most",
             maybe<unsigned>(at_most, [](unsigned& n) { return number(n, 0, kMostCount); }));
  f.check(at_least > 0 || at_most, keys, fmt::format("{} has 'at_least', 'at_most' or both", map));
  f.check(!at_most || at_least <= *at_most, {"at_least", "at_most"},
          "at_least is more than at_most");
}

Value given(unsigned& place, std::uint64_t least, std::uint64_t most) {
  Value value = number(place, least, most);
  value.write = [&place, write = value.write] { return place == 0 ? std::nullopt : write(); };
  return value;
}

void check_within_cluster(Form& f, std::string_view key, unsigned nodes) {
  const Reading* reading = f.reading();
  const unsigned all = reading == nullptr ? kMaxNodes : reading->nodes;
  f.check(nodes <= all, {key},
          fmt::format("{}: {} nodes, and the cluster has {}", key, nodes, all));
}

Value decimal(double& place, double least, double most) {
  Value value{.expected = fmt::format("a number from {} to {}, fractions allowed",
                                      decimal_text(least), decimal_text(most))};
  value.read = [&place, least, most, expected = value.expected](const YamlNode& node,
                                                                Reading& reading) {
    const bool scalar = node.kind == YamlNode::Kind::scalar && !node.quoted;
    const auto n = scalar ? with_fraction(node.text) : std::nullopt;
    if (!n || *n < least || *n > most) return reading.refuse(node, expected, number_hint(node));
    place = *n;
  };
  value.write = [&place] { return plain(decimal_text(place)); };
  return value;
}

Value percent(double& place) {
  Value value = decimal(place, 0, 100);
  value.expected = "a percentage from 0 to 100";
  value.read = [&place, expected = value.expected](const YamlNode& node, Reading& reading) {
    const bool scalar = node.kind == YamlNode::Kind::scalar && !node.quoted;
    const auto n = scalar ? with_fraction(node.text) : std::nullopt;
    const bool with_sign = scalar && node.text.ends_with('%');
    if (!n || *n > 100) {
      return reading.refuse(node, expected,
                            with_sign ? ": write it without the sign" : number_hint(node));
    }
    if (*n > 0 && *n < 1) {
      return reading.refuse(node, expected,
                            fmt::format(" which looks like a probability: write {}", *n * 100));
    }
    place = *n;
  };
  return value;
}

Value duration(Duration& place, Duration least, Duration most) {
  Value value{.expected = fmt::format("a duration from {} to {}", duration_text(least),
                                      duration_text(most))};
  value.read = [&place, least, most, expected = value.expected](const YamlNode& node,
                                                                Reading& reading) {
    if (node.kind != YamlNode::Kind::scalar) return reading.refuse(node, expected);
    const bool back = least < Duration::zero() && node.text.starts_with('-');
    DurationReading read = read_duration(back ? node.text.substr(1) : node.text);
    if (!read.duration) return reading.fail(node.at, read.problem);
    if (back) read.duration = -*read.duration;
    if (*read.duration < least || *read.duration > most) return reading.refuse(node, expected);
    place = *read.duration;
  };
  value.write = [&place] { return plain(duration_text(place)); };
  return value;
}

std::string duration_text(Duration duration) {
  const auto us = duration.count();
  if (us % 1'000 != 0) return fmt::format("{}us", us);
  if (us == 0 || us % 1'000'000 != 0) return fmt::format("{}ms", us / 1'000);
  if (us % 3'600'000'000 == 0) return fmt::format("{}h", us / 3'600'000'000);
  return fmt::format("{}s", us / 1'000'000);
}

Value word(const std::vector<std::string_view>& words, std::function<std::size_t()> get,
           std::function<void(std::size_t)> set) {
  Value value{.expected = words.size() == 1 ? std::string(words.front())
                                            : fmt::format("one of {}", fmt::join(words, ", "))};
  value.read = [words, set = std::move(set), expected = value.expected](const YamlNode& node,
                                                                        Reading& reading) {
    const auto at = std::find(words.begin(), words.end(), node.text);
    if (node.kind != YamlNode::Kind::scalar || at == words.end()) {
      return reading.refuse(node, expected, did_you_mean(node.text, words));
    }
    set(static_cast<std::size_t>(at - words.begin()));
  };
  value.write = [words, get = std::move(get)] { return plain(std::string(words[get()])); };
  return value;
}

}  // namespace scenario
