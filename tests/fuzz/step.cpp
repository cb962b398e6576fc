// SPDX-License-Identifier: Apache-2.0
// One server that is told anything by anybody: no crash, no failed assertion; its term, its vote in
// a term and its committed prefix never go back; what it hands to its disk fits what is there; what
// it refuses as impossible changes nothing.
#include <deque>
#include <map>
#include <utility>

#include "tests/fuzz/arbitrary.h"
#include "tests/golden/disk.h"

namespace {

using fuzz::must;
using raft::Index;
using raft::NodeId;
using raft::Term;
using raft::WriteId;

// A snapshot that a crash left without the term it came with brings its term.
raft::HardState hard_state_of(const raft::Restored& disk) {
  const Term least = disk.snapshot ? disk.snapshot->term : Term{};
  return disk.hard_state.current_term < least ? raft::HardState{least, {}} : disk.hard_state;
}

class Lone {
 public:
  explicit Lone(fuzz::Input& in)
      : in_(in), settings_(fuzz::arbitrary_settings(in)), disk_(fuzz::arbitrary_disk(in)) {
    start();
  }
  void run() {
    while (!in_.empty())
      do_something();
  }

 private:
  // What one server can be seen to know.
  struct Facts {
    explicit Facts(const raft::Raft& raft)
        : hard_state(raft.hard_state()),
          role(raft.role()),
          leader(raft.leader()),
          base(raft.log().base_index()),
          last(raft.log().last_index()),
          last_term(raft.log().last_term()),
          commit(raft.commit_index()),
          applied(raft.last_applied()),
          durable(raft.durable_index()),
          snapshot(raft.snapshot() ? raft.snapshot()->index : Index{}),
          configuration(raft.configuration_index()) {}
    friend bool operator==(const Facts&, const Facts&) = default;

    raft::HardState hard_state;
    raft::Role role;
    NodeId leader;
    Index base;
    Index last;
    Term last_term;
    Index commit;
    Index applied;
    Index durable;
    Index snapshot;
    Index configuration;
  };

  void do_something();
  void start();
  void restart();
  void wake();
  void persist();
  void propose();
  void answer();
  void receive_snapshot();
  void stand_for_election();
  void compact();
  void tell(NodeId from, raft::Message message) {
    step(raft::Receive{from, raft::MessageId{in_.below(3)}, std::move(message)});
  }
  void step(raft::Input input);
  void check(const Facts& before, const raft::Output& out);
  void check_apply(const Facts& before, const raft::Output& out);
  void check_committed();
  void check_disk(const raft::Output& out);
  void check_promises(const raft::Output& out) const;

