// SPDX-License-Identifier: Apache-2.0
// The end of every scenario that does not say otherwise.
#include <algorithm>

#include <fmt/format.h>

#include "orchestrator/scenario/interpreter_conditions.h"
#include "orchestrator/scenario/interpreter_steps.h"
#include "orchestrator/scenario/interpreter_words.h"

namespace scenario {
namespace {

class RunningFinish final : public RunningStep {
 public:
  explicit RunningFinish(Stage& stage) {
    const Finish& finish = stage.scenario().finish;
    stage.record(Finishing{finish.converge});
    if (stage.load()) stage.load()->pause();
    if (!finish.converge) return;
    stage.forget_what_is_to_come();
    heal_ = stage.heal_all();
    restart_ = begin_restart(stage.view().all(), stage);
    if (stage.scenario().workload) {
      clients_until_ = stage.now() + stage.scenario().workload->give_up_after;
    }
    bound_.condition = &converged_;
  }

  bool advance(Stage& stage) override {
    if (!stage.scenario().finish.converge) {
      end_clients(stage);
      return true;
    }
    for (;;) {
      const Phase before = phase_;
      take_phase(stage);
      if (phase_ == Phase::over) return true;
      if (phase_ != Phase::restarting && phase_ != Phase::draining && stage.now() >= deadline_) {
        return not_converged(stage);
      }
      if (phase_ == before) return false;
    }
  }

  std::optional<raft::Time> wake_at() const override {
    switch (phase_) {
      case Phase::restarting:
        return std::nullopt;
      case Phase::draining:
        return clients_until_;
      case Phase::probing:
        return std::min(deadline_, probe_->wake_at().value_or(deadline_));
      case Phase::reading:
        return std::min(deadline_, reader_->wake_at().value_or(deadline_));
      default:
        return std::min(deadline_, asked_ ? answers_due_ : next_look_);
    }
  }

  void on_reply(raft::NodeId from, const node::ClientReply& reply, Stage& stage) override {
    for (std::optional<workload::Client>* client : {&probe_, &reader_}) {
      if (*client && (*client)->name() == reply.client) {
        act(**client, stage,
            [&](workload::Output& out) { (*client)->on_reply(from, reply, stage.now(), out); });
      }
    }
  }

  void give_up(Stage& stage) override {
    for (std::optional<workload::Client>* client : {&probe_, &reader_}) {
      if (!*client) continue;
      act(**client, stage, [&](workload::Output& out) { (*client)->give_up(stage.now(), out); });
    }
  }

 private:
  enum class Phase { restarting, draining, probing, reading, converging, over };

  void take_phase(Stage& stage) {
    switch (phase_) {
      case Phase::restarting:
        if (restart_->advance(stage) && (!heal_ || stage.is_in_effect(*heal_))) {
          phase_ = Phase::draining;
        }
        return;
      case Phase::draining:
        if (stage.load() && !stage.load()->idle() && stage.now() < clients_until_) return;
        end_clients(stage);
        start_probe(stage);
        return;
      case Phase::probing:
        wake(*probe_, stage);
        if (last_ok_) return start_reading(stage);
        if (probe_->idle()) probe(stage);  // what became of the last one is not known
        return;
      case Phase::reading:
        wake(*reader_, stage);
        read_on(stage);
        return;
      case Phase::converging:
        look(stage);
        return;
      case Phase::over:
        return;
    }
  }

  void end_clients(Stage& stage) {
    stage.with_clients([&](workload::Output& out) {
      if (stage.load()) stage.load()->give_up(stage.now(), out);
      stage.calls().give_up(stage.now(), out);
    });
  }

  // Clients of the finish try for as long as it may take.
  workload::Client client(const char* name, Stage& stage) const {
    const WorkloadSpec patience = stage.scenario().workload.value_or(WorkloadSpec{});
    return workload::Client({.name = name,
                             .nodes = stage.view().size(),
                             .request_timeout = patience.request_timeout,
                             .give_up_after = stage.scenario().finish.timeout,
                             .seed = stage.scenario().seed});
  }

