// SPDX-License-Identifier: Apache-2.0
// Who the members are (section 6), and what a quorum of them is. Any change of the voters goes
// through a joint configuration, in which "agreement (for elections and entry commitment) requires
// separate majorities from both the old and new configurations". A majority of the union of both is
// none.
#pragma once

#include <algorithm>
#include <functional>
#include <string_view>

#include "raft/types.h"

namespace raft {

struct Configuration {
  std::vector<NodeId> voters;      // ascending, never empty
  std::vector<NodeId> old_voters;  // C_old's, ascending; not empty: this is C_old,new
  std::vector<NodeId>
      learners;  // ascending; they get the log and vote if asked, but count in no quorum

  bool joint() const { return !old_voters.empty(); }
  // A voter of either half.
  bool is_voter(NodeId node) const;
  bool contains(NodeId node) const;
  // All of them, ascending, each once.
  std::vector<NodeId> members() const;
  friend bool operator==(const Configuration&, const Configuration&) = default;
};

// The bytes of a configuration entry, fit to be read: "voters=1,2,3 old=1,2 learners=4", where the
// last two stand only if there are any.
std::string encode(const Configuration& configuration);
// Nothing where the bytes are no configuration.
std::optional<Configuration> decode_configuration(std::string_view bytes);

// The highest value that a majority of `voters` has reached.
template <class Value, class ValueOf>
Value majority_value(const std::vector<NodeId>& voters, const ValueOf& value_of) {
  std::vector<Value> values;
  values.reserve(voters.size());
  for (NodeId voter : voters)
    values.push_back(value_of(voter));
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end(), std::greater<>());
  return *middle;
}

// The highest value that a quorum of the configuration has reached: of both halves while it is
// joint.
template <class Value, class ValueOf>
Value quorum_value(const Configuration& configuration, const ValueOf& value_of) {
  const Value value = majority_value<Value>(configuration.voters, value_of);
  if (!configuration.joint()) return value;
  return std::min(value, majority_value<Value>(configuration.old_voters, value_of));
}

// Whether those for whom `agrees` is true are a quorum.
template <class Agrees>
bool has_quorum(const Configuration& configuration, const Agrees& agrees) {
  return quorum_value<int>(configuration, [&](NodeId node) { return agrees(node) ? 1 : 0; }) == 1;
}

}  // namespace raft
