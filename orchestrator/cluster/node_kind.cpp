// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/cluster/node_kind.h"

#include "node/exit_codes.h"
#include "node/settings_text.h"
#include "proxy/random.h"

namespace cluster {
node::ServerSettings server_settings(const scenario::Scenario& scenario, NodeId node,
                                     std::uint32_t incarnation) {
  const scenario::NodeSettings& settings = scenario::settings_of(scenario.cluster, node);
  node::ServerSettings server;
  server.raft = settings.raft;
  server.raft.self = node;
  server.raft.first_configuration = scenario::first_configuration(scenario.cluster);
  server.snapshot_threshold = settings.snapshot_threshold;
  server.max_sessions = scenario.cluster.max_sessions;
  server.incarnation = incarnation;
  // Each start of each node has random choices of its own.
  server.seed = proxy::mix(proxy::mix(proxy::mix(scenario.seed) ^ node.value) ^ incarnation);
  return server;
}

std::vector<std::string> node_command(const std::filesystem::path& binaries,
                                      const node::ServerSettings& settings,
                                      const Endpoints& endpoints, const RunFolder& folder) {
  return {binaries / "squall-node",
          "--node",
          node::node_name(settings.raft.self),
          "--incarnation",
          std::to_string(settings.incarnation),
          "--network",
          endpoints.network,
          "--control",
          endpoints.control,
          "--state",
          folder.node_state(settings.raft.self),
          "--log",
          folder.node_log(settings.raft.self),
          "--seed",
          std::to_string(settings.seed),
          "--settings",
          node::settings_text(settings)};
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
