// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/scenario/resolve.h"

#include <algorithm>

namespace scenario {
namespace {

using Nodes = std::vector<raft::NodeId>;

bool contains(const Nodes& nodes, raft::NodeId node) {
  return std::find(nodes.begin(), nodes.end(), node) != nodes.end();
}

Nodes drawn(Nodes nodes, std::size_t number, raft::Random& random) {
  for (std::size_t i = 0; i < number && i < nodes.size(); ++i) {
    std::swap(nodes[i], nodes[i + random.below(nodes.size() - i)]);
  }
  nodes.resize(std::min(number, nodes.size()));
  return nodes;
}

// The voter so many after each of these, counting round.
Nodes after(Nodes nodes, unsigned number, const Nodes& voters) {
  for (raft::NodeId& node : nodes) {
    const auto next = std::upper_bound(voters.begin(), voters.end(), node);
    const auto place = static_cast<std::size_t>(next - voters.begin()) + number - 1;
    node = voters[place % voters.size()];
  }
  return nodes;
}

Nodes followers(const View& view) {
  const std::optional<raft::NodeId> leader = view.leader();
  if (!leader) return {};
  Nodes nodes = view.connected(view.configuration().voters);
  std::erase(nodes, *leader);
  return nodes;
}

Nodes resolve_unordered(const Target& target, const View& view, const Remembered& remembered,
                        raft::Random& random) {
  const Nodes& voters = view.configuration().voters;
  switch (target.kind) {
    case Target::Kind::nodes:
      return target.nodes;
    case Target::Kind::leader: {
      const auto leader = view.leader();
      return leader ? Nodes{*leader} : Nodes{};
    }
    case Target::Kind::leader_plus: {
      const auto leader = view.leader();
      return leader ? after({*leader}, target.number, voters) : Nodes{};
    }
    case Target::Kind::follower:
      return drawn(followers(view), 1, random);
    case Target::Kind::followers:
      return followers(view);
    case Target::Kind::one:
      return drawn(view.configuration().members(), 1, random);
    case Target::Kind::random: {
      const Nodes members = view.configuration().members();
      Nodes nodes;
      for (unsigned i = 0; i < target.number; ++i)
        nodes.push_back(members[random.below(members.size())]);
      return nodes;
    }
    case Target::Kind::majority:
      return drawn(voters, voters.size() / 2 + 1, random);
    case Target::Kind::minority:
      return drawn(voters, (voters.size() - 1) / 2, random);
    case Target::Kind::all:
      return view.all();
    case Target::Kind::remembered: {
      const auto found = remembered.find(target.id);
      if (found == remembered.end()) return {};
      return target.number == 0 ? found->second : after(found->second, target.number, voters);
    }
  }
  return {};
}

proxy::Link link(raft::NodeId src, raft::NodeId dst) {
  return {static_cast<proxy::Address>(src.value), static_cast<proxy::Address>(dst.value)};
}

}  // namespace

bool needs_leader(const Target& target) {
  return target.kind == Target::Kind::leader || target.kind == Target::Kind::leader_plus ||
         target.kind == Target::Kind::follower || target.kind == Target::Kind::followers;
}

Nodes resolve(const Target& target, const View& view, const Remembered& remembered,
              raft::Random& random) {
  Nodes nodes = resolve_unordered(target, view, remembered, random);
  std::sort(nodes.begin(), nodes.end());
  nodes.erase(std::unique(nodes.begin(), nodes.end()), nodes.end());
  return nodes;
}

std::vector<proxy::Link> cut_between(const std::vector<Nodes>& sides,
                                     PartitionFault::Direction direction) {
  using Direction = PartitionFault::Direction;
  std::vector<proxy::Link> cut;
  for (std::size_t from = 0; from < sides.size(); ++from) {
    for (std::size_t to = 0; to < sides.size(); ++to) {
      const bool is_cut =
          from != to && (direction == Direction::both || (direction == Direction::to && to == 0) ||
                         (direction == Direction::from && from == 0));
      if (!is_cut) continue;
      for (raft::NodeId src : sides[from]) {
        for (raft::NodeId dst : sides[to])
          cut.push_back(link(src, dst));
      }
    }
  }
  std::sort(cut.begin(), cut.end());
  return cut;
}

std::vector<proxy::Link> cut_around(const Nodes& nodes, unsigned cluster_size,
                                    PartitionFault::Direction direction) {
  using Direction = PartitionFault::Direction;
  std::vector<proxy::Link> cut;
  for (std::uint64_t src = 1; src <= cluster_size; ++src) {
    for (std::uint64_t dst = 1; dst <= cluster_size; ++dst) {
      const bool leaves = direction != Direction::to && contains(nodes, {src});
      const bool reaches = direction != Direction::from && contains(nodes, {dst});
      if (src != dst && (leaves || reaches)) cut.push_back(link({src}, {dst}));
    }
  }
  return cut;
}

std::vector<Nodes> sides_of(const std::vector<Nodes>& groups, unsigned cluster_size) {
  std::vector<Nodes> sides(groups.size() + 1);
  for (std::uint64_t i = 1; i <= cluster_size; ++i) {
    const auto group = std::find_if(groups.begin(), groups.end(),
                                    [&](const Nodes& nodes) { return contains(nodes, {i}); });
    sides[static_cast<std::size_t>(group - groups.begin())].push_back({i});
  }
  return sides;
}

Nodes outside_majority(const std::vector<Nodes>& sides, const Nodes& voters) {
  const auto majority = std::find_if(sides.begin(), sides.end(), [&](const Nodes& side) {
    const auto votes = std::count_if(side.begin(), side.end(),
                                     [&](raft::NodeId node) { return contains(voters, node); });
    return static_cast<std::size_t>(votes) > voters.size() / 2;
  });
  Nodes outside;
  if (majority == sides.end()) return outside;
  for (auto side = sides.begin(); side != sides.end(); ++side) {
    if (side != majority) outside.insert(outside.end(), side->begin(), side->end());
  }
  return outside;
}

}  // namespace scenario
