// SPDX-License-Identifier: Apache-2.0
// The digests that nodes give are those of what clients sent: the chain of the log is recomputed
// from the commands as clients invoked them, entry after entry, and so is the state after each
// entry after which a node gives a digest of its own, of a snapshot above all ("the snapshot stands
// for the prefix", section 7). Nodes that agree with one another on something else than what they
// were asked to do are told here; so is a command that was changed on its way, and a session that
// was forgotten too early or too late.
#include <map>
#include <unordered_map>

#include <fmt/format.h>

#include "node/digest.h"
#include "orchestrator/verify/checks.h"
#include "orchestrator/verify/committed_sequence.h"
#include "orchestrator/verify/describe.h"
#include "orchestrator/verify/replicated_state.h"

namespace verify {
namespace {

constexpr const char* kLog =
    "Replicated log (section 2): the state machines process the commands that the consensus module "
    "received from clients, each as it was sent.";
constexpr const char* kState =
    "State machines (section 2, section 7): they are deterministic, so a state, or a snapshot, is "
    "what the commands of the log up to there give.";

class DigestsRecomputed final : public Check {
 public:
  void on_operation(const Operation& operation) override {
    Request& request = requests_[operation.client][operation.request];
    if (operation.phase == Operation::Phase::invoke) {
      request.invoked = operation.where;
      request.command = {operation.client,
                         operation.request,
                         operation.op,
                         operation.key,
                         operation.value,
                         operation.expected,
                         operation.since.value_or(Index{})};
    } else {
      request.ended = true;
      request.later_since = operation.since;
    }
    recompute_chain();
  }

  void on_node(const NodeEvent& event) override {
    if (const auto* started = std::get_if<Started>(&event.what)) {
      max_sessions_ = started->max_sessions;
      state_.limit_sessions(max_sessions_);
    } else if (const auto* changed = std::get_if<ConfigChanged>(&event.what)) {
      configurations_.emplace(changed->log_index, bytes_of(changed->configuration));
    } else if (const auto* recovered = std::get_if<Recovered>(&event.what)) {
      state_is(event, {recovered->snapshot.index, recovered->state_digest});
    } else if (const auto* taken = std::get_if<SnapshotTaken>(&event.what)) {
      state_is(event, {taken->last.index, taken->state_digest});
    } else if (const auto* restored = std::get_if<Restored>(&event.what)) {
      state_is(event, {restored->log_index, restored->state_digest});
    } else if (const auto* stopped = std::get_if<Stopped>(&event.what)) {
      state_is(event, {stopped->applied_index, stopped->state_digest});
    } else if (const auto* applied = std::get_if<Applied>(&event.what)) {
      sequence_.take(event, *applied);
      if (applied->state) state_is(event, *applied->state);
      recompute_chain();
    }
  }

  Conclusion conclude(const Ending& ending) override {
    ended_ = true;
    recompute_chain();
    if (!failed()) replay_to(Index{chain_.size()});
    // Once more from the start where claims came when the state was past them.
    if (!failed() && !claims_.empty()) {
      begin_again();
      recompute_states();
    }
    if (recomputed_ == 0) return {};
    std::string unknown;
    if (!ending.whole) {
      unknown = "the evidence is not whole";
    } else if (chain_.size() < sequence_.last_index().value) {
      unknown =
          fmt::format("no client's invocation tells what stands at index {}", chain_.size() + 1);
    }
    return having_seen(fmt::format("{}, {}", count(recomputed_, "entry", "entries"),
                                   count(states_.size(), "state")),
                       unknown);
  }

 private:
  struct Request {
    Where invoked;
    ClientCommand command;
    bool ended = false;
    std::optional<Index> later_since;  // of its last attempt, where it was expired before
  };
  // What an entry of the chain was found to be.
  struct Link {
    const Request* request = nullptr;  // null: it changes no state, or it can't be told
    Index since;
  };
  struct Claim {
    std::uint64_t digest = 0;
    NodeId node;
    Where where;
  };
  enum class Found : std::uint8_t { same, other, not_yet, never };

  void state_is(const NodeEvent& event, const StateDigest& state) {
    const Claim claim{state.digest, event.node, event.where};
    const auto known = states_.find(state.log_index);
    if (known != states_.end()) return compare(claim, state.log_index, known->second);
    std::vector<Claim>& claims = claims_[state.log_index];
    for (const Claim& other : claims)
      if (other.digest == claim.digest) return;
    claims.push_back(claim);
    recompute_states();
  }

  // As far as it can be told what stands in the log.
  void recompute_chain() {
    while (!failed() && chain_.size() < sequence_.last_index().value) {
      const Index index{chain_.size() + 1};
      const CommittedSequence::Entry& entry = sequence_.at(index);
      Link link;
      const Found found =
          entry.is_command() ? find_command(index, entry, link) : find_other(index, entry);
      if (found == Found::not_yet) break;
      if (found == Found::other) return differs(index, entry);
      if (found == Found::same) ++recomputed_;
      chain_.push_back(link);
    }
    recompute_states();
  }

