// SPDX-License-Identifier: Apache-2.0
// A cluster sends what it has reason to send, and keeps its logs short. Reasons are counted in the
// run itself:
//   - a reply answers a request, and each is answered once at the most;
//   - AppendEntries go to each other node once for each heartbeat's interval in which somebody led,
//     each entry that a leader appended, each rejection and each read; a vote is asked of each for
//     each election; a snapshot is sent in so many chunks, and to who gets one the heartbeats,
//     those that confirm reads as well, are InstallSnapshots;
//   - in bytes, entries go to each other node, snapshots to who is behind, and a message is small;
//   - who has applied as many entries since its last snapshot as it was told to takes the next.
// Loss, retries and bad luck take more than one message for a reason, but not kTimesOver of them; a
// storm, entries sent again with each heartbeat, or candidates that ask again and again do.
#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "orchestrator/verify/checks.h"
#include "orchestrator/verify/describe.h"
#include "orchestrator/verify/log_bytes.h"

namespace verify {
namespace {

constexpr const char* kMessages =
    "Traffic (sections 5.1, 5.2, 7): servers send RPCs for a reason, each answered once.";
constexpr const char* kLog =
    "Log size (section 7): each server takes snapshots independently, when its log reaches a fixed "
    "size.";
constexpr std::uint64_t kTimesOver = 4;
constexpr std::uint64_t kBesides = 100;         // messages: of runs too short to have an average
constexpr std::uint64_t kMessage = 256;         // bytes at most, of one without entries or chunk
constexpr std::uint64_t kMember = 32;           // and for each member of a configuration in it
constexpr std::uint64_t kFastestClock = 10;     // of those that a fault makes, in seconds a second
constexpr std::uint64_t kNotLimited = 1 << 30;  // bytes: no snapshot of a run is larger

class WithinLimits final : public Check {
 public:
  void on_network(const NetworkEvent& event) override {
    const auto* total = std::get_if<TypeTotal>(&event.what);
    if (!total || total->type == "absent") return;
    Totals& totals = totals_[total->type];
    (total->request ? totals.requests : totals.replies) = *total;
    (total->request ? totals.requests_at : totals.replies_at) = event.where;
  }

  void on_fault(const FaultEvent& event) override {
    if (const auto* fault = std::get_if<FaultStarted>(&event.what)) {
      if (fault->fault == "clock") fastest_ = kFastestClock;
    } else if (const auto* exited = std::get_if<NodeExited>(&event.what)) {
      exits_[{exited->node, exited->incarnation}] = event.at;
    }
  }

  void on_operation(const Operation& operation) override {
    if (operation.phase == Operation::Phase::invoke) {
      const std::uint64_t bytes = bytes_of(ClientCommand{operation.client,
                                                         operation.request,
                                                         operation.op,
                                                         operation.key,
                                                         operation.value,
                                                         operation.expected,
                                                         {}})
                                      .size();
      largest_command_ = std::max(largest_command_, bytes);
      if (operation.op != node::OpKind::get) return;
      ++reads_;
      reading_since_[operation.client] = operation.at;
    } else if (const auto reading = reading_since_.find(operation.client);
               reading != reading_since_.end()) {
      reading_ += operation.at - reading->second;
      reading_since_.erase(reading);
    }
  }

  void on_node(const NodeEvent& event) override {
    std::visit([&](const auto& what) { take(servers_[event.node], event, what); }, event.what);
  }

  Conclusion conclude(const Ending& ending) override {
    if (!ending.whole) return cannot_tell("the evidence is not whole");
    Conclusion conclusion;
    conclusion.applies = !totals_.empty() && interval_ > Time{};
    if (!conclusion.applies) return conclusion;
    for (auto& [node, server] : servers_)
      ended_leading(server);
    for (const auto& [process, since] : to_the_end_)
      led_ += std::max(exits_[process] - since, Time{});
    judge_appends();
    judge_snapshots();
    judge_elections();
    judge_reads();
    for (const auto& [type, totals] : totals_)
      judge_replies(type, totals);
    conclusion.saw =
        fmt::format("{} for {} heartbeats, {} and {}; {} of the log at most since a snapshot",
                    count(sent_, "message"), grouped(beats()), count(entries_, "entry", "entries"),
                    count(elections_, "election"), count(longest_, "entry", "entries"));
    return conclusion;
  }

