// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/scenario/generator.h"

#include <algorithm>

#include <fmt/format.h>

#include "raft/random.h"

namespace scenario {
namespace {

constexpr unsigned kFewestDeeds = 8;
constexpr unsigned kMostDeeds = 14;
constexpr double kLongRunsRate = 0.3;  // of a short one's
constexpr decltype(NodeSettings::snapshot_threshold) kCoarseThreshold = 200;
constexpr decltype(raft::Settings::snapshot_chunk_bytes) kCoarseChunk = 16'384;

class Generator {
 public:
  explicit Generator(std::uint64_t seed) : random_(seed) {
    scenario_.name = "soak";
    scenario_.description =
        "Kills, partitions, loss, delay, pauses, slow machines, wrong clocks, changes of the "
        "members "
        "and transfers at random, then all converge.";
    scenario_.tags = {"soak"};
    scenario_.seed = seed;
    scenario_.finish.timeout = Duration(15'000'000);
  }

  Scenario run(std::optional<Duration> length) {
    // What waits beside the pauses, for members and transfers, takes less than they do by far.
    scenario_.time_limit = Duration(60'000'000) + 4 * length.value_or(Duration{});
    draw_cluster();
    if (length) make_snapshots_coarse();
    WorkloadSpec& load = scenario_.workload.emplace();
    load.clients = static_cast<unsigned>(random_.between(3, 8));
    // The last keeps disks busy, so that kills meet them; most leave time for many seeds.
    load.rate = one_of({50.0, 100.0, 100.0, 150.0, 200.0, 200.0, 300.0, 1000.0});
    // A long run meets more faults, and needs fewer operations between them.
    if (length) load.rate *= kLongRunsRate;
    load.keys = static_cast<unsigned>(random_.between(3, 8));
    load.value_bytes = one_of({0U, 0U, 600U});  // the last are larger than a disk's sectors
    load.mix = {.read = 40, .put = 10, .append = 40, .cas = 10};
    if (scenario_.cluster.settings.raft.reads != raft::Reads::log && random_.below(2) == 0) {
      load.reads_from = WorkloadSpec::ReadsFrom::any;
    }
    load.request_timeout = Duration(300'000);
    load.give_up_after = Duration(3'000'000);

    add(WaitForStep{LeaderCondition{LeaderCondition::Kind::stable, {}, {}, {}}, "",
                    Duration(10'000'000)});
    const std::uint64_t deeds = random_.between(kFewestDeeds, kMostDeeds);
    for (std::uint64_t i = 0; length ? slept_ < *length : i < deeds; ++i) {
      do_something();
      rest(100, 700);
    }
    add(HealStep{});
    add(RestartStep{target(Target::Kind::all)});
    if (random_.below(4) == 0) leave_in_peace();
    return std::move(scenario_);
  }

 private:
  template <class T>
  T one_of(std::initializer_list<T> values) {
    return values.begin()[random_.below(values.size())];
  }

  // Small numbers, so that what limits bound is met within seconds.
  // What a long run has written is too much to be saved every few entries and sent in tiny pieces.
  void make_snapshots_coarse() {
    NodeSettings& settings = scenario_.cluster.settings;
    settings.snapshot_threshold = std::max(settings.snapshot_threshold, kCoarseThreshold);
    settings.raft.snapshot_chunk_bytes = std::max(settings.raft.snapshot_chunk_bytes, kCoarseChunk);
  }

  void draw_cluster() {
    ClusterSpec& cluster = scenario_.cluster;
    const std::uint64_t voters = one_of({3U, 5U});
    cluster.nodes = static_cast<unsigned>(voters + random_.below(3));
    for (raft::NodeId node{1}; node.value <= voters; ++node)
      cluster.voters.push_back(node);
    cluster.max_sessions = one_of({std::uint64_t{3}, kMaxSessions});
    NodeSettings& settings = cluster.settings;
    settings.snapshot_threshold = one_of({5U, 40U, 200U, 10'000U});
    raft::Settings& raft = settings.raft;
    raft.trailing_entries = one_of({0U, 0U, 10U, 1'000U});
    raft.snapshot_chunk_bytes = one_of({64U, 1'024U, 65'536U});
    raft.max_append_entries = one_of({1U, 8U, 256U});
    raft.max_in_flight = one_of({1U, 4U, 16U});
    raft.max_uncommitted_bytes = one_of({1'000U, 1U << 26});
    raft.reads = one_of({raft::Reads::log, raft::Reads::read_index, raft::Reads::lease});
    raft.pre_vote = random_.below(4) != 0;
    raft.check_quorum = random_.below(4) != 0;
    raft.leader_stickiness = raft.reads == raft::Reads::lease || random_.below(4) != 0;
  }

  void do_something() {
    switch (random_.below(15)) {
      case 12:
        return pause();
      case 13:
        return fault(SlowFault{machines(), microseconds(50, 2'000)}, milliseconds(300, 1500));
      case 14:
        return clock();
      case 8:
      case 9:
      case 10:
        return change_members();
      case 11:
        return add(TransferStep{target(one_of({Target::Kind::follower, Target::Kind::one})),
                                milliseconds(300, 1000), true});
      case 0:  // comes back late
        return kill(milliseconds(800, 2500));
      case 1:  // comes back at once
      case 2:
        return kill(milliseconds(0, 20));
      case 3:  // comes back with a later step
        kill(std::nullopt);
        rest(200, 1200);
        return add(RestartStep{target(Target::Kind::all)});
      case 4:
        return isolate();
      case 5:
        return split();
      case 6:
        return fault(LossFault{link(), static_cast<double>(random_.between(5, 40))},
                     milliseconds(500, 2000));
      default:
        return fault(DelayFault{link(), milliseconds(5, 60), milliseconds(0, 5),
                                DelayFault::Distribution::uniform},
                     milliseconds(500, 2000));
    }
  }

  void rest(std::uint64_t low, std::uint64_t high) {
    const Duration duration = milliseconds(low, high);
    slept_ += duration;
    add(SleepStep{duration});
  }

  // For as long as it takes to judge whether they go on. Who was removed may disturb the others, so
  // that all are members first.
  void leave_in_peace() {
    MembersStep step;
    step.change = MembersStep::Change::add;
    step.nodes = target(Target::Kind::all);
    step.timeout = Duration(3'000'000);
    step.may_fail = true;
    add(std::move(step));
    const Duration election = scenario_.cluster.settings.raft.election_timeout_max;
    add(SleepStep{6 * election + Duration(1'000'000)});
  }

  void kill(std::optional<Duration> restart_after) {
    constexpr Target::Kind kVictims[] = {Target::Kind::leader,   Target::Kind::leader,
                                         Target::Kind::follower, Target::Kind::one,
                                         Target::Kind::minority, Target::Kind::majority};
    fault(KillFault{target(kVictims[random_.below(6)]), restart_after}, std::nullopt);
  }

  void isolate() {
    constexpr Target::Kind kVictims[] = {Target::Kind::leader, Target::Kind::leader,
                                         Target::Kind::one, Target::Kind::minority};
    fault(PartitionFault{target(kVictims[random_.below(4)]), {}, direction()},
          milliseconds(300, 2000));
  }

  void split() {
    fault(PartitionFault{{}, {target(Target::Kind::minority)}, direction()},
          milliseconds(300, 2000));
  }

  Target machines() {
    return target(one_of({Target::Kind::leader, Target::Kind::follower, Target::Kind::one,
                          Target::Kind::minority, Target::Kind::all}));
  }

  void pause() {
    fault(PauseFault{target(one_of({Target::Kind::leader, Target::Kind::leader,
                                    Target::Kind::follower, Target::Kind::minority}))},
          milliseconds(50, 2000));
  }

  // Leases allow for rates that differ so little, and nothing else minds how much they do.
  void clock() {
    const bool lease = scenario_.cluster.settings.raft.reads == raft::Reads::lease;
    const double rate = static_cast<double>(lease ? random_.between(960, 1040)  //
                                                  : random_.between(300, 3000)) /
                        1000;
    const Duration jump =
        random_.below(2) == 0 ? Duration{} : milliseconds(0, 5000) - Duration(2'500'000);
    fault(ClockFault{machines(), rate, jump}, milliseconds(500, 3000));
  }

  // Nobody is left without a vote: Raft refuses that, and whatever was asked for may fail.
  void change_members() {
    using Change = MembersStep::Change;
    MembersStep step;
    step.change = one_of({Change::add, Change::add, Change::add_learner, Change::promote,
                          Change::demote, Change::remove, Change::remove});
    const bool leaves = step.change == Change::demote || step.change == Change::remove;
    if (leaves && random_.below(2) == 0) {
      step.nodes = target(one_of({Target::Kind::leader, Target::Kind::follower}));
    } else {
      step.nodes = node();
      if (random_.below(4) == 0) step.nodes = two_nodes();
    }
    if (step.change == Change::add && random_.below(2) == 0) {
      step.replacing = target(one_of({Target::Kind::leader, Target::Kind::follower}));
    }
    step.wait = random_.below(3) != 0;
    step.timeout = milliseconds(300, 1500);
    step.may_fail = true;
    add(std::move(step));
  }

  Target node() {
    return {Target::Kind::nodes, {{random_.between(1, scenario_.cluster.nodes)}}, 0, ""};
  }

  Target two_nodes() {
    const std::uint64_t first = random_.between(1, scenario_.cluster.nodes - 1);
    return {Target::Kind::nodes,
            {{first}, {random_.between(first + 1, scenario_.cluster.nodes)}},
            0,
            ""};
  }

  LinkSelector link() {
    LinkSelector link;
    if (random_.below(2) == 0) link.src = target(Target::Kind::one);
    if (random_.below(3) == 0) link.dst = target(Target::Kind::majority);
    return link;
  }

  PartitionFault::Direction direction() {
    constexpr PartitionFault::Direction kDirections[] = {
        PartitionFault::Direction::both, PartitionFault::Direction::both,
        PartitionFault::Direction::to, PartitionFault::Direction::from};
    return kDirections[random_.below(4)];
  }

  // What is generated may hit nobody: who leads when it fires is not known here.
  template <class Fault>
  void fault(Fault fault, std::optional<Duration> duration) {
    add(FaultStep{std::move(fault), fmt::format("fault-{}", ++faults_), duration, true});
  }

  template <class Action>
  void add(Action action) {
    scenario_.steps.push_back(Step{std::move(action), "", 0});
  }

  static Target target(Target::Kind kind) { return Target{kind, {}, 0, ""}; }

  Duration milliseconds(std::uint64_t low, std::uint64_t high) {
    return Duration(static_cast<std::int64_t>(1000 * random_.between(low, high)));
  }

  Duration microseconds(std::uint64_t low, std::uint64_t high) {
    return Duration(static_cast<std::int64_t>(random_.between(low, high)));
  }

  raft::Random random_;
  Scenario scenario_;
  unsigned faults_ = 0;
  Duration slept_{};
};

}  // namespace

Scenario generate(std::uint64_t seed, std::optional<Duration> length) {
  return Generator(seed).run(length);
}

}  // namespace scenario
