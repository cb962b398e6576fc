// SPDX-License-Identifier: Apache-2.0
// One step under way. Nothing in it blocks: it is asked again after everything that happens, and
// says when to be asked if nothing does.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "orchestrator/scenario/interpreter_stage.h"

namespace scenario {

// How a step came out that could fail. Steps that can't have none.
struct Outcome {
  bool met = true;
  std::string text;  // what was expected
  std::string observed;
  Expectation::About about = Expectation::About::time;
};

class RunningStep {
 public:
  RunningStep() = default;
  RunningStep(const RunningStep&) = delete;
  RunningStep& operator=(const RunningStep&) = delete;
  virtual ~RunningStep() = default;

  // True when it is over; then `outcome` is what it came to.
  virtual bool advance(Stage& stage) = 0;
  virtual std::optional<raft::Time> wake_at() const { return std::nullopt; }

  // A reply that is for none of the scenario's clients.
  virtual void on_reply(raft::NodeId, const node::ClientReply&, Stage&) {}
  // What a leader said to ChangeMembers or TransferLeadership.
  virtual void on_answer(raft::NodeId, const node::Answer&, Stage&) {}
  // The run ends here: what the step's own clients have open is left open.
  virtual void give_up(Stage&) {}

  std::optional<Outcome> outcome;
};

// The steps by kind; `number` is the step's in the file. RepeatStep is the interpreter's own.
std::unique_ptr<RunningStep> begin(const FaultStep& step, int number, Stage& stage);
std::unique_ptr<RunningStep> begin(const RestartStep& step, int number, Stage& stage);
std::unique_ptr<RunningStep> begin(const HealStep& step, int number, Stage& stage);
std::unique_ptr<RunningStep> begin(const SleepStep& step, int number, Stage& stage);
std::unique_ptr<RunningStep> begin(const WaitForStep& step, int number, Stage& stage);
std::unique_ptr<RunningStep> begin(const ExpectStep& step, int number, Stage& stage);
std::unique_ptr<RunningStep> begin(const AgreeStep& step, int number, Stage& stage);
std::unique_ptr<RunningStep> begin(const StartStep& step, int number, Stage& stage);
std::unique_ptr<RunningStep> begin(const MembersStep& step, int number, Stage& stage);
std::unique_ptr<RunningStep> begin(const TransferStep& step, int number, Stage& stage);

// What comes after the last step: heals and restarts all, lets the clients end, commits a probe,
// reads every key back, and waits until all nodes agree.
std::unique_ptr<RunningStep> begin_finish(Stage& stage);

// Starts these nodes, those that are down, and ends when all are ready.
std::unique_ptr<RunningStep> begin_restart(const std::vector<raft::NodeId>& nodes, Stage& stage);

// A step that needs a leader to know whom it means waits so long for one.
inline constexpr Duration kLeaderPatience{5'000'000};
// A node that does not answer a status request within this time gives no answer.
inline constexpr Duration kAnswerPatience{1'000'000};
// Between two looks of a step that waits for a condition.
inline constexpr Duration kLookInterval{20'000};

}  // namespace scenario