 private:
  struct Totals {
    TypeTotal requests;
    TypeTotal replies;
    Where requests_at;
    Where replies_at;
  };
  using Process = std::pair<NodeId, std::uint32_t>;
  struct Server {
    Process process;
    Started settings;
    std::optional<Time> leads_since;
    std::set<NodeId> behind;  // get a snapshot from it
    Index snapshot;
    bool due = false;  // a snapshot is
    Index applied;
    Where applied_at;
  };

  void take(Server& server, const NodeEvent& event, const Started& started) {
    ended_leading(server);
    server = {};
    server.process = {event.node, event.incarnation};
    server.settings = started;
    if (interval_ == Time{}) interval_ = started.heartbeat_interval;
    interval_ = std::min(interval_, started.heartbeat_interval);
    if (!started.compaction) return;
    const std::uint64_t chunk =
        std::max<std::uint64_t>(started.compaction->snapshot_chunk_bytes, 1);
    smallest_chunk_ = smallest_chunk_ == 0 ? chunk : std::min(smallest_chunk_, chunk);
  }
  void take(Server& server, const NodeEvent&, const Recovered& recovered) {
    server.snapshot = recovered.snapshot.index;
    ++transfers_;  // what it was getting begins anew
  }
  void take(Server& server, const NodeEvent& event, const RoleChanged&) {
    step_down(server, event.at);
    if (event.role == Role::candidate) ++elections_;
    if (event.role != Role::leader) return;
    ++leaderships_;
    server.leads_since = event.at;
  }
  void take(Server&, const NodeEvent&, const TimedOut&) { ++elections_; }
  void take(Server&, const NodeEvent&, const Transfer&) { ++elections_; }
  void take(Server&, const NodeEvent&, const AppendRejected&) { ++rejections_; }
  void take(Server&, const NodeEvent& event, const EntriesAppended& appended) {
    if (event.role == Role::leader) entries_ += appended.entries.size();
  }
  void take(Server& server, const NodeEvent&, const ProgressChanged& changed) {
    server.behind.erase(changed.peer);
    if (changed.replication != "snapshot") return;
    server.behind.insert(changed.peer);
    ++transfers_;
  }
  void take(Server& server, const NodeEvent&, const SnapshotTaken& taken) {
    largest_snapshot_ = std::max(largest_snapshot_, taken.bytes);
    transfers_ += server.behind.size();  // they may be sent this one instead
    server.snapshot = taken.last.index;
    server.due = false;
  }
  void take(Server& server, const NodeEvent&, const SnapshotInstalled& installed) {
    server.snapshot = installed.last.index;
    server.due = false;
  }
  void take(Server& server, const NodeEvent& event, const Applied& applied) {
    if (server.due) {
      violated(fmt::format("{} {} had applied entries up to {}, its last snapshot stood for those "
                           "up to {}, it was to take one every {}, and it went on without.",
                           kLog, node::node_name(event.node), server.applied.value,
                           server.snapshot.value, server.settings.compaction->snapshot_threshold),
               {event.where, server.applied_at});
    }
    server.applied = applied.entries.back().entry.index;
    server.applied_at = event.where;
    if (server.applied <= server.snapshot) return;
    longest_ = std::max(longest_, server.applied - server.snapshot);
    const auto& told = server.settings.compaction;
    server.due = told && told->snapshot_threshold != 0 && told->max_snapshot_bytes >= kNotLimited &&
                 server.applied - server.snapshot >= told->snapshot_threshold;
  }
  template <class Other>
  void take(Server&, const NodeEvent&, const Other&) {}

  // When a process ended, another file says.
  void ended_leading(Server& server) {
    if (server.leads_since) to_the_end_.emplace_back(server.process, *server.leads_since);
    server.leads_since.reset();
  }
  void step_down(Server& server, Time at) {
    if (server.leads_since) led_ += at - *server.leads_since;
    server.leads_since.reset();
    server.behind.clear();
  }

