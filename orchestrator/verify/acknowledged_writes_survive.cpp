// SPDX-License-Identifier: Apache-2.0
// What a client was told to be done stands in the log where it was told, and every member has
// applied that in the end, or has a state that stands for it: "the leader responds to the client
// once the entry is committed", and "committed entries are durable" (section 5.3). Reads through
// the log count, too; any other was answered from the state that it names.
#include <map>
#include <set>
#include <tuple>

#include <fmt/format.h>

#include "orchestrator/verify/checks.h"
#include "orchestrator/verify/committed_sequence.h"
#include "orchestrator/verify/describe.h"
#include "orchestrator/verify/node_configuration.h"
#include "orchestrator/verify/run_end.h"

namespace verify {
namespace {

constexpr const char* kRule =
    "Acknowledged writes survive (section 5.3): Raft guarantees that committed entries are durable "
    "and will eventually be executed by all of the available state machines.";

class AcknowledgedWritesSurvive final : public Check {
 public:
  void on_operation(const Operation& operation) override {
    if (operation.phase != Operation::Phase::ok || !operation.log_index) return;
    Acknowledgement ack{operation.client, operation.request, operation.node, operation.where};
    if (*operation.log_index == Index{}) {
      return violated(fmt::format("{} {} acknowledged {} at index 0, where no entry stands.", kRule,
                                  name_of_node(ack.node), request_name(ack.client, ack.request)),
                      {ack.where});
    }
    ack.is_read = operation.op == node::OpKind::get;
    if (*operation.log_index <= committed_.last_index()) stands(*operation.log_index, ack);
    acknowledged_.emplace(*operation.log_index, std::move(ack));
  }

  void on_node(const NodeEvent& event) override {
    members_.take(event);
    Server& server = servers_[event.node];
    if (std::holds_alternative<Started>(event.what)) {
      server = {};
    } else if (const auto* recovered = std::get_if<Recovered>(&event.what)) {
      server = {recovered->snapshot.index, recovered->snapshot.digest, event.where};
    } else if (const auto* restored = std::get_if<Restored>(&event.what)) {
      server = {restored->log_index, restored->digest, event.where};
    } else if (const auto* read = std::get_if<ReadServed>(&event.what)) {
      served_.emplace(read->client, read->request, read->log_index);
    }
    const auto* applied = std::get_if<Applied>(&event.what);
    if (!applied) return;
    server = {applied->entries.back().entry.index, applied->entries.back().entry.digest,
              event.where};
    const Index known = committed_.last_index();
    committed_.take(event, *applied);
    const auto end = acknowledged_.upper_bound(committed_.last_index());
    for (auto ack = acknowledged_.upper_bound(known); ack != end; ++ack)
      stands(ack->first, ack->second);
  }

  void on_fault(const FaultEvent& event) override { end_.take(event); }

  Conclusion conclude(const Ending& ending) override {
    if (ending.whole) all_applied_by_someone();
    if (ending.whole) reads_stand_or_were_served();
    const bool everywhere = end_.converged().has_value();
    if (everywhere && ending.whole) applied_by_all();
    Conclusion conclusion;
    if (acknowledged_.empty()) return conclusion;
    conclusion.saw =
        fmt::format("{}, {}", count(acknowledged_.size(), "operation"),
                    everywhere ? fmt::format("all on {}", count(members_.members().size(), "node"))
                               : "all committed");
    if (!ending.whole) {
      conclusion.unknown = "the evidence is not whole: a write may be missing from it";
    } else if (!everywhere && !end_.convergence_not_wanted()) {
      conclusion.unknown = "the nodes were not seen to converge: a write may be lost on some";
    }
    return conclusion;
  }

 private:
  struct Acknowledgement {
    std::string client;
    std::uint64_t request = 0;
    NodeId node;
    Where where;
    bool is_read = false;
  };
  struct Server {  // of the incarnation under way
    Index applied;
    std::uint64_t digest = 0;
    Where where;
  };

  // A retry is acknowledged where it stands itself, with the answer of the attempt that took
  // effect.
  bool is_found(Index index, const Acknowledgement& ack) const {
    const CommittedSequence::Entry& there = committed_.at(index);
    const bool answered = there.effect == Effect::effective || there.effect == Effect::duplicate;
    return names_it(there, ack) && answered;
  }
  static bool names_it(const CommittedSequence::Entry& there, const Acknowledgement& ack) {
    return there.client == ack.client && there.request == ack.request;
  }

  void stands(Index index, const Acknowledgement& ack) {
    if (is_found(index, ack)) return;
    if (ack.is_read) {
      reads_.emplace_back(index, ack);
      return;
    }
    const CommittedSequence::Entry& there = committed_.at(index);
    violated(fmt::format("{} {} acknowledged {} at index {}, but {} applied {} there.", kRule,
                         name_of_node(ack.node), request_name(ack.client, ack.request), index.value,
                         name_of_node(there.node),
                         there.is_command() ? request_name(there.client, there.request) +
                                                  (names_it(there, ack) ? ", without effect," : "")
                                            : "no client's command"),
             {ack.where, there.where});
  }

  void reads_stand_or_were_served() {
    for (const auto& [index, ack] : reads_) {
      if (served_.contains({ack.client, ack.request, index})) continue;
      violated(
          fmt::format("{} {} acknowledged the read {} at index {}; it does not stand there, and "
                      "no node answered it from the state after that entry.",
                      kRule, name_of_node(ack.node), request_name(ack.client, ack.request),
                      index.value),
          {ack.where, committed_.at(index).where});
    }
  }

  void all_applied_by_someone() {
    const auto ack = acknowledged_.upper_bound(committed_.last_index());
    if (ack == acknowledged_.end()) return;
    violated(fmt::format("{} {} acknowledged {} at index {}, which no server ever applied; the "
                         "last that any did is {}.",
                         kRule, name_of_node(ack->second.node),
                         request_name(ack->second.client, ack->second.request), ack->first.value,
                         committed_.last_index().value),
             {ack->second.where});
  }

  void applied_by_all() {
    for (const NodeId node : members_.members()) {
      const Server& server = servers_[node];
      const auto ack = acknowledged_.upper_bound(server.applied);
      if (ack != acknowledged_.end()) {
        violated(
            fmt::format("{} {} acknowledged {} at index {}, but in the end {} has applied only "
                        "up to {}.",
                        kRule, name_of_node(ack->second.node),
                        request_name(ack->second.client, ack->second.request), ack->first.value,
                        node::node_name(node), server.applied.value),
            {ack->second.where, server.where, end_.where()});
      } else if (server.applied > Index{} && server.applied <= committed_.last_index() &&
                 committed_.at(server.applied).digest != server.digest) {
        violated(fmt::format("{} In the end {} has applied up to {}, and not what {} applied: some "
                             "acknowledged operation is not there.",
                             kRule, node::node_name(node), server.applied.value,
                             name_of_node(committed_.at(server.applied).node)),
                 {server.where, committed_.at(server.applied).where});
      }
    }
  }

  CommittedSequence committed_;
  std::multimap<Index, Acknowledgement> acknowledged_;    // by where they were said to stand
  std::vector<std::pair<Index, Acknowledgement>> reads_;  // that stand nowhere
  std::set<std::tuple<std::string, std::uint64_t, Index>> served_;
  std::map<NodeId, Server> servers_;
  CommittedConfiguration members_;
  RunEnd end_;
};

}  // namespace

std::unique_ptr<Check> acknowledged_writes_survive() {
  return std::make_unique<AcknowledgedWritesSurvive>();
}

}  // namespace verify
