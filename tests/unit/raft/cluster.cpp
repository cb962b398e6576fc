// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/raft/cluster.h"

#include <algorithm>
#include <deque>

namespace raft::test {

Cluster::Cluster(std::uint64_t term, const std::vector<Terms>& logs) {
  for (const Terms& log : logs) {
    servers_.emplace_back(
        Setup{.term = term, .log = log, .members = logs.size(), .self = servers_.size() + 1});
  }
}

void Cluster::elect(NodeId node, const std::vector<NodeId>& among) {
  ASSERT_NE((*this)[node].role(), Role::leader);
  carry(node, (*this)[node].wake(), among, Carried::votes);
}

std::uint64_t Cluster::propose(NodeId node, const std::string& command) {
  const Output out = (*this)[node].propose({command});
  EXPECT_TRUE(out.proposal && out.proposal->accepted);
  return out.proposal->first_index.value;
}

void Cluster::replicate(NodeId node, const std::vector<NodeId>& among) {
  ASSERT_EQ((*this)[node].role(), Role::leader);
  carry(node, (*this)[node].wake(), among, Carried::all);
}

void Cluster::carry(NodeId from, Output out, const std::vector<NodeId>& among, Carried what) {
  struct Letter {
    NodeId from;
    Outgoing outgoing;
  };
  const auto hears = [&](NodeId node) {
    return std::find(among.begin(), among.end(), node) != among.end();
  };
  std::deque<Letter> under_way;
  const auto post = [&](NodeId sender, Output& o) {
    EXPECT_EQ(o.refused, nullptr);
    for (Outgoing& outgoing : o.messages) {
      if (what == Carried::votes && std::holds_alternative<AppendEntries>(outgoing.message))
        continue;
      if (hears(sender) && hears(outgoing.to)) under_way.push_back({sender, std::move(outgoing)});
    }
  };
  post(from, out);
  for (int carried = 0; !under_way.empty(); ++carried) {
    ASSERT_LT(carried, 1000) << "they talk without end";
    const Letter letter = std::move(under_way.front());
    under_way.pop_front();
    Output answer = (*this)[letter.outgoing.to].receive(letter.from, letter.outgoing.message);
    post(letter.outgoing.to, answer);
  }
}

}  // namespace raft::test