  bool is(Index index, const CommittedSequence::Entry& entry, EntryKind kind,
          std::string_view bytes) const {
    const std::uint64_t before = index == Index{1} ? 0 : sequence_.at(index.previous()).digest;
    return chained(before, index, entry.term, kind, bytes) == entry.digest;
  }

  Found find_command(Index index, const CommittedSequence::Entry& entry, Link& link) const {
    const auto requests = requests_.find(entry.client);
    if (requests == requests_.end()) return Found::not_yet;
    const auto found = requests->second.find(entry.request);
    if (found == requests->second.end() || found->second.invoked.line == 0) return Found::not_yet;
    const Request& request = found->second;
    ClientCommand command = request.command;
    link = {&request, command.since};
    if (is(index, entry, EntryKind::command, bytes_of(command))) return Found::same;
    // An attempt that was refused as expired is made again by who knows more of the log.
    if (request.later_since) {
      command.since = link.since = *request.later_since;
      if (is(index, entry, EntryKind::command, bytes_of(command))) return Found::same;
    }
    link = {};
    if (!request.ended && !ended_) return Found::not_yet;
    const bool attempt_between = entry.effect == Effect::expired && request.later_since;
    return attempt_between || !request.ended ? Found::never : Found::other;
  }

  Found find_other(Index index, const CommittedSequence::Entry& entry) const {
    if (entry.kind == "noop") {
      return is(index, entry, EntryKind::noop, {}) ? Found::same : Found::other;
    }
    if (entry.kind != "configuration") return Found::never;  // its bytes are nobody's
    const auto [first, last] = configurations_.equal_range(index);
    for (auto bytes = first; bytes != last; ++bytes) {
      if (is(index, entry, EntryKind::configuration, bytes->second)) return Found::same;
    }
    return ended_ ? Found::other : Found::not_yet;
  }

  void differs(Index index, const CommittedSequence::Entry& entry) {
    std::vector<Where> lines{entry.where};
    std::string what = entry.kind;
    if (entry.is_command()) {
      what = request_name(entry.client, entry.request);
      lines.push_back(requests_[entry.client][entry.request].invoked);
    }
    violated(
        fmt::format("{} {} applied {} at index {} with digest {}, which is not that of {}.", kLog,
                    name_of_node(entry.node), what, index.value, node::digest_text(entry.digest),
                    entry.is_command() ? "the command that its client invoked"
                                       : "any such entry that a node told of"),
        std::move(lines));
  }

  // Those that nodes told of, as far as the chain goes. The state goes no further than to the last
  // of them, so that it is not past the next.
  void recompute_states() {
    for (auto claims = claims_.lower_bound(replayed_);
         claims != claims_.end() && claims->first.value <= chain_.size();
         claims = claims_.erase(claims)) {
      const Index index = claims->first;
      replay_to(index);
      const std::uint64_t digest = states_.emplace(index, state_.digest()).first->second;
      for (const Claim& claim : claims->second)
        compare(claim, index, digest);
    }
  }

  void replay_to(Index index) {
    while (replayed_ < index) {
      ++replayed_;
      const Link& link = chain_[replayed_.value - 1];
      if (link.request) execute(replayed_, link);
    }
  }

  void begin_again() {
    state_ = {};
    state_.limit_sessions(max_sessions_);
    replayed_ = {};
  }

  void execute(Index index, const Link& link) {
    ClientCommand command = link.request->command;
    command.since = link.since;
    const CommittedSequence::Entry& entry = sequence_.at(index);
    const Effect effect = state_.apply(index, command);
    if (effect == entry.effect) return;
    violated(fmt::format("{} {} applied {} at index {} {}; replaying the log gives it {}.", kState,
                         name_of_node(entry.node), request_name(entry.client, entry.request),
                         index.value, text_of(entry.effect), text_of(effect)),
             {entry.where, link.request->invoked});
  }

  static const char* text_of(Effect effect) {
    switch (effect) {
      case Effect::effective:
        return "with its effect";
      case Effect::duplicate:
        return "as a duplicate";
      case Effect::stale:
        return "as stale";
      case Effect::expired:
        return "as expired";
    }
    return "";
  }

  void compare(const Claim& claim, Index index, std::uint64_t digest) {
    if (claim.digest == digest) return;
    violated(fmt::format("{} {} says that its state after entry {} has digest {}; replaying what "
                         "clients sent gives {}.",
                         kState, node::node_name(claim.node), index.value,
                         node::digest_text(claim.digest), node::digest_text(digest)),
             {claim.where});
  }

  CommittedSequence sequence_;
  std::unordered_map<std::string, std::unordered_map<std::uint64_t, Request>> requests_;
  std::multimap<Index, std::string> configurations_;  // their bytes, by where they stood
  std::map<Index, std::vector<Claim>> claims_;        // what nodes say of states not recomputed yet
  std::map<Index, std::uint64_t> states_;             // the digests of those that were
  ReplicatedState state_;
  Index replayed_;           // what `state_` stands for
  std::vector<Link> chain_;  // that of index i stands at i - 1
  std::uint64_t max_sessions_ = 0;
  std::uint64_t recomputed_ = 0;
  bool ended_ = false;
};

}  // namespace

std::unique_ptr<Check> digests_recomputed() {
  return std::make_unique<DigestsRecomputed>();
}

}  // namespace verify
