// SPDX-License-Identifier: Apache-2.0
#include "tests/golden/script.h"

#include <algorithm>
#include <sstream>

#include <fmt/format.h>

#include "tests/golden/arguments.h"
#include "tests/golden/cluster.h"

namespace raft::golden {
namespace {

constexpr const char* kRule = "----";

Command command_of(const std::string& text) {
  return std::make_shared<const std::string>(text);
}

class Player {
 public:
  // Carries out one line.
  void play(std::string line);
  std::string account() { return account_.take(); }

 private:
  using Verb = void (Player::*)(Arguments&);
  static const std::map<std::string, Verb>& verbs();

  void begin(Arguments& a);
  void given(Arguments& a);
  void timeout(Arguments& a) { cluster().timeout(node(a)); }
  void tick(Arguments& a);
  void advance(Arguments& a) { cluster().advance(duration_from(a.word())); }
  void run(Arguments& a) { cluster().run(duration_from(a.word())); }
  void stabilize(Arguments&) { cluster().stabilize(); }
  void deliver(Arguments& a) { some(cluster().deliver(picked(a))); }
  void drop(Arguments& a) { some(cluster().drop(picked(a))); }
  void duplicate(Arguments& a) { some(cluster().duplicate(picked(a))); }
  void hold(Arguments& a) { some(cluster().hold(picked(a))); }
  void release(Arguments& a) { some(cluster().release(picked(a))); }
  void cut(Arguments& a);
  void isolate(Arguments& a);
  void heal(Arguments&) { cluster().heal(); }
  void sync(Arguments& a);
  void crash(Arguments& a);
  void restart(Arguments& a);
  void propose(Arguments& a);
  void compact(Arguments& a);
  void append(Arguments& a);
  void members(Arguments& a);
  void transfer(Arguments& a);
  void read(Arguments& a);
  void show(Arguments& a);
  void log(Arguments& a);
  void progress(Arguments& a);
  void flight(Arguments& a);

  Cluster& cluster();
  NodeId node(const std::string& name);
  NodeId node(Arguments& a) { return node(a.word()); }
  std::vector<NodeId> nodes(Arguments& a);
  Cluster::Which picked(Arguments& a);
  static void some(std::size_t count) {
    if (count == 0) throw std::invalid_argument("no such message is in flight");
  }

