// SPDX-License-Identifier: Apache-2.0
#include "tests/property/random_cluster.h"

#include <algorithm>
#include <ostream>
#include <utility>

#include <fmt/format.h>

namespace raft::test {
namespace {

using std::chrono::milliseconds;

constexpr Duration kStorm = milliseconds(3000);
// A healed cluster recovers within this. A message of the storm may arrive up to a second late.
constexpr Duration kRecovery = milliseconds(8000);
// More steps than any run needs: a server that asks to be woken at once, for ever, comes here.
constexpr std::uint64_t kMostSteps = 500'000;

std::vector<NodeId> first_members(std::size_t servers) {
  std::vector<NodeId> members;
  for (std::uint64_t i = 1; i <= servers; ++i)
    members.push_back(NodeId{i});
  return members;
}

}  // namespace

RandomCluster::RandomCluster(std::uint64_t seed, std::size_t servers, Flaw flaw,
                             std::ostream* trace)
    : random_(seed),
      flaw_(flaw),
      trace_(trace),
      nodes_(servers),
      members_(first_members(servers)),
      blocked_(servers, std::vector<bool>(servers)),
      invariants_(members_) {
  choose_weather();
  choose_settings();
}

void RandomCluster::choose_weather() {
  weather_.loss = one_of<std::uint64_t>({0, 0, 20, 100, 300});
  weather_.duplicate = one_of<std::uint64_t>({0, 50, 200});
  weather_.guess = one_of<std::uint64_t>({0, 0, 20, 200});
  weather_.straggle = one_of<std::uint64_t>({0, 20, 200});
  weather_.crash = one_of<std::uint64_t>({0, 1, 3, 10, 30});
  weather_.delay = milliseconds(one_of({1, 5, 20, 100}));
  weather_.sync = milliseconds(one_of({0, 1, 10, 50, 200}));
  weather_.late = milliseconds(one_of({0, 0, 30, 300}));
  weather_.down = milliseconds(one_of({1, 50, 500}));
  weather_.partition = milliseconds(one_of({0, 50, 200, 1000}));
  weather_.propose = milliseconds(one_of({5, 20, 100}));
}

void RandomCluster::choose_settings() {
  Settings settings;
  settings.members = members_;
  settings.election_timeout_min = milliseconds(one_of({60, 150}));
  settings.election_timeout_max = settings.election_timeout_min * 2;
  settings.heartbeat_interval = milliseconds(one_of({15, 50}));
  settings.noop_on_election = chance(500);
  settings.max_append_entries = one_of<std::size_t>({1, 2, 256});
  settings.max_in_flight = one_of<std::size_t>({1, 3, 16});
  settings.max_append_bytes = one_of<std::size_t>({1, 20, 1 << 20});
  for (NodeId member : members_) {
    at(member).settings = settings;
    at(member).settings.self = member;
  }
}

std::optional<Violation> RandomCluster::run() {
  for (NodeId member : members_)
    start(member);
  schedule({.kind = Event::Kind::propose}, weather_.propose);
  if (weather_.partition > Duration{}) cut();
  run_until(kStorm);
  heal();
  run_until(now_ + kRecovery);
  sums_.committed = invariants_.committed();
  if (!failed() && !recovered()) {
    violation_ = {"liveness", "no leader, or no progress on all servers, after all healed"};
  }
  return invariants_.violation() ? invariants_.violation() : violation_;
}

void RandomCluster::heal() {
  healed_ = true;
  weather_ = {.loss = 0,
              .duplicate = 0,
              .crash = 0,
              .guess = 0,
              .straggle = 0,
              .delay = milliseconds(2),
              .sync = milliseconds(2),
              .late = {},
              .down = milliseconds(1),
              .partition = {},
              .propose = milliseconds(50)};
  for (auto& row : blocked_)
    row.assign(row.size(), false);
}

void RandomCluster::run_until(Time end) {
  while (!failed() && !recovered() && sums_.steps < kMostSteps) {
    NodeId waking;
    Time next = end;
    if (!events_.empty()) next = std::min(next, events_.begin()->first.first);
    for (NodeId member : members_) {
      const Node& n = at(member);
      if (n.raft && n.wake_at && *n.wake_at < next) {
        next = *n.wake_at;
        waking = member;
      }
    }
    now_ = std::max(now_, next);
    if (next == end) return;
    if (waking != NodeId{}) {
      step(waking, Tick{});
    } else {
      const auto event = events_.extract(events_.begin());
      happen(event.mapped());
    }
  }
}

std::optional<NodeId> RandomCluster::leader() const {
  const Node* best = nullptr;
  for (const Node& n : nodes_) {
    if (n.raft && n.raft->role() == Role::leader &&
        (!best || n.raft->term() > best->raft->term())) {
      best = &n;
    }
  }
  return best ? std::optional(best->settings.self) : std::nullopt;
}

// Something that was proposed after all healed has been applied by all.
bool RandomCluster::recovered() const {
  return std::any_of(probes_.begin(), probes_.end(), [this](const auto& probe) {
    return std::all_of(nodes_.begin(), nodes_.end(), [&](const Node& n) {
      return n.raft && n.raft->last_applied() >= probe.first &&
             n.raft->log().term_at(probe.first) == probe.second;
    });
  });
}

void RandomCluster::happen(const Event& event) {
  Node* node = event.node == NodeId{} ? nullptr : &at(event.node);
  switch (event.kind) {
    case Event::Kind::deliver:
      if (node->raft) step(event.node, event.receive);
      return;
    case Event::Kind::synced:
      if (!node->raft || node->incarnation != event.incarnation) return;
      return synced(event.node);
    case Event::Kind::restart:
      return start(event.node);
    case Event::Kind::partition:
      return cut();
    case Event::Kind::propose:
      return propose();
  }
}

void RandomCluster::start(NodeId node) {
  Node& n = at(node);
  ++n.incarnation;
  Restored found = n.disk.durable();
  const bool restarted = n.incarnation > 1;
  if (restarted && flaw_ == Flaw::disk_forgets_the_vote) found.hard_state.voted_for = {};
  if (restarted && flaw_ == Flaw::disk_forgets_an_entry && !found.entries.empty()) {
    found.entries.pop_back();
  }
  n.disk = Disk(found);
  n.syncing = {};
  if (trace_) *trace_ << fmt::format("{:>9} n{} starts\n", now_.count(), node.value);
  invariants_.started(node, found);
  n.raft.emplace(n.settings, std::move(found), random_.next());
  step(node, Begin{});
}

void RandomCluster::crash(NodeId node) {
  Node& n = at(node);
  const std::size_t pending = n.disk.pending().size();
  const std::size_t survivors = chance(500) ? 0 : random_.below(pending + 1);
  ++sums_.crashes;
  sums_.lost_writes += pending - survivors;
  if (trace_) {
    *trace_ << fmt::format("{:>9} n{} crashes, {} of {} writes lost\n", now_.count(), node.value,
                           pending - survivors, pending);
  }
  n.disk.crash(survivors);
  n.raft.reset();
  schedule({.kind = Event::Kind::restart, .node = node}, up_to(weather_.down));
}

void RandomCluster::step(NodeId node, const Input& input) {
  Node& n = at(node);
  const Output out = n.raft->step(now_, input);
  ++sums_.steps;
  if (trace_) log(node, input, out);
  for (const Transition& transition : out.transitions) {
    if (std::holds_alternative<LogTruncated>(transition)) ++sums_.truncations;
    const auto* role = std::get_if<RoleChanged>(&transition);
    if (role && role->after == Role::leader) ++sums_.elections;
  }
  if (out.refused && flaw_ == Flaw::none) {
    violation_ = {"refused", fmt::format("n{} refused {}", node.value, out.refused)};
  }
  invariants_.stepped(node, *n.raft, input, out);
  if (failed()) return;
  n.wake_at = out.wake_at;
  if (n.wake_at && weather_.late > Duration{} && chance(100)) *n.wake_at += up_to(weather_.late);
  if (out.write) {
    n.disk.write(*out.write);
    sync(node);
  }
  // A crash may come before all, some or none of the messages are out.
  const bool crashes = chance(weather_.crash);
  const std::size_t messages =
      crashes ? random_.below(out.messages.size() + 1) : out.messages.size();
  for (std::size_t i = 0; i < messages; ++i)
    post(node, out.messages[i]);
  if (crashes) crash(node);
}

void RandomCluster::sync(NodeId node) {
  Node& n = at(node);
  if (n.syncing != WriteId{} || n.disk.pending().empty()) return;
  n.syncing = n.disk.pending().back().id;
  schedule({.kind = Event::Kind::synced, .node = node, .incarnation = n.incarnation},
           up_to(weather_.sync));
}

void RandomCluster::synced(NodeId node) {
  Node& n = at(node);
  const WriteId done = std::exchange(n.syncing, WriteId{});
  n.disk.sync(done);
  sync(node);
  step(node, Persisted{done});
}

void RandomCluster::post(NodeId from, const Outgoing& outgoing) {
  if (blocked_[from.value - 1][outgoing.to.value - 1] || chance(weather_.loss)) {
    ++sums_.lost_messages;
    return;
  }
  const int copies = chance(weather_.duplicate) ? 2 : 1;
  for (int i = 0; i < copies; ++i) {
    Receive receive{from, {}, outgoing.message};
    guess(from, receive.message);
    tamper(receive.message);
    const Duration delay = up_to(weather_.delay) * (chance(weather_.straggle) ? 10 : 1);
    schedule({.kind = Event::Kind::deliver, .node = outgoing.to, .receive = std::move(receive)},
             delay);
  }
}

// Any nextIndex is one that a correct leader may have: "it is a guess as to what prefix the leader
// shares with a given follower" (students' guide). So are shorter messages.
void RandomCluster::guess(NodeId leader, Message& message) {
  auto* append = std::get_if<AppendEntries>(&message);
  if (!append || !chance(weather_.guess)) return;
  const Log& log = at(leader).raft->log();
  append->prev_log_index = Index{random_.below(log.last_index().value + 1)};
  append->prev_log_term = *log.term_at(append->prev_log_index);
  append->entries = log.slice(append->prev_log_index.next(), random_.below(4), 1 << 20);
}

void RandomCluster::tamper(Message& message) const {
  if (auto* vote = std::get_if<RequestVoteReply>(&message)) {
    if (flaw_ == Flaw::network_forges_votes && vote->term == vote->asked_in) {
      vote->vote_granted = true;
    }
  } else if (auto* ack = std::get_if<AppendEntriesReply>(&message)) {
    if (flaw_ == Flaw::network_raises_acks && ack->success) ++ack->match_index;
    if (flaw_ == Flaw::network_accepts_for_all && ack->term == ack->asked_in && !ack->success) {
      ack->success = true;
      ack->match_index = ack->prev_log_index;
    }
  } else if (auto* append = std::get_if<AppendEntries>(&message)) {
    if (flaw_ == Flaw::network_swaps_commands && !append->entries.empty()) {
      append->entries.back().command = std::make_shared<const std::string>("swapped");
    }
  }
}

// Cuts other links than before: none, all between two groups, all of one server, some in one
// direction.
void RandomCluster::cut() {
  if (healed_) return;
  const std::uint64_t shape = random_.below(4);
  const NodeId alone = chance(500) ? leader().value_or(any()) : any();
  std::vector<bool> group;
  for (std::size_t i = 0; i < nodes_.size(); ++i)
    group.push_back(shape == 2 ? i + 1 == alone.value : chance(500));
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    for (std::size_t j = 0; j < nodes_.size(); ++j) {
      blocked_[i][j] = shape == 3 ? chance(300) : shape > 0 && group[i] != group[j];
    }
  }
  schedule({.kind = Event::Kind::partition}, up_to(weather_.partition * 2));
}

