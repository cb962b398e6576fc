// SPDX-License-Identifier: Apache-2.0
#include "tests/golden/player.h"

#include <fmt/format.h>

namespace raft::golden {
namespace {

Command command_of(const std::string& text) {
  return std::make_shared<const std::string>(text);
}

}  // namespace

const std::map<std::string, Player::Verb>& Player::verbs() {
  static const std::map<std::string, Verb> all = {
      {"cluster", &Player::begin},     {"given", &Player::given},
      {"timeout", &Player::timeout},   {"tick", &Player::tick},
      {"advance", &Player::advance},   {"run", &Player::run},
      {"clock", &Player::clock},       {"stabilize", &Player::stabilize},
      {"converge", &Player::converge}, {"deliver", &Player::deliver},
      {"drop", &Player::drop},         {"duplicate", &Player::duplicate},
      {"hold", &Player::hold},         {"release", &Player::release},
      {"cut", &Player::cut},           {"isolate", &Player::isolate},
      {"heal", &Player::heal},         {"sync", &Player::sync},
      {"crash", &Player::crash},       {"restart", &Player::restart},
      {"propose", &Player::propose},   {"compact", &Player::compact},
      {"members", &Player::members},   {"transfer", &Player::transfer},
      {"append", &Player::append},     {"forge", &Player::forge},
      {"read", &Player::read},         {"show", &Player::show},
      {"log", &Player::log},           {"progress", &Player::progress},
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

const Cluster& Player::cluster() const {
  if (!cluster_) throw std::invalid_argument("there is no cluster yet");
  return *cluster_;
}

Cluster& Player::its() {
  cluster();
  return *cluster_;
}

NodeId Player::node(const std::string& name) {
  const NodeId node = node_from(name);
  if (its().servers().count(node) == 0) throw std::invalid_argument("there is no " + name);
  return node;
}

std::vector<NodeId> Player::existing(const std::string& list) {
  std::vector<NodeId> nodes = nodes_from(list);
  for (NodeId each : nodes)
    node(name(each));
  return nodes;
}

std::pair<NodeId, NodeId> Player::link(const std::string& text) {
  const std::size_t arrow = text.find("->");
  if (arrow == text.npos) throw std::invalid_argument("'" + text + "' is no link: n1->n2");
  return {node(text.substr(0, arrow)), node(text.substr(arrow + 2))};
}

std::vector<NodeId> Player::nodes(Arguments& a) {
  std::vector<NodeId> nodes;
  if (a.flag("all")) {
    for (const auto& [each, server] : its().servers())
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
  const auto flaw = a.value("flaw");
  const std::string seed = a.value("seed").value_or("0");
  for (const auto& [key, value] : a.values())
    set(settings, key, value);
  for (NodeId member : first.members()) {
    if (member > NodeId{servers}) throw std::invalid_argument("there is no " + name(member));
  }
  cluster_.emplace(servers, settings, disk == "at_once" ? Sync::at_once : Sync::when_told, account_,
                   number_from(seed), flaw ? flaw_from(*flaw) : Flaw::none);
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
  its().given(self, std::move(found));
}

void Player::tick(Arguments& a) {
  const NodeId self = node(a);
  its().tick(self, duration_from(a.word()));
}

void Player::clock(Arguments& a) {
  const NodeId self = node(a);
  const std::uint64_t percent = number_from(a.value("rate").value_or(""));
  if (percent == 0 || percent > 1000) {
    throw std::invalid_argument("a clock runs at 1 to 1000 hundredths of the time");
  }
  its().clock(self, static_cast<std::int64_t>(percent));
}

void Player::converge(Arguments& a) {
  its().converge(duration_from(a.value("within").value_or("60s")));
}

void Player::cut(Arguments& a) {
  const std::string link = a.word();
  const std::size_t dash = link.find('-');
  if (dash == link.npos) throw std::invalid_argument("'" + link + "' is no link: n1->n2 or n1-n2");
  const bool one_way = link.compare(dash, 2, "->") == 0;
  const NodeId from = node(link.substr(0, dash));
  const NodeId to = node(link.substr(dash + (one_way ? 2 : 1)));
  its().cut(from, to);
  if (!one_way) its().cut(to, from);
}

void Player::isolate(Arguments& a) {
  const NodeId alone = node(a);
  for (const auto& [other, server] : its().servers()) {
    its().cut(alone, other);
    its().cut(other, alone);
  }
}

void Player::sync(Arguments& a) {
  if (a.flag("all")) {
    std::size_t synced = 0;
    for (const auto& [each, server] : its().servers()) {
      if (server.disk.pending().empty()) continue;
      its().sync(each, std::nullopt);
      ++synced;
    }
    if (synced == 0) throw std::invalid_argument("nothing is under way to any disk");
    return;
  }
  const auto up_to = a.value("up_to");
  its().sync(node(a), up_to ? std::optional(WriteId{number_from(*up_to)}) : std::nullopt);
}

void Player::crash(Arguments& a) {
  const NodeId self = node(a);
  const std::uint64_t keep = number_from(a.value("keep").value_or("0"));
  its().crash(self, keep, a.flag("torn"));
}

void Player::restart(Arguments& a) {
  const NodeId self = node(a);
  if (its().is_up(self)) throw std::invalid_argument(name(self) + " is up");
  for (const auto& [key, value] : a.values())
    set(its().settings(self), key, value);
  its().restart(self);
}

void Player::propose(Arguments& a) {
  const NodeId self = node(a);
  Propose input;
  do {
    input.commands.push_back(command_of(a.word()));
  } while (a.has_word());
  its().input(self, std::move(input));
}

void Player::compact(Arguments& a) {
  const NodeId self = node(a);
  const auto up_to = a.value("up_to");
  its().compact(self, up_to ? std::optional(Index{number_from(*up_to)}) : std::nullopt);
}

void Player::append(Arguments& a) {
  const auto [from, to] = link(a.word());
  const Index next{number_from(a.value("next").value_or(""))};
  its().append(from, to, next, number_from(a.value("entries").value_or("0")));
}

void Player::forge(Arguments& a) {
  const auto [from, to] = link(a.word());
  const std::string type = a.word();
  const Term term{number_from(a.value("term").value_or(""))};
  if (type == "append_entries") {
    its().forge(from, to, AppendEntries{term, {}, {}, {}, {}, {}});
  } else if (type == "install_snapshot") {
    const Configuration& members = its().servers().at(to).settings.first_configuration;
    its().forge(from, to, InstallSnapshot{term, Index{1}, term, members, 0, 0, command_of(""), {}});
  } else if (type == "request_vote_reply") {
    its().forge(from, to, RequestVoteReply{term, term, true, false});
  } else {
    throw std::invalid_argument("'" + type + "' is not forged here");
  }
}

void Player::members(Arguments& a) {
  const NodeId self = node(a);
  its().input(self, ChangeMembers{existing(a.value("voters").value_or("")),
                                  existing(a.value("learners").value_or(""))});
}

void Player::transfer(Arguments& a) {
  const NodeId self = node(a);
  its().input(self, TransferLeadership{node(a)});
}

void Player::read(Arguments& a) {
  const NodeId self = node(a);
  its().read(self, a.word());
}

void Player::show(Arguments& a) {
  for (NodeId each : nodes(a))
    account_.outcome([&] { return describe(each, its().servers().at(each)); });
}

void Player::log(Arguments& a) {
  for (NodeId each : nodes(a)) {
    if (!its().is_up(each)) throw std::invalid_argument(name(each) + " is down");
    account_.outcome(
        [&] { return name(each) + " has " + log_of(its().servers().at(each).raft->log()); });
  }
}

void Player::progress(Arguments& a) {
  for (NodeId each : nodes(a)) {
    if (!its().is_up(each)) throw std::invalid_argument(name(each) + " is down");
    for (const Progress& p : its().servers().at(each).raft->progress())
      account_.outcome([&] { return name(each) + " on " + text_of(p); });
  }
}

void Player::flight(Arguments&) {
  for (const InFlight& m : its().in_flight()) {
    account_.outcome([&] {
      return fmt::format("{} -> {} {}{}", name(m.from), name(m.to), text_of(m.message),
                         m.held ? "  (held)" : "");
    });
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

}  // namespace raft::golden