  void start_probe(Stage& stage) {
    phase_ = Phase::probing;
    deadline_ = stage.now() + stage.scenario().finish.timeout;
    probe_.emplace(client("probe", stage));
    probe(stage);
  }

  void probe(Stage& stage) {
    const node::Operation put{.kind = node::OpKind::put,
                              .key = "probe",
                              .value = fmt::format("probe.{}", ++probes_),
                              .expected = {}};
    act(*probe_, stage, [&](workload::Output& out) { probe_->invoke(put, stage.now(), out); });
  }

  void start_reading(Stage& stage) {
    probe_index_ = *last_ok_;
    stage.record(ProbeCommitted{probe_index_});
    phase_ = Phase::reading;
    reader_.emplace(client("final", stage));
    last_ok_.reset();
    read_on(stage);
  }

  // Every acknowledged write can be seen in what is read back. What was not answered is asked
  // again.
  void read_on(Stage& stage) {
    if (!reader_->idle()) return;
    if (last_ok_) ++next_key_;
    const bool read_all = !stage.load() || next_key_ == stage.load()->keys().size();
    if (read_all) {
      phase_ = Phase::converging;
      return;
    }
    const node::Operation get{.kind = node::OpKind::get,
                              .key = stage.load()->keys()[next_key_],
                              .value = {},
                              .expected = {}};
    act(*reader_, stage, [&](workload::Output& out) { reader_->invoke(get, stage.now(), out); });
  }

  void look(Stage& stage) {
    if (!asked_) {
      if (stage.now() < next_look_) return;
      asked_ = stage.ask_status();
      answers_due_ = stage.now() + kAnswerPatience;
    }
    if (!stage.all_answered(*asked_) && stage.now() < answers_due_) return;
    judgement_ = judge(bound_, stage.view(), *asked_);
    asked_.reset();
    next_look_ = stage.now() + kLookInterval;
    if (!judgement_.met) return;
    const raft::NodeId member = stage.view().configuration().voters.front();
    const node::Status& status = *stage.view().at(member).answer;
    if (status.applied_index < probe_index_) return;
    stage.record(Converged{status.applied_index, status.digest});
    phase_ = Phase::over;
  }

  bool not_converged(Stage& stage) {
    give_up(stage);
    std::string observed = phase_ == Phase::probing   ? "the probe was not committed"
                           : phase_ == Phase::reading ? "not every key was read back"
                                                      : judgement_.observed;
    stage.record(NotConverged{observed});
    outcome = Outcome{
        false,
        fmt::format("all members converge within {}", describe(stage.scenario().finish.timeout)),
        std::move(observed), judgement_.about};
    phase_ = Phase::over;
    return true;
  }

  template <class Act>
  void act(workload::Client& client, Stage& stage, Act&& what) {
    last_ok_.reset();
    stage.with_clients([&](workload::Output& out) {
      what(out);
      if (client.idle() && !out.history.empty() &&
          out.history.back().kind == workload::EventKind::ok) {
        last_ok_ = out.history.back().log_index;
      }
    });
  }

  void wake(workload::Client& client, Stage& stage) {
    if (client.idle() || stage.now() < *client.wake_at()) return;
    act(client, stage, [&](workload::Output& out) { client.on_wake(stage.now(), out); });
  }

  Phase phase_ = Phase::restarting;
  std::optional<std::uint64_t> heal_;
  std::unique_ptr<RunningStep> restart_;
  raft::Time clients_until_{};
  raft::Time deadline_{};  // for probe, reads and convergence
  std::optional<workload::Client> probe_;
  std::optional<workload::Client> reader_;
  std::optional<raft::Index> last_ok_;  // what the last step of a client ended with
  unsigned probes_ = 0;
  raft::Index probe_index_;
  std::size_t next_key_ = 0;
  Condition converged_ = ConvergedCondition{};
  BoundCondition bound_;
  Judgement judgement_;
  std::optional<std::uint64_t> asked_;
  raft::Time answers_due_{};
  raft::Time next_look_{};
};

}  // namespace

std::unique_ptr<RunningStep> begin_finish(Stage& stage) {
  return std::make_unique<RunningFinish>(stage);
}

}  // namespace scenario
