// SPDX-License-Identifier: Apache-2.0
// A scenario as data: what the file said, with every default filled in. It can be written back
// (writer.h), and running what was written is running the same scenario. The words are explained in
// docs/scenarios.md.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "node/protocol.h"
#include "proxy/wire/envelope.h"
#include "raft/settings.h"

namespace scenario {

using Duration = std::chrono::microseconds;

// What one node is set to.
struct NodeSettings {
  // Which node it is and the first configuration are not said here, but in ClusterSpec.
  raft::Settings raft = raft::default_profile({});
  // Applied entries since the last snapshot after which a node takes the next one; 0: never.
  std::uint64_t snapshot_threshold = 10'000;
  friend bool operator==(const NodeSettings&, const NodeSettings&) = default;
};

// `figure2` is the paper's Figure 2 and nothing else. A profile's settings come first, the
// scenario's own words override them.
enum class Profile : std::uint8_t { default_profile, figure2 };
NodeSettings settings_of(Profile profile);

inline constexpr unsigned kMaxNodes = 101;
inline constexpr std::uint64_t kMaxSessions =
    10'000;  // of the default profile; figure2 has no limit

struct ClusterSpec {
  unsigned nodes = 3;  // n1 to nN; 1 to kMaxNodes
  Profile profile = Profile::default_profile;
  // The first configuration, ascending. Nodes in neither run and wait to be added.
  std::vector<raft::NodeId> voters{};  // empty: all that are no learners
  std::vector<raft::NodeId> learners{};
  // Client sessions that the store keeps; 0: all. One number for all nodes, since what they apply
  // comes of it.
  std::uint64_t max_sessions = kMaxSessions;
  NodeSettings settings{};
  std::map<raft::NodeId, NodeSettings> node_settings{};  // of the nodes that differ, complete
  friend bool operator==(const ClusterSpec&, const ClusterSpec&) = default;
};
const NodeSettings& settings_of(const ClusterSpec& cluster, raft::NodeId node);
raft::Configuration first_configuration(const ClusterSpec& cluster);

struct Mix {  // relative weights
  unsigned read = 50;
  unsigned put = 0;
  unsigned append = 40;
  unsigned cas = 10;
  friend bool operator==(const Mix&, const Mix&) = default;
};

// Clients that run from the first step's start until the end of the steps. Each has one operation
// open at a time.
struct WorkloadSpec {
  unsigned clients = 4;
  double rate = 100;  // operations per second of all clients together, as Poisson arrivals; 0: each
                      // as fast as it can
  unsigned keys = 8;
  Mix mix{};
  // Where each read goes: to whoever leads, as far as its client knows, or to a node drawn for it.
  enum class ReadsFrom : std::uint8_t { leader, any };
  ReadsFrom reads_from = ReadsFrom::leader;
  unsigned value_bytes = 0;           // values are padded to this size; 0: the unique id alone
  Duration request_timeout{500'000};  // then the same request goes to another node
  Duration give_up_after{5'000'000};  // then its outcome is `info` and the client goes on
  friend bool operator==(const WorkloadSpec&, const WorkloadSpec&) = default;
};

// Whom a step means, resolved when it fires, against what is true then. Voters and members are
// those of the latest committed configuration.
struct Target {
  enum class Kind : std::uint8_t {
    nodes,        // n3, [n1, n2]
    leader,       // the leader of the highest term among nodes that are up and not isolated
    leader_plus,  // leader+K: the K-th voter after the leader, counting round: the lab's (leader +
                  // K) % n
    follower,     // one of the other voters, at random
    followers,
    one,       // any member, at random
    random,    // {random: K}: K draws among the members, which may coincide, as the lab draws them
    majority,  // of the voters, at random; the smallest there is
    minority,  // of the voters, at random; the largest there is
    all,       // nodes, members or not
    remembered,  // what an earlier step with this id resolved to: the leader that a wait_for found,
                 // the nodes that were killed, paused, slowed, isolated, given a wrong clock, or in
                 // a partition's only group;
                 // ID+K: the K-th node after a leader that a wait_for found
  };
  Kind kind = Kind::all;
  std::vector<raft::NodeId> nodes{};
  unsigned number = 0;  // leader_plus, random; remembered: K, 0 for the nodes themselves
  std::string id{};     // remembered
  friend bool operator==(const Target&, const Target&) = default;
};

// How a link fault chooses messages; empty means all.
struct LinkSelector {
  std::optional<Target> src{};
  std::optional<Target> dst{};
  std::vector<proxy::MessageType> messages{};
  friend bool operator==(const LinkSelector&, const LinkSelector&) = default;
};

struct PartitionFault {
  enum class Direction : std::uint8_t {
    both,
    to,    // nothing reaches the isolated, or the first group
    from,  // nothing leaves them
  };
  std::optional<Target> isolate{};  // each of these alone, also from one another
  std::vector<Target> groups{};     // or: these sides; nodes in none of them form one more side
  Direction direction = Direction::both;
  friend bool operator==(const PartitionFault&, const PartitionFault&) = default;
};

struct DelayFault {
  enum class Distribution : std::uint8_t { constant, uniform, normal };
  LinkSelector link{};
  Duration latency{};
  Duration jitter{};
  Distribution distribution =
      Distribution::uniform;  // uniform: latency +- jitter; normal: its standard deviation
  friend bool operator==(const DelayFault&, const DelayFault&) = default;
};

struct LossFault {
  LinkSelector link{};
  double percent = 0;  // 0 to 100
  friend bool operator==(const LossFault&, const LossFault&) = default;
};

struct KillFault {
  Target target{};
  std::optional<Duration> restart_after{};
  friend bool operator==(const KillFault&, const KillFault&) = default;
};

struct PauseFault {
  Target target{};
  friend bool operator==(const PauseFault&, const PauseFault&) = default;
};

struct SlowFault {
  Target target{};
  Duration per_event{};  // what handling an event, a message say, costs besides
  friend bool operator==(const SlowFault&, const SlowFault&) = default;
};

struct ClockFault {
  Target target{};
  double rate = 1;  // seconds that its clocks count in one
  Duration jump{};  // of its wall clock; may be negative
  friend bool operator==(const ClockFault&, const ClockFault&) = default;
};

struct FaultStep {
  std::variant<PartitionFault, DelayFault, LossFault, KillFault, PauseFault, SlowFault, ClockFault>
      fault{};
  std::string id{};  // for `heal` and as a target; never empty: fault-N where the file gives none
  std::optional<Duration> duration{};  // then it heals by itself
  // A fault that found no node, or no message that it was for, makes the verdict unknown, unless
  // this is set.
  bool may_not_match = false;
  friend bool operator==(const FaultStep&, const FaultStep&) = default;
};

struct RestartStep {
  Target target{};  // those of it that are down
  friend bool operator==(const RestartStep&, const RestartStep&) = default;
};

struct HealStep {
  std::string id{};  // empty: all
  friend bool operator==(const HealStep&, const HealStep&) = default;
};

struct SleepStep {
  Duration duration{};
  friend bool operator==(const SleepStep&, const SleepStep&) = default;
};

// Conditions over what nodes report of themselves. Each names what it needs and nothing else.
struct LeaderCondition {
  enum class Kind : std::uint8_t {
    one,     // the lab's checkOneLeader: a leader among nodes up and not isolated; never two in one
             // term
    stable,  // and all nodes up and not isolated are in its term and follow it
    none,    // no node up and not isolated claims to lead
  };
  Kind kind = Kind::one;
  std::optional<Target> is{};      // and it is this one
  std::optional<Target> is_not{};  // and it is none of these
  std::optional<raft::Term> term{};
  friend bool operator==(const LeaderCondition&, const LeaderCondition&) = default;
};
// The lab's checkTerms: all nodes up and not isolated report one term.
struct TermsEqualCondition {
  friend bool operator==(const TermsEqualCondition&, const TermsEqualCondition&) = default;
};
// The lab's nCommitted: how many nodes applied this index, those down included.
struct AppliedCondition {
  raft::Index log_index{};
  unsigned at_least = 0;
  std::optional<unsigned> exactly{};
  friend bool operator==(const AppliedCondition&, const AppliedCondition&) = default;
};
// All members are up, know of one and the same configuration, have applied the same index, and
// agree on the digest.
struct ConvergedCondition {
  friend bool operator==(const ConvergedCondition&, const ConvergedCondition&) = default;
};
// Who was the first candidate of a term.
struct StartedElectionCondition {
  Target node{};
  raft::Term term{};
  friend bool operator==(const StartedElectionCondition&,
                         const StartedElectionCondition&) = default;
};
// What a node acknowledged to clients since a fault fired.
struct AcknowledgedCondition {
  Target by{};
  std::string since{};      // the fault's id
  Duration after{100'000};  // counting from so much later, for what had been committed before
  unsigned at_least = 0;
  std::optional<unsigned> at_most{};
  friend bool operator==(const AcknowledgedCondition&, const AcknowledgedCondition&) = default;
};
// Who the members are: the latest committed configuration that nodes report is this one.
struct MembersCondition {
  std::vector<raft::NodeId> voters{};    // ascending
  std::vector<raft::NodeId> learners{};  // ascending
  friend bool operator==(const MembersCondition&, const MembersCondition&) = default;
};
// The newest snapshot of each of these stands for this index or a later one.
struct SnapshotCondition {
  Target of{};
  raft::Index log_index{};
  friend bool operator==(const SnapshotCondition&, const SnapshotCondition&) = default;
};
// No node that is up has seen a newer term: elections did not go on and on.
struct TermAtMostCondition {
  raft::Term term{};
  friend bool operator==(const TermAtMostCondition&, const TermAtMostCondition&) = default;
};
// How many messages of a type the network has delivered since the run began; replies do not count.
struct MessagesCondition {
  proxy::MessageType type = proxy::MessageType::append_entries;
  unsigned at_least = 0;
  std::optional<unsigned> at_most{};
  friend bool operator==(const MessagesCondition&, const MessagesCondition&) = default;
};
// How many answers with this error clients got since the run began.
struct ErrorsCondition {
  node::ClientError type = node::ClientError::not_leader;
  unsigned at_least = 0;
  std::optional<unsigned> at_most{};
  friend bool operator==(const ErrorsCondition&, const ErrorsCondition&) = default;
};
using Condition =
    std::variant<LeaderCondition, TermsEqualCondition, AppliedCondition, ConvergedCondition,
                 StartedElectionCondition, AcknowledgedCondition, MembersCondition,
                 SnapshotCondition, TermAtMostCondition, MessagesCondition, ErrorsCondition>;

struct WaitForStep {
  Condition condition{};
  std::string as{};  // remember the leader found under this id
  Duration timeout{5'000'000};
  friend bool operator==(const WaitForStep&, const WaitForStep&) = default;
};

struct ExpectStep {  // now, from answers asked for now
  Condition condition{};
  friend bool operator==(const ExpectStep&, const ExpectStep&) = default;
};

// The lab's one(): submit one command through whoever leads among nodes not isolated, until `nodes`
// nodes have applied it; 2 s a try, 10 s in all; without `retry` one accepted try must do.
struct AgreeStep {
  unsigned nodes = 0;
  bool retry = true;
  std::optional<raft::Index> log_index{};  // and it stands there
  unsigned times = 1;  // so many commands one after another, log_index counting up
  Duration timeout{10'000'000};
  friend bool operator==(const AgreeStep&, const AgreeStep&) = default;
};

// The lab's Start(): hand commands to a node and do not wait for them.
struct StartStep {
  Target target{};
  unsigned count = 1;
  std::optional<bool> accepted{};        // expected answer
  std::vector<raft::Index> log_index{};  // of the first command: one of these
  friend bool operator==(const StartStep&, const StartStep&) = default;
};

// Changes the members. Whoever leads is asked, again if need be, until the change is committed. All
// of one step is one change; one of the voters goes through a joint configuration.
struct MembersStep {
  enum class Change : std::uint8_t {
    add,          // to voters
    add_learner,  // to learners: they get the log and count in no quorum
    promote,      // a learner to a voter
    demote,       // a voter to a learner
    remove,
  };
  Change change = Change::add;
  Target nodes{};
  std::optional<Target> replacing{};  // add: these are removed by the same change
  Duration timeout{10'000'000};
  bool wait = true;       // false: until a leader has it in its log, no more
  bool may_fail = false;  // then not to be done in time is no failure
  friend bool operator==(const MembersStep&, const MembersStep&) = default;
};

// Hands leadership over. Whoever leads is asked, again if need be, until the target leads.
struct TransferStep {
  Target to{};
  Duration timeout{10'000'000};
  bool may_fail = false;
  friend bool operator==(const TransferStep&, const TransferStep&) = default;
};

struct Step;
struct RepeatStep {
  unsigned times = 1;
  std::vector<Step> steps;
};
bool operator==(const RepeatStep& a, const RepeatStep& b);

struct Step {
  std::variant<FaultStep, RestartStep, HealStep, SleepStep, WaitForStep, ExpectStep, AgreeStep,
               StartStep, MembersStep, TransferStep, RepeatStep>
      action{};
  std::string name{};  // free text, shown when it fires
  int line = 0;        // in the file, 1-based; 0 where it came from no file
};
// Whether they do the same under the same name: the line does not count.
bool operator==(const Step& a, const Step& b);

// What every scenario ends with, unless it says otherwise.
struct Finish {
  bool converge =
      true;  // stop the workload, heal, restart, commit a probe, all apply it with equal digests
  Duration timeout{10'000'000};
  friend bool operator==(const Finish&, const Finish&) = default;
};

struct Scenario {
  int version = 1;
  std::string name{};
  std::string description{};
  std::vector<std::string> tags{};
  std::uint64_t seed = 1;
  ClusterSpec cluster{};
  std::optional<WorkloadSpec> workload{};
  std::vector<Step> steps;
  Finish finish{};
  std::vector<std::string> checks{};  // of verify::check_names(); empty: all that apply
  Duration time_limit{120'000'000};
  bool deliver_stale = false;  // deliver messages for and from incarnations that are gone
  friend bool operator==(const Scenario&, const Scenario&) = default;
};

}  // namespace scenario
