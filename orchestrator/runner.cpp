// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/runner.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "orchestrator/cluster/process_cluster.h"
#include "orchestrator/cluster/simulated_cluster.h"
#include "orchestrator/report/numbers.h"
#include "orchestrator/report/result.h"
#include "orchestrator/runner_folder.h"
#include "orchestrator/scenario/interpreter.h"
#include "orchestrator/scenario/writer.h"
#include "proxy/wire/json.h"

namespace runner {
namespace {

namespace fs = std::filesystem;

constexpr raft::Duration kStallLimit{50'000};
constexpr raft::Duration kLookEvery{1'000'000};

std::unique_ptr<cluster::Cluster> make_cluster(const scenario::Scenario& scenario,
                                               const cluster::RunFolder& folder,
                                               const Options& options) {
  if (options.simulate) {
    return std::make_unique<cluster::SimulatedCluster>(
        scenario, folder, options.encoded ? cluster::Messages::encoded : cluster::Messages::values);
  }
  return std::make_unique<cluster::ProcessCluster>(scenario, folder);
}

scenario::Origin origin_of(const Options& options) {
  return {options.simulate ? "simulated" : "processes", options.run_again, options.commit};
}

class Run {
 public:
  Run(const scenario::Scenario& scenario, cluster::Cluster& cluster, const fs::path& folder,
      scenario::Origin origin, verify::Depth depth, report::Account& account)
      : scenario_(scenario),
        cluster_(cluster),
        account_(account),
        journal_(folder, cluster.wall() - cluster.now()),
        judge_(folder, depth),
        interpreter_(scenario, std::move(origin)) {}

  // Returns the signal that ended it early, or 0.
  int go() {
    try {
      return play();
    } catch (...) {
      save();
      throw;
    }
  }

  const Tally& tally() const { return tally_; }
  // Once go() has returned.
  verify::Result verdict() { return judge_.finish(); }

 private:
  int play() {
    began_ = cluster_.now();
    look_at_ = began_ + kLookEvery;
    perform(interpreter_.start(began_), began_);
    while (!interpreter_.finished())
      wait();
    journal_.flush();
    const raft::Time ended = cluster_.now();
    cluster_.shut_down();
    // What happened meanwhile, an end that nobody asked for among it.
    for (;;) {
      const cluster::Event event = cluster_.next(cluster_.now());
      if (std::holds_alternative<cluster::DeadlineReached>(event)) break;
      note_signal(event);
      const raft::Time at = std::max(ended, cluster_.happened());
      perform(interpreter_.on(event, at), at);
    }
    journal_.flush();
    tally_.terms = static_cast<unsigned>(interpreter_.view().leaders().size());
    const workload::Counts counts = interpreter_.counts();
    tally_.operations = counts.ok + counts.fail + counts.info;
    return signal_;
  }

  // What was written so far is evidence, too, whatever ended the run.
  void save() {
    try {
      cluster_.flush();
      journal_.flush();
    } catch (const cluster::HarnessError&) {
      // The disk takes no more: what ended the run is told, and likely the same.
    }
  }

  void wait() {
    const raft::Time limit = began_ + scenario_.time_limit;
    const raft::Time wanted = std::min(limit, interpreter_.wake_at().value_or(limit));
    const raft::Time deadline = std::min(wanted, look_at_);
    const cluster::Event event = cluster_.next(deadline);
    const raft::Time now = cluster_.now();
    if (now > deadline + kStallLimit) record({scenario::Stalled{now - deadline}}, now);
    note_signal(event);
    if (now >= wanted || !std::holds_alternative<cluster::DeadlineReached>(event)) {
      perform(interpreter_.on(event, now), now);
    }
    if (now >= look_at_ && !interpreter_.finished()) look(now);
    if (now >= limit && !interpreter_.finished()) {
      perform(interpreter_.cut(scenario::RunEnded::Reason::time_limit, now), now);
    }
    account_.clients(interpreter_.counts(), now - began_);
  }

  // Judges what the evidence tells so far, and ends the run where a check has failed: nothing that
  // happens afterwards makes it right again.
  void look(raft::Time now) {
    journal_.flush();
    cluster_.flush();
    look_at_ = now + kLookEvery;
    if (judge_.look().empty()) return;
    perform(interpreter_.cut(scenario::RunEnded::Reason::violation, now), now);
  }

  void note_signal(const cluster::Event& event) {
    const auto* interrupted = std::get_if<cluster::Interrupted>(&event);
    if (interrupted) signal_ = interrupted->signal;
  }

  // Everything is written down, as of `now`, before anything of it is done.
  void perform(scenario::Output output, raft::Time now) {
    std::vector<scenario::Happening> happenings;
    for (const scenario::Action& action : output.actions) {
      if (const auto* record = std::get_if<scenario::Record>(&action)) {
        happenings.push_back(record->happening);
        if (auto* ended = std::get_if<scenario::RunEnded>(&happenings.back())) {
          ended->history_lines = journal_.history_lines() + output.history.size();
        }
      }
    }
    record(happenings, now);
    journal_.record(output.history, now);
    for (scenario::Action& action : output.actions)
      std::visit([&](auto& what) { act(what); }, action);
  }

  void record(const std::vector<scenario::Happening>& happenings, raft::Time now) {
    journal_.record(happenings, now);
    for (const scenario::Happening& happening : happenings)
      account_.happened(happening, now - began_, journal_.wall_offset(), now);
  }

  void act(const scenario::Record&) {}
  void act(const scenario::StartNode& start) {
    if (start.incarnation > 1) ++tally_.restarts;
    cluster_.start(start.node, start.incarnation);
  }
  void act(const scenario::KillNode& kill) {
    ++tally_.kills;
    cluster_.kill(kill.node);
  }
  void act(const scenario::PauseNode& pause) { cluster_.pause(pause.node); }
  void act(const scenario::ResumeNode& resume) { cluster_.resume(resume.node); }
  void act(const scenario::SendToNode& send) { cluster_.send(send.node, send.message); }
  void act(const proxy::Command& command) { cluster_.command(command); }

  const scenario::Scenario& scenario_;
  cluster::Cluster& cluster_;
  report::Account& account_;
  Journal journal_;
  verify::Judge judge_;
  scenario::Interpreter interpreter_;
  raft::Time began_{};
  raft::Time look_at_{};
  int signal_ = 0;
  Tally tally_;
};

std::chrono::microseconds wall_now() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
      std::chrono::system_clock::now().time_since_epoch());
}

// The cluster is gone when this returns, however it does.
int run_in(const scenario::Scenario& scenario, const fs::path& folder, const Options& options,
           report::Account& account, RunResult& result) {
  write_file(folder / "scenario.yaml", scenario::write_scenario(scenario));
  const auto cluster = make_cluster(scenario, {folder}, options);
  // Simulated runs come by the thousand, and half of judging them would be what is on the disks.
  Run run(scenario, *cluster, folder, origin_of(options),
          options.simulate ? verify::Depth::evidence : verify::Depth::files, account);
  const int signal = run.go();
  result.tally = run.tally();
  result.verdict = run.verdict();
  return signal;
}

void conclude(RunResult& result, int signal, report::Account& account) {
  report::write_result(result.folder, result.verdict);
  result.exit_code = signal != 0 ? kSignalled + signal : exit_code_of(result.verdict.verdict);

  account.prose("\n");
  account.prose(report::checks_table(result.verdict, result.folder, account.colour()));
  account.prose(fmt::format("\n{}\n{}\n", report::numbers_legend(),
                            report::numbers_line(result.verdict.numbers, result.verdict.verdict)));
}

// Keeps the folder, and has OUT/latest name it, or removes it.
void keep_or_remove(RunResult& result, const Options& options) {
  const bool kept =
      options.keep == Keep::always || (options.keep == Keep::failed && result.exit_code != kPass);
  if (kept) return point_latest_at(options.out, result.folder);
  std::error_code ignored;
  fs::remove_all(result.folder, ignored);
  fs::remove(result.folder.parent_path(), ignored);  // where nothing else is in it
  result.folder.clear();
}

// What is known of a run whose environment failed, for whoever opens its folder.
void leave_word(const RunResult& result, const scenario::Scenario& scenario,
                const Options& options) {
  if (result.folder.empty()) return;
  const scenario::Origin origin = origin_of(options);
  std::string line;
  proxy::JsonLine(line)
      .field("verdict", verify::name_of(verify::Verdict::unknown))
      .field("error", result.error)
      .field("scenario", scenario.name)
      .field("seed", scenario.seed)
      .field("cluster", origin.cluster)
      .field("run_again", origin.run_again)
      .field("commit", origin.commit)
      .end_line();
  try {
    write_file(result.folder / "result.json", line);
    point_latest_at(options.out, result.folder);
  } catch (const cluster::HarnessError&) {
    // It was told already what failed; that this could not be written follows from it.
  }
}

}  // namespace

int exit_code_of(verify::Verdict verdict) {
  switch (verdict) {
    case verify::Verdict::pass:
      return kPass;
    case verify::Verdict::fail:
      return kFail;
    default:
      return kUnknown;
  }
}

RunResult run(const scenario::Scenario& scenario, const Options& options,
              report::Account& account) {
  RunResult result;
  try {
    result.folder = make_run_folder(options.out, scenario.name, scenario.seed, wall_now());
    account.begin(scenario, options.simulate ? "simulated" : "on processes");
    const int signal = run_in(scenario, result.folder, options, account, result);
    conclude(result, signal, account);
    keep_or_remove(result, options);
  } catch (const std::exception& error) {
    result.exit_code = kHarnessError;
    result.error = error.what();
    leave_word(result, scenario, options);
  }
  return result;
}

}  // namespace runner