  std::uint64_t others() const { return servers_.size() - 1; }
  // In so much time, by the clocks of those who led.
  std::uint64_t intervals(Time time) const {
    return fastest_ * static_cast<std::uint64_t>(std::max<std::int64_t>(time / interval_, 0));
  }
  std::uint64_t beats() const { return intervals(led_) + leaderships_; }
  std::uint64_t reads() const { return reads_ + intervals(reading_); }  // with their retries
  std::uint64_t small(std::uint64_t messages) const {
    return messages * (kMessage + kMember * servers_.size());
  }

  void judge_appends() {
    judge("append_entries", others() * (beats() + entries_ + rejections_ + reads()),
          others() * entries_ * largest_command_);
  }
  void judge_snapshots() {
    const std::uint64_t chunks =
        largest_snapshot_ / std::max<std::uint64_t>(smallest_chunk_, 1) + 2;
    judge("install_snapshot", others() * (beats() + reads()) + transfers_ * chunks,
          transfers_ * largest_snapshot_);
  }
  void judge_elections() {
    for (const char* type : {"pre_vote", "request_vote", "timeout_now"})
      judge(type, others() * elections_, 0);
  }
  void judge_reads() { judge("read_index", reads(), 0); }

  // So many requests of a type have a reason, and besides what each message has, so many bytes.
  void judge(const std::string& type, std::uint64_t reasons, std::uint64_t bytes) {
    const auto found = totals_.find(type);
    if (found == totals_.end()) return;
    const TypeTotal& sent = found->second.requests;
    const Where where = found->second.requests_at;
    sent_ += sent.messages;
    exceeds(type, "messages", sent.messages, kTimesOver * reasons + kBesides, where);
    exceeds(type, "bytes", sent.bytes, kTimesOver * bytes + small(sent.messages), where);
  }

  void exceeds(const std::string& type, const char* what, std::uint64_t sent, std::uint64_t most,
               Where where) {
    if (sent <= most) return;
    violated(fmt::format("{} {} {} of {} were sent; {} heartbeats, {}, {}, {}, {} and {} of a "
                         "snapshot explain {} at the most.",
                         kMessages, grouped(sent), what, type, grouped(beats()),
                         count(entries_, "entry", "entries"), count(elections_, "election"),
                         count(rejections_, "rejection"), count(reads_, "read"),
                         count(transfers_, "sending", "sendings"), grouped(most)),
             {where});
  }

  void judge_replies(const std::string& type, const Totals& totals) {
    sent_ += totals.replies.messages;
    if (totals.replies.messages > totals.requests.delivered) {
      violated(
          fmt::format("{} {} replies to {} were sent, and {} requests were delivered.", kMessages,
                      grouped(totals.replies.messages), type, grouped(totals.requests.delivered)),
          {totals.replies_at, totals.requests_at});
    }
    exceeds("replies to " + type, "bytes", totals.replies.bytes, small(totals.replies.messages),
            totals.replies_at);
  }

  std::map<std::string, Totals> totals_;  // by type
  std::map<NodeId, Server> servers_;
  std::map<Process, Time> exits_;
  std::vector<std::pair<Process, Time>> to_the_end_;  // led from then on
  Time interval_{};                                   // the shortest of a heartbeat
  std::uint64_t fastest_ = 1;
  std::uint64_t sent_ = 0;

  Time led_{};  // all leaders together
  std::uint64_t leaderships_ = 0;
  std::uint64_t entries_ = 0;
  std::uint64_t elections_ = 0;
  std::uint64_t rejections_ = 0;
  std::uint64_t largest_command_ = kMessage;
  std::uint64_t reads_ = 0;
  std::map<std::string, Time> reading_since_;
  Time reading_{};  // all clients together

  std::uint64_t transfers_ = 0;  // of snapshots
  std::uint64_t largest_snapshot_ = 0;
  std::uint64_t smallest_chunk_ = 0;
  std::uint64_t longest_ = 0;  // entries applied since a snapshot
};

}  // namespace

std::unique_ptr<Check> within_limits() {
  return std::make_unique<WithinLimits>();
}

}  // namespace verify
