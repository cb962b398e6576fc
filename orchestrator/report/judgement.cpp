// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/report/judgement.h"

#include <algorithm>
#include <array>
#include <map>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "orchestrator/report/result.h"
#include "orchestrator/report/timeline.h"
#include "orchestrator/verify/linearizability/picture.h"
#include "proxy/wire/json.h"

namespace report {
namespace {

using linearizability::KeyJudgement;
using linearizability::Operation;
using linearizability::Ruling;
using linearizability::Tier;
using verify::Verdict;

constexpr std::size_t kColumns = 80;
constexpr std::size_t kMostPictures = 3;
constexpr std::size_t kMostNames = 10;
constexpr std::size_t kMostName = 40;  // characters of a key
constexpr std::array kTiers = {Tier::witness, Tier::zones, Tier::search};
constexpr std::array kRulings = {Ruling::linearizable, Ruling::not_linearizable, Ruling::unknown};

const char* word(Ruling ruling) {
  switch (ruling) {
    case Ruling::linearizable:
      return "linearizable";
    case Ruling::not_linearizable:
      return "not linearizable";
    case Ruling::unknown:
    case Ruling::not_applicable:
      break;
  }
  return "unknown";
}

std::string thousands(std::uint64_t value) {
  std::string digits = std::to_string(value);
  for (std::size_t at = digits.size(); at > 3; at -= 3)
    digits.insert(at - 3, 1, ',');
  return digits;
}

std::string counted(std::uint64_t count, std::string_view one) {
  return fmt::format("{} {}{}", thousands(count), one, count == 1 ? "" : "s");
}

std::string wrapped(const std::string& text, std::size_t indent) {
  std::string out;
  for (const std::string& line : wrapped_lines(text, kColumns - indent))
    out += std::string(indent, ' ') + line + '\n';
  return out;
}

std::uint64_t unknown_outcomes(const linearizability::History& history) {
  const auto& operations = history.operations;
  return static_cast<std::uint64_t>(std::count_if(operations.begin(), operations.end(),
                                                  [](const Operation& o) { return !o.known(); }));
}

bool nothing_seen(const JudgedHistory& judged) {
  const auto& history = judged.read.history;
  return unknown_outcomes(history) == history.operations.size();
}

// Of those keys on which this tier ruled so.
struct Share {
  Tier tier{};
  Ruling ruling{};
  std::uint64_t keys = 0;
  std::uint64_t operations = 0;
};

std::vector<Share> shares(const linearizability::Judgement& judgement) {
  std::vector<Share> shares;
  for (const Tier tier : kTiers) {
    for (const Ruling ruling : kRulings) {
      Share share{tier, ruling};
      for (const KeyJudgement& key : judgement.keys) {
        if (key.tier != tier || key.ruling != ruling) continue;
        ++share.keys;
        share.operations += key.operations;
      }
      if (share.keys > 0) shares.push_back(share);
    }
  }
  return shares;
}

// Control characters and the like would not stay in their place.
std::string key_name(const JudgedHistory& judged, const KeyJudgement& key) {
  std::string name = judged.read.history.keys.at(key.key).substr(0, kMostName);
  for (char& c : name) {
    if (c < ' ' || c > '~') c = '?';
  }
  return name;
}

std::string head(const JudgedHistory& judged) {
  const auto& history = judged.read.history;
  std::string text = fmt::format(
      "{}, {} by {} on {}, {} of unknown outcome", linearizability::name_of(judged.model),
      counted(history.operations.size(), "operation"), counted(history.clients.size(), "client"),
      counted(judged.judgement.keys.size(), "key"), thousands(unknown_outcomes(history)));
  if (judged.read.left_out > 0) {
    text += fmt::format("; {} left out that had no effect, or were reads without an answer",
                        thousands(judged.read.left_out));
  }
  return wrapped(text, 0);
}

std::string tier_table(const JudgedHistory& judged) {
  std::string text = fmt::format("\n  {:<8} {:>9} {:>14}\n", "ruled by", "keys", "operations");
  for (const Share& share : shares(judged.judgement)) {
    text += fmt::format("  {:<8} {:>9} {:>14}  {}\n", linearizability::name_of(share.tier),
                        thousands(share.keys), thousands(share.operations), word(share.ruling));
  }
  return text;
}

std::string failure_text(const JudgedHistory& judged, const KeyJudgement& key, bool picture) {
  std::string text = fmt::format("\nkey {} is not linearizable\n", key_name(judged, key));
  text += wrapped(key.rule, 2);
  if (picture) text += '\n' + linearizability::draw(judged.read.history, key.core, kColumns);
  return text;
}

// Keys by the reason why nothing is known of them.
std::string unknown_text(const JudgedHistory& judged) {
  std::map<std::string, std::vector<std::string>> keys;
  for (const KeyJudgement& key : judged.judgement.keys) {
    if (key.ruling == Ruling::unknown) keys[key.rule].push_back(key_name(judged, key));
  }
  std::string text;
  for (auto& [why, names] : keys) {
    const std::size_t count = names.size();
    if (count > kMostNames) names.resize(kMostNames);
    text += '\n' + wrapped(fmt::format("{} unknown ({}{}): {}", counted(count, "key"),
                                       fmt::join(names, ", "),
                                       count > kMostNames ? ", and others" : "", why),
                           0);
  }
  return text;
}

void add_operations(proxy::JsonLine& line, const JudgedHistory& judged,
                    const std::vector<linearizability::Place>& places) {
  line.begin_array("lines");
  for (const linearizability::Place place : places)
    line.element(judged.read.history.operations[place].line);
  line.end_array();
}

void add_key(proxy::JsonLine& line, const JudgedHistory& judged, const KeyJudgement& key) {
  line.begin_object()
      .field("key", judged.read.history.keys.at(key.key))
      .field("operations", key.operations)
      .field("ruling", word(key.ruling))
      .field("tier", linearizability::name_of(key.tier))
      .field("rule", key.rule);
  add_operations(line, judged, key.core);
  if (key.breach) {
    line.begin_object("log_is_no_witness").field("rule", key.breach->rule);
    add_operations(line, judged, key.breach->operations);
    line.end_object();
  }
  line.end_object();
}

}  // namespace

Verdict verdict_of(const JudgedHistory& judged) {
  if (nothing_seen(judged)) return Verdict::unknown;
  switch (judged.judgement.ruling) {
    case Ruling::linearizable:
      return Verdict::pass;
    case Ruling::not_linearizable:
      return Verdict::fail;
    case Ruling::unknown:
    case Ruling::not_applicable:
      break;
  }
  return Verdict::unknown;
}

std::string judgement_text(const JudgedHistory& judged, bool colour) {
  std::string text = head(judged);
  if (!judged.judgement.keys.empty()) text += tier_table(judged);
  std::size_t failed = 0;
  for (const KeyJudgement& key : judged.judgement.keys) {
    if (key.ruling == Ruling::not_linearizable) {
      text += failure_text(judged, key, ++failed <= kMostPictures);
    }
    if (!key.breach) continue;
    text += '\n' + wrapped(fmt::format("key {}: the order that the log claims is no witness: {}",
                                       key_name(judged, key), key.breach->rule),
                           0);
  }
  text += unknown_text(judged);
  if (judged.judgement.keys.empty()) {
    text += "\nthere is no operation to judge\n";
  } else if (nothing_seen(judged)) {
    text += "\nno operation has a known outcome: nothing was seen\n";
  }
  const auto milliseconds = [](std::chrono::microseconds time) {
    return static_cast<double>(time.count()) / 1000;
  };
  return text + fmt::format("\n{}: {} (read in {:.1f} ms, judged in {:.1f} ms)\n",
                            verdict_text(verdict_of(judged), 0, colour), judged.file,
                            milliseconds(judged.reading), milliseconds(judged.judging));
}

std::string judgement_json(const JudgedHistory& judged) {
  const auto& history = judged.read.history;
  std::string out;
  proxy::JsonLine line(out);
  line.field("verdict", verify::name_of(verdict_of(judged)))
      .field("file", judged.file)
      .field("model", linearizability::name_of(judged.model))
      .field("operations", history.operations.size())
      .field("clients", history.clients.size())
      .field("keys", judged.judgement.keys.size())
      .field("unknown_outcomes", unknown_outcomes(history))
      .field("left_out", judged.read.left_out)
      .field("read_us", judged.reading.count())
      .field("judged_us", judged.judging.count())
      .begin_array("tiers");
  for (const Share& share : shares(judged.judgement)) {
    line.begin_object()
        .field("tier", linearizability::name_of(share.tier))
        .field("ruling", word(share.ruling))
        .field("keys", share.keys)
        .field("operations", share.operations)
        .end_object();
  }
  line.end_array().begin_array("not_proven");
  for (const KeyJudgement& key : judged.judgement.keys) {
    if (key.ruling != Ruling::linearizable || key.breach) add_key(line, judged, key);
  }
  line.end_array().end_line();
  return out;
}

}  // namespace report
