// SPDX-License-Identifier: Apache-2.0
// Which configuration a node uses, as its own lines tell it: "a server always uses the latest
// configuration in its log, regardless of whether the entry is committed" (section 6). After a
// crash that is the latest of the log that was found.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "orchestrator/verify/evidence.h"

namespace verify {

class NodeConfiguration {
 public:
  struct Placed {
    Index index;  // of its entry, or of the snapshot that brought it; 0: the first configuration
    Configuration configuration;
    bool by_snapshot = false;              // its entry stands there or before
    Where where;                           // the line that told of it
    std::shared_ptr<const Placed> before;  // in the same log, as far as this node was told
  };

  // Takes a line of the node, whichever it is.
  void take(const NodeEvent& event);

  // Null while the node has not told, or where its log can't be told.
  const Placed* latest() const { return states_.empty() ? nullptr : states_.back().latest.get(); }
  // The one in force at `index` of its log; null where the log begins after that.
  const Placed* in_force_at(Index index) const;

 private:
  struct State {
    Index last_index;                     // of the log
    std::optional<std::uint64_t> digest;  // unknown where the log was cut
    std::shared_ptr<const Placed> latest;
  };

  void log_ends(Index last_index, std::optional<std::uint64_t> digest);
  void changed(const NodeEvent& event, const ConfigChanged& change);
  void persisted(const Persisted& persisted);
  void recovered(const Recovered& recovered);

  std::deque<State> states_;  // that the disk may hold: from the last known durable on
  Index installed_;           // where the log began after the newest snapshot that was received
  bool started_ = false;
};

// The latest configuration that any node knows to be committed.
class CommittedConfiguration {
 public:
  void take(const NodeEvent& event);
  // Ascending; empty while no node has said how it was started.
  std::vector<NodeId> members() const { return configuration_.members(); }

 private:
  std::map<NodeId, NodeConfiguration> nodes_;
  Index index_;
  Configuration configuration_;
};

}  // namespace verify
