// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/verify/judge.h"

#include <algorithm>
#include <optional>
#include <set>
#include <stdexcept>

#include <fmt/format.h>

#include "orchestrator/verify/check.h"
#include "orchestrator/verify/deep/files.h"
#include "orchestrator/verify/describe.h"
#include "orchestrator/verify/history_order.h"
#include "orchestrator/verify/reader.h"

namespace verify {
namespace {

// What the run says of itself, and whether its evidence is whole beyond what single lines show.
class Account {
 public:
  void take(const FaultEvent& event) {
    if (const auto* up = std::get_if<NodeStarted>(&event.what)) {
      running_.insert({up->node, up->incarnation});
    } else if (const auto* started = std::get_if<RunStarted>(&event.what)) {
      started_ = *started;
      started_at_ = event.at;
    } else if (const auto* ready = std::get_if<NodeReady>(&event.what)) {
      ready_.insert({ready->node, ready->incarnation});
    } else if (const auto* exited = std::get_if<NodeExited>(&event.what)) {
      if (exited->exit_code == 0) in_order_.insert({exited->node, exited->incarnation});
      exited_unasked_ = exited_unasked_ || !exited->expected;
      running_.erase({exited->node, exited->incarnation});
    } else if (const auto* expectation = std::get_if<Expectation>(&event.what)) {
      expectation_failed_ = expectation_failed_ || !expectation->met;
    } else if (const auto* ended = std::get_if<RunEnded>(&event.what)) {
      ended_ = *ended;
    }
    last_ = std::max(last_, event.at);
  }
  void take(const NodeEvent& event) {
    if (const auto* up = std::get_if<Started>(&event.what)) {
      told_.insert({event.node, event.incarnation});
      if (!up->protocol) silent_.insert(event.node);
    } else if (std::holds_alternative<Stopped>(event.what)) {
      stopped_.insert({event.node, event.incarnation});
    } else if (const auto* advanced = std::get_if<CommitAdvanced>(&event.what)) {
      committed_ = std::max(committed_, advanced->commit_index);
    }
  }
  void take(const Operation& event) { history_.take(event); }
  void take(const NetworkEvent& event) {
    if (const auto* total = std::get_if<NetworkTotal>(&event.what)) network_ = *total;
  }

  // Why the evidence is not whole; empty where it is.
  std::string missing() const {
    if (!started_) return "faults.jsonl does not say how the run was started";
    if (!ended_) return "the run was cut short: faults.jsonl does not tell of its end";
    if (started_->is_squall_node() && !silent_.empty()) {
      return fmt::format("{} does not say what of the algorithm it was set to",
                         node::node_name(*silent_.begin()));
    }
    for (const auto& [node, incarnation] : ready_) {
      if (!started_->offers_traces()) break;
      if (told_.contains({node, incarnation})) continue;
      return fmt::format("incarnation {} of {} was ready, but {} has no line of it", incarnation,
                         node::node_name(node), file_name(file_of(node)));
    }
    if (!history_.problem().empty()) return history_.problem();
    if (history_.lines() != ended_->history_lines) {
      return fmt::format("{} has {}, and {} were written", file_name(Where::kHistory),
                         count(history_.lines(), "line"), grouped(ended_->history_lines));
    }
    if (const std::string client = history_.waiting();
        !client.empty() && ended_->reason == "completed") {
      return fmt::format("{} does not tell how the last operation of {} ended",
                         file_name(Where::kHistory), client);
    }
    if ((ended_->reason == "expectation_failed" && !expectation_failed_) ||
        (ended_->reason == "node_exited" && !exited_unasked_)) {
      return fmt::format("{} says that the run ended as {}, and tells of none",
                         file_name(Where::kFaults), ended_->reason);
    }
    for (const auto& [node, incarnation] : running_) {
      return fmt::format("incarnation {} of {} was started, and {} does not tell of its end",
                         incarnation, node::node_name(node), file_name(Where::kFaults));
    }
    for (const auto& [node, incarnation] : in_order_) {
      if (!started_->offers_traces()) break;
      if (stopped_.contains({node, incarnation})) continue;
      return fmt::format("incarnation {} of {} ended in order, but {} does not tell of it",
                         incarnation, node::node_name(node), file_name(file_of(node)));
    }
    if (!network_) return "network.jsonl has no sums at its end";
    if (!network_->balanced) {
      return "the sums at the end of network.jsonl do not agree: some message has no outcome";
    }
    return {};
  }

  // Whether the run came to its end by itself. That a check stopped it is no lack where it fails.
  std::string cut_short(Verdict verdict) const {
    if (!ended_) return {};
    const bool stopped = ended_->reason == "violation" && verdict != Verdict::fail;
    const bool cut = ended_->reason == "time_limit" || ended_->reason == "interrupted" || stopped;
    return cut ? fmt::format("the run was cut short: {}", ended_->reason) : "";
  }

  const std::optional<RunStarted>& started() const { return started_; }