void RandomCluster::propose() {
  const NodeId node = healed_ || chance(300) ? leader().value_or(any()) : any();
  Node& n = at(node);
  if (n.raft) {
    const bool leads = n.raft->role() == Role::leader;
    const Index index = n.raft->log().last_index().next();
    const Term term = n.raft->term();
    Propose input;
    for (std::uint64_t i = 0; i < 1 + random_.below(3); ++i)
      input.commands.push_back(std::make_shared<const std::string>(fmt::format("{}", order_ + i)));
    step(node, input);
    if (leads && healed_) probes_.emplace_back(index, term);
  }
  schedule({.kind = Event::Kind::propose}, weather_.propose);
}

void RandomCluster::schedule(Event event, Duration after) {
  events_.emplace(std::pair(now_ + after, ++order_), std::move(event));
}

Duration RandomCluster::up_to(Duration most) {
  return Duration(
      static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(most.count()) + 1)));
}

void RandomCluster::log(NodeId node, const Input& input, const Output& out) {
  std::string cause = "begins";
  if (std::holds_alternative<Tick>(input)) cause = "wakes";
  if (std::holds_alternative<Propose>(input)) cause = "is asked";
  if (const auto* p = std::get_if<Persisted>(&input))
    cause = fmt::format("wrote {}", p->up_to.value);
  if (const auto* r = std::get_if<Receive>(&input)) {
    cause = fmt::format("hears {} of term {} from n{}", name_of(r->message),
                        term_of(r->message).value, r->from.value);
  }
  const Raft& raft = *at(node).raft;
  *trace_ << fmt::format(
      "{:>9} n{} {}: {} of term {}, vote {}, last {} of term {}, durable {}, commit {}, {} "
      "sent{}\n",
      now_.count(), node.value, cause, name_of(raft.role()), raft.term().value,
      raft.hard_state().voted_for.value, raft.log().last_index().value,
      raft.log().last_term().value, raft.durable_index().value, raft.commit_index().value,
      out.messages.size(), out.write ? fmt::format(", write {}", out.write->id.value) : "");
}

}  // namespace raft::test
