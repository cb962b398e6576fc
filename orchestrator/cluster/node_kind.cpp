// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/cluster/node_kind.h"

#include <fmt/format.h>

#include "node/exit_codes.h"
#include "proxy/random.h"

namespace cluster {
namespace {

std::string microseconds(raft::Duration duration) {
  return std::to_string(duration.count());
}

}  // namespace

node::ServerSettings server_settings(const scenario::Scenario& scenario, NodeId node,
                                     std::uint32_t incarnation) {
  const auto& own = scenario.cluster.node_settings;
  const auto found = own.find(node);
  const scenario::NodeSettings& settings =
      found == own.end() ? scenario.cluster.settings : found->second;

  node::ServerSettings server;
  server.raft.self = node;
  for (NodeId member{1}; member.value <= scenario.cluster.nodes; ++member)
    server.raft.members.push_back(member);
  server.raft.election_timeout_min = settings.election_timeout_min;
  server.raft.election_timeout_max = settings.election_timeout_max;
  server.raft.heartbeat_interval = settings.heartbeat_interval;
  server.raft.noop_on_election = settings.noop_on_election;
  server.incarnation = incarnation;
  // Each start of each node has random choices of its own.
  server.seed = proxy::mix(proxy::mix(proxy::mix(scenario.seed) ^ node.value) ^ incarnation);
  return server;
}

std::vector<std::string> node_command(const std::filesystem::path& binaries,
                                      const node::ServerSettings& settings,
                                      const Endpoints& endpoints, const RunFolder& folder) {
  const raft::Settings& raft = settings.raft;
  std::string members;
  for (const NodeId member : raft.members)
    members += (members.empty() ? "" : ",") + node::node_name(member);
  std::vector<std::string> argv{binaries / "squall-node",
                                "--node",
                                node::node_name(raft.self),
                                "--incarnation",
                                std::to_string(settings.incarnation),
                                "--members",
                                members,
                                "--network",
                                endpoints.network,
                                "--control",
                                endpoints.control,
                                "--state",
                                folder.node_state(raft.self),
                                "--log",
                                folder.node_log(raft.self),
                                "--seed",
                                std::to_string(settings.seed),
                                "--election-timeout-min-us",
                                microseconds(raft.election_timeout_min),
                                "--election-timeout-max-us",
                                microseconds(raft.election_timeout_max),
                                "--heartbeat-interval-us",
                                microseconds(raft.heartbeat_interval)};
  if (!raft.noop_on_election) argv.push_back("--no-noop");
  return argv;
}

std::vector<std::string> proxy_command(const std::filesystem::path& binaries,
                                       const scenario::Scenario& scenario,
                                       const Endpoints& endpoints, const RunFolder& folder) {
  std::vector<std::string> argv{binaries / "squall-proxy",
                                "--network",
                                endpoints.network,
                                "--control",
                                endpoints.control,
                                "--log",
                                folder.network_log(),
                                "--seed",
                                std::to_string(scenario.seed),
                                "--nodes",
                                std::to_string(scenario.cluster.nodes)};
  if (scenario.deliver_stale) argv.push_back("--deliver-stale");
  return argv;
}

bool is_environment_failure(int exit_code) {
  return exit_code == node::kCannotRun || exit_code == node::kBadArguments;
}

}  // namespace cluster
