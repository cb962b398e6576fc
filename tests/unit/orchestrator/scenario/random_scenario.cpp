// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/orchestrator/scenario/random_scenario.h"

#include <algorithm>

#include <fmt/format.h>

#include "orchestrator/verify/check.h"
#include "raft/random.h"

namespace scenario {
namespace {

class RandomScenario {
 public:
  explicit RandomScenario(std::uint64_t seed) : random_(seed) {}

  Scenario run() {
    Scenario s;
    s.name = text(20);
    if (coin()) s.description = text(300);
    for (std::uint64_t i = below(3); i > 0; --i) {
      s.tags.push_back(text(10));
    }
    s.seed = coin() ? random_.between(0, ~std::uint64_t{0} - 1) : below(100);
    s.cluster = cluster();
    nodes_ = s.cluster.nodes;
    if (coin()) {
      s.workload = workload();
      if (all_read_outside_the_log(s.cluster) && coin()) {
        s.workload->reads_from = WorkloadSpec::ReadsFrom::any;
      }
    }
    s.steps = steps(1 + below(12), 0);
    s.finish = {.converge = coin(), .timeout = duration()};
    s.checks = checks();
    s.time_limit = std::chrono::seconds(1 + below(86'400));
    s.deliver_stale = coin();
    return s;
  }

 private:
  std::uint64_t below(std::uint64_t limit) { return random_.below(limit); }
  bool coin() { return below(2) == 0; }
  template <class E>
  E one_of(std::initializer_list<E> values) {
    return values.begin()[below(values.size())];
  }

  // Of pieces that need care when they are written.
  std::string text(std::uint64_t longest) {
    static constexpr std::string_view kPieces[] = {
        "a",  "word", " ",    ", ", ": ",   " #",   "\"", "'",  "\\",   "\n",  "\t",  "é",  "日本",
        "[",  "]",    "{",    "}",  "- ",   "&x",   "*x", "!t", "null", "yes", "~",   "01", "1.5s",
        "%x", "@",    "\x01", ":",  "true", "\x7f", "|",  ">",  "?",    "=",   "🙂"};
    std::string result;
    const std::uint64_t length = 1 + below(longest);
    while (true) {
      const std::string_view piece = kPieces[below(std::size(kPieces))];
      if (result.size() + piece.size() > length) break;
      result += piece;
    }
    return result.empty() ? "x" : result;
  }

  Duration duration() {
    const Duration unit = one_of({Duration(1'000), Duration(10'000), Duration(1'000'000)});
    return unit * static_cast<Duration::rep>(1 + below(500));
  }

  // Where one node trusts leases, all do.
  NodeSettings settings(bool leases) {
    using raft::Reads;
    NodeSettings s;
    raft::Settings& r = s.raft;
    r.heartbeat_interval = duration();
    r.election_timeout_min = r.heartbeat_interval + (leases ? Duration(1) : duration());
    if (leases) r.election_timeout_min = Duration(600'000'000);
    r.election_timeout_max = r.election_timeout_min + (coin() ? Duration(0) : duration());
    r.noop_on_election = leases || coin();
    r.reads = r.noop_on_election && coin() ? Reads::read_index : Reads::log;
    r.pre_vote = coin();
    r.check_quorum = coin();
    r.leader_stickiness = leases || coin();
    if (leases) {
      r.reads = Reads::lease;
      r.max_clock_drift_percent = static_cast<unsigned>(below(100));
    }
    s.snapshot_threshold = below(20'000);
    r.trailing_entries = below(2'000);
    r.snapshot_chunk_bytes = 1 + below(1 << 20);
    r.max_snapshot_bytes = 1 + below(1 << 30);
    r.max_append_entries = 1 + below(1'000);
    r.max_append_bytes = 1 + below(1 << 20);
    r.max_in_flight = 1 + below(100);
    r.max_in_flight_bytes = 1 + below(1 << 20);
    r.max_uncommitted_bytes = 1 + below(1 << 20);
    return s;
  }

  ClusterSpec cluster() {
    ClusterSpec c;
    c.nodes = static_cast<unsigned>(1 + below(7));
    c.profile = one_of({Profile::default_profile, Profile::figure2});
    for (raft::NodeId node{1}; node.value <= c.nodes; ++node) {
      const std::uint64_t draw = below(4);
      if (draw == 0) c.learners.push_back(node);
      if (draw == 1) c.voters.push_back(node);
    }
    if (c.learners.size() == c.nodes) c.learners.pop_back();
    c.max_sessions = below(20'000);
    const bool leases = coin();
    c.settings = settings(leases);
    for (std::uint64_t i = below(3); i > 0; --i) {
      c.node_settings[raft::NodeId{1 + below(c.nodes)}] = settings(leases);
    }
    return c;
  }

  bool all_read_outside_the_log(const ClusterSpec& c) {
    for (raft::NodeId node{1}; node.value <= c.nodes; ++node) {
      if (settings_of(c, node).raft.reads == raft::Reads::log) return false;
    }
    return true;
  }

  WorkloadSpec workload() {
    WorkloadSpec w;
    w.clients = static_cast<unsigned>(1 + below(1000));
    w.rate = coin() ? static_cast<double>(below(1000)) / 7 : static_cast<double>(below(1'000'001));
    w.keys = static_cast<unsigned>(1 + below(1'000'000));
    w.mix = {.read = static_cast<unsigned>(below(1001)),
             .put = static_cast<unsigned>(below(1001)),
             .append = static_cast<unsigned>(1 + below(1000)),
             .cas = static_cast<unsigned>(below(1001))};
    w.value_bytes = static_cast<unsigned>(below(1'048'577));
    w.request_timeout = duration();
    w.give_up_after = w.request_timeout + duration();
    return w;
  }

  std::vector<std::string> checks() {
    std::vector<std::string> names;
    for (const std::string& name : verify::check_names()) {
      if (coin()) names.push_back(name);
    }
    return names;
  }

  raft::NodeId node() { return raft::NodeId{1 + below(nodes_)}; }
  unsigned number(std::uint64_t most) { return static_cast<unsigned>(1 + below(most)); }
  raft::Index index() { return raft::Index{1 + below(1000)}; }

  std::string new_id() { return fmt::format("id_{}", ++ids_); }

  Target settled_target() {
    using Kind = Target::Kind;
    const auto kind = one_of({Kind::nodes, Kind::leader, Kind::leader_plus, Kind::followers,
                              Kind::all, Kind::remembered});
    if (kind == Kind::leader_plus && nodes_ > 1)
      return {.kind = kind, .number = number(nodes_ - 1)};
    if (kind == Kind::remembered && !leaders_.empty() && coin()) {
      return {.kind = kind,
              .number = static_cast<unsigned>(below(nodes_)),
              .id = leaders_[below(leaders_.size())]};
    }
    if (kind == Kind::remembered && !victims_.empty()) {
      return {.kind = kind, .id = victims_[below(victims_.size())]};
    }
    if (kind == Kind::leader || kind == Kind::followers || kind == Kind::all) return {.kind = kind};
    Target target{.kind = Kind::nodes};
    for (std::uint64_t n = 1; n <= nodes_; ++n) {
      if (coin()) target.nodes.push_back(raft::NodeId{n});
    }
    if (target.nodes.empty()) target.nodes.push_back(node());
    return target;
  }

  Target target() {
    using Kind = Target::Kind;
    if (coin()) return settled_target();
    const auto kind =
        one_of({Kind::follower, Kind::one, Kind::random, Kind::majority, Kind::minority});
    return {.kind = kind, .number = kind == Kind::random ? number(nodes_) : 0};
  }

  LinkSelector link() {
    LinkSelector link;
    if (coin()) link.src = target();
    if (coin()) link.dst = target();
    for (std::uint64_t i = below(3); i > 0; --i) {
      link.messages.push_back(static_cast<proxy::MessageType>(1 + below(proxy::kMessageTypes - 1)));
    }
    return link;
  }

  PartitionFault partition() {
    using Direction = PartitionFault::Direction;
    PartitionFault p;
    p.direction = one_of({Direction::both, Direction::to, Direction::from});
    if (coin()) {
      p.isolate = target();
    } else {
      p.groups.push_back(target());
      if (coin()) p.groups.push_back({.kind = Target::Kind::minority});
    }
    return p;
  }

  DelayFault delay() {
    using Distribution = DelayFault::Distribution;
    DelayFault d{.link = link(), .latency = duration()};
    d.distribution = one_of({Distribution::constant, Distribution::uniform, Distribution::normal});
    if (d.distribution != Distribution::constant && coin()) d.jitter = duration();
    return d;
  }

  FaultStep fault() {
    FaultStep step;
    const std::uint64_t kind = below(7);
    if (kind == 0) step.fault = partition();
    if (kind == 1) step.fault = delay();
    if (kind == 2) step.fault = LossFault{link(), static_cast<double>(1000 + below(99'001)) / 1000};
    if (kind == 3) step.fault = KillFault{target(), {}};
    if (kind == 4) step.fault = PauseFault{target()};
    if (kind == 5) step.fault = SlowFault{target(), Duration(1 + static_cast<int>(below(9'999)))};
    if (kind == 6) {
      const double rate = static_cast<double>(100 + below(9'901)) / 1000;
      step.fault = ClockFault{target(), rate, coin() ? Duration(-1'500) : Duration(3'600'000'000)};
    }
    ++faults_;
    step.id = coin() ? new_id() : fmt::format("fault-{}", faults_);
    step.may_not_match = coin();
    if (auto* kill = std::get_if<KillFault>(&step.fault)) {
      if (coin()) kill->restart_after = duration();
    } else if (coin()) {
      step.duration = duration();
    }
    (kind == 3 ? kills_ : rules_).push_back(step.id);
    const auto* cut = std::get_if<PartitionFault>(&step.fault);
    const bool one_side = cut != nullptr && cut->groups.size() <= 1;
    if (one_side || kind >= 3) victims_.push_back(step.id);
    return step;
  }

  LeaderCondition leader() {
    using Kind = LeaderCondition::Kind;
    LeaderCondition c{.kind = one_of({Kind::one, Kind::stable, Kind::none})};
    if (c.kind == Kind::none) return c;
    if (coin()) c.is = settled_target();
    if (coin()) c.is_not = settled_target();
    if (coin()) c.term = raft::Term{1 + below(100)};
    return c;
  }

  std::vector<raft::NodeId> some_nodes() {
    std::vector<raft::NodeId> nodes{node()};
    for (raft::NodeId next = nodes.front().next(); next.value <= nodes_; ++next) {
      if (coin()) nodes.push_back(next);
    }
    return nodes;
  }

  Condition condition() {
    switch (below(10)) {
      case 4:
        return MembersCondition{.voters = some_nodes(),
                                .learners = coin() ? some_nodes() : std::vector<raft::NodeId>{}};
      case 5:
        return SnapshotCondition{settled_target(), index()};
      case 6:
        return TermAtMostCondition{raft::Term{1 + below(100)}};
      case 0:
        return TermsEqualCondition{};
      case 1:
        return ConvergedCondition{};
      case 2:
        return StartedElectionCondition{settled_target(), raft::Term{1 + below(100)}};
      case 3: {
        AppliedCondition c{.log_index = index()};
        if (coin()) c.exactly = static_cast<unsigned>(below(nodes_ + 1));
        if (!c.exactly) c.at_least = number(nodes_);
        return c;
      }
      case 7:
        return counting<MessagesCondition>(
            static_cast<proxy::MessageType>(1 + below(proxy::kMessageTypes - 1)));
      case 8:
        return counting<ErrorsCondition>(static_cast<node::ClientError>(below(8)));
      default:
        return leader();
    }
  }

  template <class Counting, class Type>
  Counting counting(Type type) {
    Counting c{.type = type, .at_least = static_cast<unsigned>(below(10)), .at_most = {}};
    if (c.at_least == 0 || coin()) c.at_most = c.at_least + static_cast<unsigned>(below(10));
    return c;
  }

  WaitForStep wait_for() {
    WaitForStep step{.condition = condition(), .as = "", .timeout = duration()};
    const auto* c = std::get_if<LeaderCondition>(&step.condition);
    if (c != nullptr && c->kind != LeaderCondition::Kind::none && coin()) {
      step.as = new_id();
      leaders_.push_back(step.as);
    }
    return step;
  }

  ExpectStep expect() {
    std::vector<std::string> faults = rules_;
    faults.insert(faults.end(), kills_.begin(), kills_.end());
    if (faults.empty() || coin()) return {condition()};
    AcknowledgedCondition c{.by = settled_target(),
                            .since = faults[below(faults.size())],
                            .after = duration(),
                            .at_least = static_cast<unsigned>(below(10)),
                            .at_most = {}};
    if (c.at_least == 0 || coin()) c.at_most = c.at_least + static_cast<unsigned>(below(10));
    return {c};
  }

  AgreeStep agree() {
    AgreeStep step{.nodes = number(nodes_), .retry = coin(), .times = number(1000)};
    if (coin()) step.log_index = index();
    step.timeout = duration();
    return step;
  }

  StartStep start() {
    StartStep step{.target = target(), .count = number(1000)};
    if (coin()) step.accepted = coin();
    if (!step.accepted.value_or(true)) return step;
    for (std::uint64_t i = below(4); i > 0; --i) {
      step.log_index.push_back(index());
    }
    return step;
  }

  MembersStep members() {
    using Change = MembersStep::Change;
    MembersStep step{.change = one_of({Change::add, Change::add_learner, Change::promote,
                                       Change::demote, Change::remove}),
                     .nodes = target(),
                     .timeout = duration(),
                     .wait = coin(),
                     .may_fail = coin()};
    if (step.change <= Change::add_learner && coin()) step.replacing = target();
    const bool takes_voters = step.change == Change::remove || step.change == Change::demote;
    const bool everybody =
        step.nodes.kind == Target::Kind::all || step.nodes.nodes.size() == nodes_;
    if (takes_voters && everybody) step.nodes = {.kind = Target::Kind::minority};
    return step;
  }

  TransferStep transfer() {
    using Kind = Target::Kind;
    return {.to = {.kind = one_of({Kind::leader, Kind::follower, Kind::one})},
            .timeout = duration(),
            .may_fail = coin()};
  }

  Step step(unsigned depth) {
    Step s;
    switch (below(depth < 3 ? 11 : 10)) {
      case 8:
        s.action = members();
        break;
      case 9:
        s.action = transfer();
        break;
      case 0:
        s.action = RestartStep{target()};
        break;
      case 1:
        s.action = HealStep{rules_.empty() || coin() ? "" : rules_[below(rules_.size())]};
        break;
      case 2:
        s.action = SleepStep{duration()};
        break;
      case 3:
        s.action = wait_for();
        break;
      case 4:
        s.action = expect();
        break;
      case 5:
        s.action = agree();
        break;
      case 6:
        s.action = start();
        break;
      case 7:
        s.action = fault();
        break;
      default:
        s.action = RepeatStep{number(1000), steps(1 + below(4), depth + 1)};
    }
    if (coin()) s.name = text(40);
    return s;
  }

  std::vector<Step> steps(std::uint64_t count, unsigned depth) {
    std::vector<Step> result;
    for (; count > 0; --count) {
      result.push_back(step(depth));
    }
    return result;
  }

  raft::Random random_;
  std::uint64_t nodes_ = 1;
  unsigned ids_ = 0;
  unsigned faults_ = 0;
  std::vector<std::string> leaders_;
  std::vector<std::string> rules_;
  std::vector<std::string> kills_;
  std::vector<std::string> victims_;
};

}  // namespace

Scenario random_scenario(std::uint64_t seed) {
  return RandomScenario(seed).run();
}

}  // namespace scenario