  Account account_;
  std::optional<Cluster> cluster_;
};

const std::map<std::string, Player::Verb>& Player::verbs() {
  static const std::map<std::string, Verb> all = {{"cluster", &Player::begin},
                                                  {"given", &Player::given},
                                                  {"timeout", &Player::timeout},
                                                  {"tick", &Player::tick},
                                                  {"advance", &Player::advance},
                                                  {"run", &Player::run},
                                                  {"stabilize", &Player::stabilize},
                                                  {"deliver", &Player::deliver},
                                                  {"drop", &Player::drop},
                                                  {"duplicate", &Player::duplicate},
                                                  {"hold", &Player::hold},
                                                  {"release", &Player::release},
                                                  {"cut", &Player::cut},
                                                  {"isolate", &Player::isolate},
                                                  {"heal", &Player::heal},
                                                  {"sync", &Player::sync},
                                                  {"crash", &Player::crash},
                                                  {"restart", &Player::restart},
                                                  {"propose", &Player::propose},
                                                  {"compact", &Player::compact},
                                                  {"members", &Player::members},
                                                  {"transfer", &Player::transfer},
                                                  {"append", &Player::append},
                                                  {"read", &Player::read},
                                                  {"show", &Player::show},
                                                  {"log", &Player::log},
                                                  {"progress", &Player::progress},
                                                  {"flight", &Player::flight}};
  return all;
}

void Player::play(std::string line) {
  constexpr std::string_view kBrief = " brief";
  const bool brief = line.size() > kBrief.size() &&
                     line.compare(line.size() - kBrief.size(), kBrief.size(), kBrief) == 0;
  if (brief) line.resize(line.size() - kBrief.size());
  Arguments arguments(line);
  const auto verb = verbs().find(arguments.verb());
  if (verb == verbs().end()) throw std::invalid_argument("unknown verb '" + arguments.verb() + "'");
  account_.brief(brief);
  (this->*verb->second)(arguments);
  arguments.done();
}

Cluster& Player::cluster() {
  if (!cluster_) throw std::invalid_argument("there is no cluster yet");
  return *cluster_;
}

NodeId Player::node(const std::string& name) {
  const NodeId node = node_from(name);
  if (cluster().servers().count(node) == 0) throw std::invalid_argument("there is no " + name);
  return node;
}

std::vector<NodeId> Player::nodes(Arguments& a) {
  std::vector<NodeId> nodes;
  if (a.flag("all")) {
    for (const auto& [each, server] : cluster().servers())
      nodes.push_back(each);
    return nodes;
  }
  do {
    nodes.push_back(node(a));
  } while (a.has_word());
  return nodes;
}

void Player::begin(Arguments& a) {
  if (cluster_) throw std::invalid_argument("there is a cluster already");
  const std::uint64_t servers = number_from(a.value("n").value_or("3"));
  Settings settings;
  auto& first = settings.first_configuration;
  if (const auto voters = a.value("voters")) {
    first.voters = nodes_from(*voters);
  } else {
    for (std::uint64_t i = 1; i <= servers; ++i)
      first.voters.push_back(NodeId{i});
  }
  first.learners = nodes_from(a.value("learners").value_or(""));
  const std::string profile = a.value("profile").value_or("figure2");
  if (profile == "default") {
    settings = default_profile(settings);
  } else if (profile != "figure2") {
    throw std::invalid_argument("no profile is called '" + profile + "'");
  }
  const std::string disk = a.value("disk").value_or("at_once");
  if (disk != "at_once" && disk != "when_told") {
    throw std::invalid_argument("a disk is at_once or when_told, not '" + disk + "'");
  }
  for (const auto& [key, value] : a.values())
    set(settings, key, value);
  cluster_.emplace(servers, settings, disk == "at_once" ? Sync::at_once : Sync::when_told,
                   account_);
}

// Of two logs, what has the same index and term is the same entry: command 3.7 is that of i7 t3.
void Player::given(Arguments& a) {
  const NodeId self = node(a);
  Restored found;
  found.hard_state.current_term = Term{number_from(a.value("term").value_or("0"))};
  if (const auto vote = a.value("vote")) found.hard_state.voted_for = node(*vote);
  Index index;
  for (std::uint64_t term : numbers_from(a.value("log").value_or(""))) {
    ++index;
    found.entries.push_back(
        {Term{term}, EntryKind::command, command_of(fmt::format("{}.{}", term, index.value))});
  }
  cluster().given(self, std::move(found));
}

void Player::tick(Arguments& a) {
  const NodeId self = node(a);
  cluster().tick(self, duration_from(a.word()));
}

void Player::cut(Arguments& a) {
  const std::string link = a.word();
  const std::size_t dash = link.find('-');
  if (dash == link.npos) throw std::invalid_argument("'" + link + "' is no link: n1->n2 or n1-n2");
  const bool one_way = link.compare(dash, 2, "->") == 0;
  const NodeId from = node(link.substr(0, dash));
  const NodeId to = node(link.substr(dash + (one_way ? 2 : 1)));
  cluster().cut(from, to);
  if (!one_way) cluster().cut(to, from);
}

void Player::isolate(Arguments& a) {
  const NodeId alone = node(a);
  for (const auto& [other, server] : cluster().servers()) {
    cluster().cut(alone, other);
    cluster().cut(other, alone);
  }
}

void Player::sync(Arguments& a) {
  const auto up_to = a.value("up_to");
  for (NodeId each : nodes(a)) {
    cluster().sync(each, up_to ? std::optional(WriteId{number_from(*up_to)}) : std::nullopt);
  }
}

void Player::crash(Arguments& a) {
  const NodeId self = node(a);
  const std::uint64_t keep = number_from(a.value("keep").value_or("0"));
  cluster().crash(self, keep, a.flag("torn"));
}

void Player::restart(Arguments& a) {
  const NodeId self = node(a);
  for (const auto& [key, value] : a.values())
    set(cluster().settings(self), key, value);
  cluster().restart(self);
}

void Player::propose(Arguments& a) {
  const NodeId self = node(a);
  Propose input;
  do {
    input.commands.push_back(command_of(a.word()));
  } while (a.has_word());
  cluster().input(self, std::move(input));
}

void Player::compact(Arguments& a) {
  const NodeId self = node(a);
  const auto up_to = a.value("up_to");
  cluster().compact(self, up_to ? std::optional(Index{number_from(*up_to)}) : std::nullopt);
}

void Player::append(Arguments& a) {
  const std::string link = a.word();
  const std::size_t arrow = link.find("->");
  if (arrow == link.npos) throw std::invalid_argument("'" + link + "' is no link: n1->n2");
  const NodeId from = node(link.substr(0, arrow));
  const NodeId to = node(link.substr(arrow + 2));
  const Index next{number_from(a.value("next").value_or(""))};
  cluster().append(from, to, next, number_from(a.value("entries").value_or("0")));
}

void Player::members(Arguments& a) {
  const NodeId self = node(a);
  cluster().input(self, ChangeMembers{nodes_from(a.value("voters").value_or("")),
                                      nodes_from(a.value("learners").value_or(""))});
}

void Player::transfer(Arguments& a) {
  const NodeId self = node(a);
  cluster().input(self, TransferLeadership{node(a)});
}

void Player::read(Arguments& a) {
  const NodeId self = node(a);
  cluster().read(self, a.word());
}

void Player::show(Arguments& a) {
  for (NodeId each : nodes(a))
    account_.outcome(describe(each, cluster().servers().at(each)));
}

void Player::log(Arguments& a) {
  for (NodeId each : nodes(a)) {
    if (!cluster().is_up(each)) throw std::invalid_argument(name(each) + " is down");
    account_.outcome(name(each) + " has " + log_of(cluster().servers().at(each).raft->log()));
  }
}

void Player::progress(Arguments& a) {
  for (NodeId each : nodes(a)) {
    if (!cluster().is_up(each)) throw std::invalid_argument(name(each) + " is down");
    for (const Progress& p : cluster().servers().at(each).raft->progress())
      account_.outcome(name(each) + " on " + text_of(p));
  }
}

void Player::flight(Arguments&) {
  for (const InFlight& m : cluster().in_flight()) {
    account_.outcome(fmt::format("{} -> {} {}{}", name(m.from), name(m.to), text_of(m.message),
                                 m.held ? "  (held)" : ""));
  }
}

// [n1->n2] [type] [nth=2]; a server may be "*".
Cluster::Which Player::picked(Arguments& a) {
  NodeId from;
  NodeId to;
  std::string type;
  if (a.has_word() && a.peek().find("->") != std::string::npos) {
    const std::string link = a.word();
    const std::size_t arrow = link.find("->");
    if (link.substr(0, arrow) != "*") from = node(link.substr(0, arrow));
    if (link.substr(arrow + 2) != "*") to = node(link.substr(arrow + 2));
  }
  if (a.has_word()) type = a.word();
  static const std::set<std::string> types = {"",
                                              "pre_vote",
                                              "pre_vote_reply",
                                              "request_vote",
                                              "request_vote_reply",
                                              "append_entries",
                                              "append_entries_reply",
                                              "install_snapshot",
                                              "install_snapshot_reply",
                                              "timeout_now",
                                              "read_index",
                                              "read_index_reply"};
  if (types.count(type) == 0) throw std::invalid_argument("no message is a '" + type + "'");
  const auto nth = a.value("nth");
  const auto left = std::make_shared<std::uint64_t>(nth ? number_from(*nth) : 0);
  const bool only_one = nth.has_value();
  return [=](const InFlight& m) {
    const bool fits = (from == NodeId{} || m.from == from) && (to == NodeId{} || m.to == to) &&
                      (type.empty() || type == name_of(m.message));
    if (!fits || !only_one) return fits;
    return *left > 0 && --*left == 0;
  };
}

}  // namespace

std::string play(const std::string& script) {
  std::istringstream lines(script);
  std::string out;
  std::size_t number = 0;
  Player player;
  bool in_prose = true;
  bool in_account = false;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    const bool is_rule = line == kRule;
    if (in_prose && (is_rule || (number == 1 && line.empty()))) {
      throw std::runtime_error(fmt::format("line {}: a script begins with prose", number));
    }
    if (line.empty()) in_prose = in_account = false;
    if (in_account) continue;
    out += line + '\n';
    if (is_rule) {
      out += player.account();
      in_account = true;
    } else if (!in_prose && !line.empty() && line.front() != '#') {
      try {
        player.play(line);
      } catch (const std::exception& error) {
        throw std::runtime_error(
            fmt::format("line {}, '{}': {}\n{}", number, line, error.what(), player.account()));
      }
    }
  }
  if (const std::string untold = player.account(); !untold.empty()) {
    throw std::runtime_error("the last lines have no account: " + std::string(kRule) +
                             " is missing");
  }
  return out;
}

}  // namespace raft::golden