  void fill(Result& result) const {
    const NetworkTotal network = network_.value_or(NetworkTotal{});
    result.numbers = {.seconds = std::chrono::duration<double>(last_ - started_at_).count(),
                      .peers = started_ ? started_->nodes : 0,
                      .messages = network.messages,
                      .bytes = network.bytes,
                      .committed = committed_.value};
    if (!started_) return;
    result.scenario = started_->scenario;
    result.seed = started_->seed;
    result.cluster = started_->cluster;
    result.run_again = started_->run_again;
    result.commit = started_->commit;
  }

 private:
  std::optional<RunStarted> started_;
  Time started_at_{};
  Time last_{};
  std::optional<RunEnded> ended_;
  std::set<std::pair<NodeId, std::uint32_t>> ready_;
  std::set<std::pair<NodeId, std::uint32_t>> told_;
  std::set<NodeId> silent_;  // did not say what of the algorithm they were set to
  std::set<std::pair<NodeId, std::uint32_t>> running_;
  HistoryOrder history_;
  bool expectation_failed_ = false;
  bool exited_unasked_ = false;
  std::set<std::pair<NodeId, std::uint32_t>> in_order_;
  std::set<std::pair<NodeId, std::uint32_t>> stopped_;
  std::optional<NetworkTotal> network_;
  Index committed_;
};

}  // namespace

// Hands each event to every check. The run's first line says which they are.
class Judge::Bench final : public Observer {
 public:
  Bench(const std::filesystem::path& folder, Depth depth) : reader_(folder) {
    if (depth == Depth::files) standing_.push_back({"files", files(folder)});
  }

  const std::vector<std::string>& look() {
    reader_.read(*this);
    for (const NamedCheck& c : checks_) {
      const bool known = std::find(failed_.begin(), failed_.end(), c.name) != failed_.end();
      if (c.check->failed() && !known) failed_.push_back(c.name);
    }
    return failed_;
  }

  void on_fault(const FaultEvent& event) override {
    account_.take(event);
    if (checks_.empty()) choose();
    tell(&Observer::on_fault, event);
  }
  void on_operation(const Operation& event) override {
    account_.take(event);
    tell(&Observer::on_operation, event);
  }
  void on_network(const NetworkEvent& event) override {
    account_.take(event);
    tell(&Observer::on_network, event);
  }
  void on_node(const NodeEvent& event) override {
    account_.take(event);
    tell(&Observer::on_node, event);
  }

  Result finish() {
    look();
    const Damage damage = reader_.damage();
    Result result;
    std::string problem = damage.found.empty() ? account_.missing() : damage.found.front();
    const Ending ending{problem.empty()};
    for (NamedCheck& c : checks_)
      result.checks.push_back(c.check->finish(c.name, ending));
    result.verdict = overall(result.checks);
    if (problem.empty()) problem = account_.cut_short(result.verdict);
    for (NamedCheck& c : standing_)
      add(result, c.check->finish(c.name, ending));
    if (!no_such_check_.empty()) {
      add(result, {"checks", Verdict::unknown, {}, no_such_check_, {}});
    }
    const std::string saw = fmt::format("{} read", count(damage.lines, "line"));
    if (!problem.empty()) add(result, {"evidence", Verdict::unknown, saw, problem, {}});
    account_.fill(result);
    return result;
  }

 private:
  void choose() {
    const auto& started = account_.started();
    const bool traces = !started || started->offers_traces();
    try {
      checks_ = make_checks(started && started->checks ? *started->checks : check_names(), traces);
    } catch (const std::invalid_argument& error) {
      no_such_check_ = error.what();
      checks_ = make_checks(check_names(), traces);
    }
  }

  template <class Event>
  void tell(void (Observer::*take)(const Event&), const Event& event) {
    for (NamedCheck& c : checks_)
      (c.check.get()->*take)(event);
    for (NamedCheck& c : standing_)
      (c.check.get()->*take)(event);
  }

  // These can only make a verdict worse: that faults took effect shows nothing of the system.
  static void add(Result& result, CheckResult standing) {
    if (standing.verdict == Verdict::fail) result.verdict = Verdict::fail;
    if (standing.verdict == Verdict::unknown && result.verdict == Verdict::pass) {
      result.verdict = Verdict::unknown;
    }
    if (standing.verdict != Verdict::not_applicable) result.checks.push_back(std::move(standing));
  }

  RunReader reader_;
  Account account_;
  std::vector<NamedCheck> checks_;
  std::vector<NamedCheck> standing_ = make_standing_checks();
  std::vector<std::string> failed_;
  std::string no_such_check_;
};

Judge::Judge(const std::filesystem::path& folder, Depth depth)
    : bench_(std::make_unique<Bench>(folder, depth)) {}
Judge::~Judge() = default;

const std::vector<std::string>& Judge::look() {
  return bench_->look();
}

Result Judge::finish() {
  return bench_->finish();
}

Result judge(const std::filesystem::path& folder, Depth depth) {
  return Judge(folder, depth).finish();
}

}  // namespace verify
