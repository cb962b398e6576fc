// SPDX-License-Identifier: Apache-2.0
// "Log Matching: if two logs contain an entry with the same index and term, then the logs are
// identical in all entries up through the given index" (Figure 3, section 5.3). By the chained
// digest this is: an index and a term have one digest, whoever appended, recovered, committed or
// applied the entry or has a snapshot that ends with it. Besides, each node's lines must tell of
// one log: appended to at its end, cut only by followers, replaced as a whole by a snapshot that
// was received, found after a crash as it was left, and applied as it stands.
#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "node/digest.h"
#include "orchestrator/verify/checks.h"
#include "orchestrator/verify/describe.h"
#include "orchestrator/verify/node_log.h"

namespace verify {
namespace {

constexpr const char* kRule =
    "Log Matching (Figure 3, section 5.3): if two logs contain an entry with the same index and "
    "term, then the logs are identical in all entries up through the given index.";
constexpr const char* kOwnLog =
    "Log (Figure 2, section 5.3): entries follow one another, terms never decrease along them, "
    "and stable storage brings back what was written.";

class LogMatching final : public Check {
 public:
  void on_node(const NodeEvent& event) override {
    Server& server = servers_[event.node];
    std::visit([&](const auto& what) { seen(server, event, what); }, event.what);
    follow(server, event);
  }

  Conclusion conclude(const Ending&) override {
    if (entries_ == 0) return {};
    return having_seen(fmt::format("{} in {}, {} cut off", count(entries_, "entry", "entries"),
                                   count(servers_.size(), "log"), grouped(truncated_)));
  }

 private:
  struct Server {
    NodeLog log;
    Where changed_at;      // where its log last changed
    bool followed = true;  // its lines have told of one log so far
  };
  struct Seen {
    Term term;
    std::uint64_t digest = 0;
    Where where;
  };

  void seen(Server& server, const NodeEvent& event, const EntriesAppended& appended) {
    for (const LogEntry& entry : appended.entries) {
      has_one_digest(event, entry);
      server.changed_at = event.where;
    }
  }
  void seen(Server& server, const NodeEvent& event, const Applied& applied) {
    for (const AppliedEntry& a : applied.entries) {
      has_one_digest(event, a.entry);
      stands_in_log(server, event, a.entry, "applied");
    }
  }
  void seen(Server& server, const NodeEvent& event, const Recovered& recovered) {
    has_one_digest(event, recovered.last);
    has_one_digest(event, recovered.snapshot);
    server.changed_at = event.where;
  }
  void seen(Server& server, const NodeEvent& event, const SnapshotTaken& taken) {
    has_one_digest(event, taken.last);
    stands_in_log(server, event, taken.last, "has a snapshot up to");
  }
  void seen(Server& server, const NodeEvent& event, const SnapshotInstalled& installed) {
    has_one_digest(event, installed.last);
    server.changed_at = event.where;
  }
  void seen(Server& server, const NodeEvent& event, const RoleChanged& changed) {
    const LogEntry last{changed.log_index, changed.log_term, changed.digest};
    has_one_digest(event, last);
    stands_in_log(server, event, last, "took its role with");
  }
  void seen(Server& server, const NodeEvent& event, const CommitAdvanced& advanced) {
    const LogEntry last{advanced.commit_index, advanced.log_term, advanced.digest};
    has_one_digest(event, last);
    stands_in_log(server, event, last, "committed");
  }
  void seen(Server& server, const NodeEvent& event, const LogTruncated& truncated) {
    if (truncated.first <= truncated.last) truncated_ += truncated.last - truncated.first + 1;
    server.changed_at = event.where;
  }
  template <class Other>
  void seen(Server&, const NodeEvent&, const Other&) {}

  void has_one_digest(const NodeEvent& event, const LogEntry& entry) {
    if (entry.index == Index{}) return;
    std::vector<Seen>& there = seen_[entry.index];
    for (const Seen& s : there) {
      if (s.term != entry.term) continue;
      if (s.digest != entry.digest) differs(event, entry, s);
      return;
    }
    there.push_back({entry.term, entry.digest, event.where});
    ++entries_;
  }

  void differs(const NodeEvent& event, const LogEntry& entry, const Seen& other) {
    violated(fmt::format("{} At index {}, term {}, {} has a log with digest {} and {} one with {}.",
                         kRule, entry.index.value, entry.term.value, node::node_name(event.node),
                         node::digest_text(entry.digest), writer_of(other.where),
                         node::digest_text(other.digest)),
             {event.where, other.where});
  }

  void stands_in_log(const Server& server, const NodeEvent& event, const LogEntry& entry,
                     const char* did) {
    if (!server.followed || entry.index < std::max(server.log.base_index(), Index{1})) return;
    if (entry.index > server.log.last_index()) {
      violated(fmt::format("{} {} {} entry {}, but its log ends at {}.", kOwnLog,
                           node::node_name(event.node), did, entry.index.value,
                           server.log.last_index().value),
               {event.where, server.changed_at});
    } else if (server.log.digest_at(entry.index) != entry.digest ||
               server.log.term_at(entry.index) != entry.term) {
      violated(fmt::format("{} {} {} entry {} of term {} with digest {}, but its log has one of "
                           "term {} with digest {} there.",
                           kOwnLog, node::node_name(event.node), did, entry.index.value,
                           entry.term.value, node::digest_text(entry.digest),
                           server.log.term_at(entry.index).value,
                           node::digest_text(server.log.digest_at(entry.index))),
               {event.where, server.changed_at});
    }
  }

  void follow(Server& server, const NodeEvent& event) {
    if (!server.followed) return;
    if (const auto problem = server.log.take(event)) {
      server.followed = false;
      violated(fmt::format("{} Of {}: {}.", kOwnLog, node::node_name(event.node), *problem),
               {event.where, server.changed_at});
    }
  }

  std::map<NodeId, Server> servers_;
  std::map<Index, std::vector<Seen>> seen_;
  std::uint64_t entries_ = 0;
  std::uint64_t truncated_ = 0;
};

}  // namespace

std::unique_ptr<Check> log_matching() {
  return std::make_unique<LogMatching>();
}

}  // namespace verify
