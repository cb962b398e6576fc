// SPDX-License-Identifier: Apache-2.0
// cluster.jsonl: what a cluster has to say of itself that should not have happened.
#pragma once

#include <filesystem>
#include <optional>
#include <string_view>

#include "proxy/edge/descriptor.h"
#include "raft/types.h"

namespace cluster {

class ClusterLog {
 public:
  // The file is made when there is something to say.
  explicit ClusterLog(std::filesystem::path path) : path_(std::move(path)) {}

  // `wall` is the time `mono` since the epoch. Throws HarnessError naming the file.
  void write(raft::Time mono, raft::Time wall, std::string_view event, std::string_view peer,
             std::string_view what, std::size_t bytes);

 private:
  std::filesystem::path path_;
  std::optional<proxy::AppendFile> file_;
};

}  // namespace cluster
