// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/cluster/cluster_log.h"

#include <string>
#include <system_error>

#include "orchestrator/cluster/harness_error.h"
#include "proxy/wire/json.h"

namespace cluster {

void ClusterLog::write(raft::Time mono, raft::Time wall, std::string_view event,
                       std::string_view peer, std::string_view what, std::size_t bytes) {
  std::string line;
  proxy::JsonLine(line)
      .utc("time", wall)
      .field("mono_us", mono.count())
      .field("event", event)
      .field("peer", peer)
      .field("what", what)
      .field("bytes", bytes)
      .end_line();
  try {
    if (!file_) file_.emplace(path_.string());
    file_->append(line);
  } catch (const std::system_error& error) {
    throw HarnessError(error.what());
  }
}

}  // namespace cluster
