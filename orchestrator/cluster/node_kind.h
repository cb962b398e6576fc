// SPDX-License-Identifier: Apache-2.0
// What the cluster runs is a node kind: how its processes are started and what their ends mean.
// squall-node is the first of them.
#pragma once

#include <string>
#include <vector>

#include "node/server.h"
#include "orchestrator/cluster/cluster.h"
#include "orchestrator/scenario/scenario.h"

namespace cluster {

// How this start of the node is set up; the same on processes and simulated.
node::ServerSettings server_settings(const scenario::Scenario& scenario, NodeId node,
                                     std::uint32_t incarnation);

struct Endpoints {
  std::string network;  // the proxy's, for messages between nodes
  std::string control;  // the orchestrator's
};

// The command line of squall-node for it. `binaries` is the folder that it lies in.
std::vector<std::string> node_command(const std::filesystem::path& binaries,
                                      const node::ServerSettings& settings,
                                      const Endpoints& endpoints, const RunFolder& folder);
// The command line of squall-proxy for the scenario's network.
std::vector<std::string> proxy_command(const std::filesystem::path& binaries,
                                       const scenario::Scenario& scenario,
                                       const Endpoints& endpoints, const RunFolder& folder);

// Whether a process says by this exit code that it was the environment that failed: a disk, an
// address, its arguments.
bool is_environment_failure(int exit_code);

}  // namespace cluster
