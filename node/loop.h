// SPDX-License-Identifier: Apache-2.0
// Runs a Server on real sockets, files and time: one thread, and one more for the disk. A slow
// machine is played by waiting before each event is handled, a wrong clock by what the Server is
// told of the time.
#pragma once

#include <functional>
#include <string>

#include "node/server.h"

namespace node {

inline constexpr int kBurst = 1000;  // messages of one kind that one turn takes; bounds what others
                                     // wait

struct LoopSettings {
  ServerSettings server;
  std::string network_endpoint;                  // of the proxy's ROUTER
  std::string control_endpoint;                  // of the orchestrator's ROUTER
  std::string state_folder;                      // what this node persists; made if it is not there
  std::string log_path;                          // its evidence; appended to
  int stop_fd = -1;                              // readable: end in order
  std::function<void(const std::string&)> warn;  // for a reader of stderr; seldom called
};

// Recovers, reports ready and serves until told to stop. Throws std::runtime_error or DiskError,
// saying what and where, if an endpoint, the folder or the log can't be used, or the disk fails.
void run_loop(const LoopSettings& settings);

}  // namespace node
