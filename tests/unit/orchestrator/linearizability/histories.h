// SPDX-License-Identifier: Apache-2.0
// Histories written down by hand, and histories shown.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/verify/linearizability/history.h"
#include "orchestrator/verify/linearizability/verdict.h"

namespace linearizability {

// Operations in the order of their calls. `ret` is kNever where the outcome is not known.
class Script {
 public:
  Script& read(std::string_view client, Stamp call, Stamp ret, std::string_view output);
  Script& write(std::string_view client, Stamp call, Stamp ret, std::string_view value);
  Script& append(std::string_view client, Stamp call, Stamp ret, std::string_view value);
  Script& cas(std::string_view client, Stamp call, Stamp ret, std::string_view expected,
              std::string_view value);
  Script& refused(std::string_view client, Stamp call, Stamp ret, std::string_view expected,
                  std::string_view value, std::string_view found);
  Script& refused_mute(std::string_view client, Stamp call, Stamp ret, std::string_view expected,
                       std::string_view value);
  // Of the operation before: the index that it claims; its key, "k" where it is not said.
  Script& at(std::uint64_t log_index);
  Script& on(std::string_view key);

  const History& history() const { return history_; }

 private:
  Operation& add(std::string_view client, Kind kind, Stamp call, Stamp ret);

  History history_;
};

// 0, 1, 2, ... for each operation.
std::vector<Place> all_places(const History& history);

// One operation a line.
std::string shown(const std::vector<Operation>& operations, const Texts& values);

}  // namespace linearizability
