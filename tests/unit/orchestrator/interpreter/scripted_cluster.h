// SPDX-License-Identifier: Apache-2.0
// A cluster that a test plays by hand: it boots nodes, acknowledges rules and answers status
// requests; who leads, what is committed and who is reachable is what the test says.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "orchestrator/scenario/interpreter.h"

namespace scenario {

inline raft::NodeId n(std::uint64_t number) {
  return {number};
}
inline Duration ms(std::int64_t number) {
  return Duration(number * 1000);
}

Scenario three_nodes(std::vector<Step> steps);
Step step(decltype(Step::action) action, int line = 0);
Target node_target(std::uint64_t number);
Target target(Target::Kind kind, unsigned number = 0);
Target remembered(const std::string& id);
FaultStep isolate(Target target, const std::string& id = "cut",
                  std::optional<Duration> duration = {});
FaultStep kill(Target target, std::optional<Duration> restart_after = {});
WaitForStep wait_for(Condition condition, Duration timeout = ms(5000), std::string as = "");
ExpectStep expect(Condition condition);
LeaderCondition leader(LeaderCondition::Kind kind = LeaderCondition::Kind::one);

class ScriptedCluster {
 public:
  explicit ScriptedCluster(Scenario scenario);

  // Starts the run, and boots the nodes.
  void boot();
  // Time passes: what is due happens, until `end` or the end of the run.
  void pass(Duration duration);
  void pass_until_over() { pass(ms(300'000)); }

  // What the test plays.
  void lead(std::uint64_t node, std::uint64_t term);  // and all others up and in touch follow
  void say(std::uint64_t node, raft::Role role, std::uint64_t term, std::uint64_t leader);
  void silence(std::uint64_t node) { silent_.insert(n(node)); }
  void apply_at(std::uint64_t node, std::uint64_t index);  // that node alone
  void snapshot_at(std::uint64_t node, std::uint64_t index);
  void crash(std::uint64_t node);
  void deliver(const cluster::Event& event);
  void cut(RunEnded::Reason reason);

  bool takes_commands = true;       // the leader commits what it is given, and all apply it at once
  std::set<raft::NodeId> apply;     // who applies; all where empty
  std::set<std::string> forgotten;  // clients that are told so once, as their sessions are gone
  bool acknowledges_rules = true;
  std::set<raft::NodeId> paused;  // as the interpreter asks for it
  proxy::Sums sums;               // what the network says became of the messages
  // What all nodes report; it counts as committed where a node has applied so much.
  raft::Configuration configuration;
  raft::Index configuration_index;
  // What a leader answers to a change of the members or a transfer, one after the other; then it
  // does as asked, if it takes commands.
  std::deque<raft::Proposal::Refusal> refusals;

  // What came of it.
  raft::Time now() const { return now_; }
  bool over() const { return interpreter_.finished(); }
  const Interpreter& interpreter() const { return interpreter_; }
  const std::vector<proxy::Change>& changes() const { return changes_; }
  const std::vector<workload::Event>& history() const { return history_; }
  // What leaders were asked for, status and clients' requests apart, and who was.
  template <class Question>
  std::vector<std::pair<raft::NodeId, Question>> asked() const {
    std::vector<std::pair<raft::NodeId, Question>> found;
    for (const auto& [node, message] : asked_) {
      if (const auto* one = std::get_if<Question>(&message)) found.emplace_back(node, *one);
    }
    return found;
  }
  std::vector<raft::Time> went(std::uint64_t node) const;  // when it was told to go
  template <class Kind>
  std::vector<Kind> said() const {
    std::vector<Kind> found;
    for (const auto& [at, happening] : happenings_) {
      if (const auto* one = std::get_if<Kind>(&happening)) found.push_back(*one);
    }
    return found;
  }
  // When the first of a kind was said, since the start of the run.
  template <class Kind>
  std::optional<Duration> when() const {
    for (const auto& [at, happening] : happenings_) {
      if (std::holds_alternative<Kind>(happening)) return at;
    }
    return std::nullopt;
  }
  // Of the expectation that was not met; fails the test where there is none.
  Expectation not_met() const;
  RunEnded::Reason ended() const;

 private:
  struct Node {
    std::uint32_t incarnation = 0;
    bool up = false;
    raft::Role role = raft::Role::follower;
    raft::Term term;
    raft::NodeId leader;
    raft::Index applied;
    raft::Index snapshot;
  };

  raft::Time wake() const;
  void perform(Output output);
  void act(const Record& record);
  void act(const StartNode& start);
  void act(const KillNode& kill);
  void act(const PauseNode& pause) { paused.insert(pause.node); }
  void act(const ResumeNode& resume) { paused.erase(resume.node); }
  void act(const SendToNode& send);
  void act(const proxy::Command& command);
  void serve(raft::NodeId node, const node::ClientRequest& request);
  void answer(raft::NodeId node, const node::ChangeMembers& change);
  void answer(raft::NodeId node, const node::TransferLeadership& transfer);
  bool refuses(raft::NodeId node, std::uint64_t question);
  void tell_status(raft::NodeId node, std::uint64_t id);
  void soon(cluster::Event event, Duration latency = ms(1));

  const Scenario scenario_;
  Interpreter interpreter_;
  raft::Time now_{ms(1000)};
  std::multimap<raft::Time, cluster::Event> events_;
  std::map<raft::NodeId, Node> nodes_;
  std::set<raft::NodeId> silent_;
  raft::Index last_index_;
  std::vector<std::pair<Duration, Happening>> happenings_;
  std::vector<proxy::Change> changes_;
  std::vector<workload::Event> history_;
  std::multimap<raft::NodeId, raft::Time> went_;
  std::vector<std::pair<raft::NodeId, node::ToNode>> asked_;
};

}  // namespace scenario