  fuzz::Input& in_;
  raft::Settings settings_;
  raft::golden::Disk disk_;
  std::optional<raft::Raft> raft_;
  raft::Time now_{};
  std::optional<raft::Time> wake_at_;
  WriteId last_write_;
  std::deque<raft::Outgoing> sent_;  // the latest
  std::map<Index, raft::Entry> committed_;
  std::uint64_t incarnation_ = 0;
};

void Lone::start() {
  raft_.emplace(settings_, disk_.durable(), ++incarnation_);
  wake_at_.reset();
  last_write_ = {};
  committed_.clear();
  sent_.clear();
  must(raft_->hard_state() == hard_state_of(disk_.durable()), "it comes up as it was durable");
  if (in_.below(8) != 0) step(raft::Begin{});
}

void Lone::restart() {
  const std::size_t survivors = in_.below(4);
  disk_.crash(survivors, disk_.can_tear(survivors) && in_.flag());
  start();
}

void Lone::do_something() {
  switch (in_.below(16)) {
    case 0:
      return wake();
    case 1:
    case 2:
      return persist();
    case 3:
      return propose();
    case 4:
      return stand_for_election();
    case 5:
    case 6:
      return answer();
    case 7:
      if (in_.below(4) == 0) return restart();
      return step(raft::ChangeMembers{fuzz::arbitrary_nodes(in_), fuzz::arbitrary_nodes(in_)});
    case 8:
      return step(raft::TransferLeadership{NodeId{in_.below(8)}});
    case 9:
      if (in_.flag()) return receive_snapshot();
      return step(raft::Read{raft_->next_read_id()});
    case 10:
      return compact();
    default:
      return tell(NodeId{in_.below(8)}, fuzz::arbitrary_message(in_, *raft_));
  }
}

void Lone::wake() {
  now_ += raft::Duration{in_.byte() * 1000};
  if (wake_at_ && in_.flag()) now_ = std::max(now_, *wake_at_);
  step(raft::Tick{});
}

void Lone::persist() {
  if (disk_.pending().empty()) return;
  const std::size_t count = 1 + in_.below(disk_.pending().size());
  const WriteId up_to = disk_.pending()[count - 1].id;
  disk_.sync(up_to);
  step(raft::Persisted{up_to});
}

void Lone::propose() {
  raft::Propose propose;
  for (std::uint64_t count = 1 + in_.below(4); count > 0; --count)
    propose.commands.push_back(fuzz::arbitrary_command(in_));
  step(std::move(propose));
}

void Lone::compact() {
  const Index oldest = std::max(raft_->log().base_index(), Index{1});
  if (raft_->last_applied() < oldest) return;
  const Index index = raft_->last_applied() -
                      in_.below(std::min<std::uint64_t>(raft_->last_applied() - oldest + 1, 256));
  step(raft::Compact{index, fuzz::arbitrary_command(in_)});
}

// Someone answers what was sent, as a correct server could.
void Lone::answer() {
  if (sent_.empty()) return;
  const std::size_t which = in_.below(sent_.size());
  const raft::Outgoing asked = sent_[which];
  if (in_.below(4) != 0) sent_.erase(sent_.begin() + static_cast<std::ptrdiff_t>(which));
  tell(asked.to, fuzz::fitting_answer(in_, asked.message));
}

// Some chunk may come twice, or not at all.
void Lone::receive_snapshot() {
  const NodeId leader{1 + in_.below(6)};
  const auto chunks = fuzz::arbitrary_snapshot(in_, *raft_);
  for (std::size_t i = 0; i < chunks.size(); ++i) {
    const std::uint64_t fate = in_.below(16);
    if (fate != 15) tell(leader, chunks[i]);
    if (fate == 14) tell(leader, chunks[i]);
  }
}

// It times out, its disk is quick, and it gets the votes that it asks for.
void Lone::stand_for_election() {
  if (!wake_at_ || raft_->role() == raft::Role::leader) return;
  now_ = std::max(now_, *wake_at_);
  step(raft::Tick{});
  for (int round = 0; round < 2 && raft_->role() != raft::Role::leader; ++round) {
    if (!disk_.pending().empty()) {
      const WriteId last = disk_.pending().back().id;
      disk_.sync(last);
      step(raft::Persisted{last});
    }
    const std::deque<raft::Outgoing> asked = std::exchange(sent_, {});
    for (const raft::Outgoing& outgoing : asked)
      tell(outgoing.to, fuzz::fitting_answer(in_, outgoing.message));
  }
}

void Lone::step(raft::Input input) {
  const Facts before(*raft_);
  const std::optional<raft::Time> wake_before = wake_at_;
  const raft::Output out = raft_->step(now_, std::move(input));
  wake_at_ = out.wake_at;
  if (out.refused) {
    must(!out.write && out.messages.empty() && !out.restore && out.apply.empty() &&
             out.reads.empty() && out.transitions.empty() && !out.proposal &&
             Facts(*raft_) == before && wake_at_ == wake_before,
         "what is refused as impossible changes nothing");
    return;
  }
  if (out.write) {
    must(out.write->id == last_write_.next(), "writes are numbered without a gap");
    last_write_ = out.write->id;
    disk_.write(*out.write);
  }
  check(before, out);
  for (const raft::Outgoing& outgoing : out.messages) {
    sent_.push_back(outgoing);
    if (sent_.size() > 8) sent_.pop_front();
  }
}

void Lone::check(const Facts& before, const raft::Output& out) {
  const raft::HardState& now = raft_->hard_state();
  must(now.current_term >= before.hard_state.current_term, "terms never go back");
  must(now.current_term > before.hard_state.current_term ||
           before.hard_state.voted_for == NodeId{} || now.voted_for == before.hard_state.voted_for,
       "a vote is kept within its term");
  must(raft_->commit_index() >= before.commit, "the commit index never goes back");
  must(raft_->log().base_index() >= before.base, "what was compacted does not come back");
  must(raft_->log().last_index() >= raft_->commit_index(), "what is committed is in the log");
  must(raft_->last_applied() <= raft_->commit_index(), "what is applied is committed");
  const bool leads_on =
      before.role == raft::Role::leader && now.current_term == before.hard_state.current_term;
  must(!leads_on || raft_->log().last_index() >= before.last, "a leader deletes nothing");
  check_apply(before, out);
  check_committed();
  check_disk(out);
  check_promises(out);
  for (const raft::Progress& progress : raft_->progress()) {
    must(progress.match_index < progress.next_index &&
             progress.match_index <= raft_->log().last_index(),
         "a leader's guess lies after its measurement, which is of its log");
    must(progress.in_flight.size() <= settings_.max_in_flight, "the window is kept");
  }
}

void Lone::check_apply(const Facts& before, const raft::Output& out) {
  Index applied = before.applied;
  if (out.restore) {
    must(out.restore->index > applied, "a snapshot takes the state on");
    applied = out.restore->index;
  }
  if (!out.apply.empty()) {
    must(out.apply.first == applied.next(), "entries are applied in order and once");
    applied = out.apply.last;
  }
  must(raft_->last_applied() == applied, "what it says to apply it takes for applied");
  const raft::Restored& disk = disk_.durable();
  must(applied <= std::max(disk.base_index + disk.entries.size(),
                           disk.snapshot ? disk.snapshot->index : Index{}),
       "what is applied is durable");
}

void Lone::check_committed() {
  const raft::Log& log = raft_->log();
  committed_.erase(committed_.begin(), committed_.lower_bound(log.first_index()));
  for (const auto& [index, entry] : committed_) {
    const raft::Entry& found = log.at(index);
    must(found.term == entry.term && found.kind == entry.kind && found.command == entry.command,
         "the committed prefix never changes");
  }
  Index next = committed_.empty() ? log.first_index() : committed_.rbegin()->first.next();
  for (; next <= raft_->commit_index(); ++next)
    committed_.emplace(next, log.at(next));
}

// Disk::write and Disk::written throw where a write does not fit what is there.
void Lone::check_disk(const raft::Output& out) {
  const raft::Restored written = disk_.written();
  must(hard_state_of(written) == raft_->hard_state(), "term and vote are with the disk");
  if (!out.write) return;
  const raft::Log& log = raft_->log();
  must(written.base_index == log.base_index() && written.base_term == log.base_term() &&
           written.base_index + written.entries.size() == log.last_index(),
       "the log is with the disk");
  for (Index i = log.first_index(); i <= log.last_index(); ++i) {
    const raft::Entry* entry = raft::golden::entry_at(written, i);
    must(entry->term == log.at(i).term && entry->command == log.at(i).command,
         "the log's entries are with the disk");
  }
}

void Lone::check_promises(const raft::Output& out) const {
  const raft::HardState durable = hard_state_of(disk_.durable());
  for (const raft::Outgoing& outgoing : out.messages) {
    must(outgoing.to != NodeId{} && outgoing.to != settings_.self, "messages go to others");
    if (const auto* reply = std::get_if<raft::RequestVoteReply>(&outgoing.message)) {
      if (reply->pre_vote || !reply->vote_granted) continue;
      must(durable.current_term > reply->asked_in ||
               (durable.current_term == reply->asked_in && durable.voted_for == outgoing.to),
           "a vote is durable when it is told");
    } else if (const auto* request = std::get_if<raft::RequestVote>(&outgoing.message)) {
      if (request->pre_vote) continue;
      must(durable.current_term == request->term && durable.voted_for == settings_.self,
           "a candidate's own vote is durable when it asks for others");
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input in(data, size);
  Lone(in).run();
  return 0;
}
