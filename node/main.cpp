// SPDX-License-Identifier: Apache-2.0
// squall-node: one server of the cluster.
#include <cstdlib>
#include <exception>
#include <string>

#include <CLI/CLI.hpp>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include "node/exit_codes.h"
#include "node/loop.h"
#include "node/settings_text.h"
#include "proxy/edge/descriptor.h"

namespace {

raft::NodeId parse_node(const std::string& name) {
  const auto node = node::node_from_name(name);
  if (!node) throw CLI::ValidationError("'" + name + "' is no node: n1, n2, ...");
  return *node;
}

}  // namespace

int main(int argc, char** argv) {
  spdlog::set_default_logger(spdlog::stderr_logger_st("squall-node"));
  spdlog::set_pattern("%n %l: %v");

  node::LoopSettings settings;
  node::ServerSettings& server = settings.server;
  std::string self;
  std::string raft_settings;
  CLI::App app("Serves a replicated key-value store as one node of a Raft cluster.", "squall-node");
  app.add_option("--node", self, "this node's name: n1, n2, ...")->required();
  app.add_option("--incarnation", server.incarnation, "which start of this node this is, from 1")
      ->required()
      ->check(CLI::PositiveNumber);
  app.add_option("--network", settings.network_endpoint, "the proxy's endpoint")->required();
  app.add_option("--control", settings.control_endpoint, "the orchestrator's endpoint")->required();
  app.add_option("--state", settings.state_folder, "folder of what this node persists")->required();
  app.add_option("--log", settings.log_path, "file for this node's evidence")->required();
  app.add_option("--seed", server.seed, "decides all that is random here")->required();
  app.add_option("--settings", raft_settings,
                 "what the server is set to, as a JSON object; it names the first voters at least")
      ->required();
  try {
    app.parse(argc, argv);
    server.raft.self = parse_node(self);
    std::string why;
    if (!node::read_settings(raft_settings, server, why)) {
      throw CLI::ValidationError("--settings: " + why);
    }
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? node::kStopped : node::kBadArguments;
  }
  server.pid = ::getpid();

  const proxy::Descriptor termination = proxy::termination_signals();
  settings.stop_fd = termination.get();
  settings.warn = [](const std::string& text) { spdlog::warn("{}", text); };
  try {
    node::run_loop(settings);
  } catch (const std::exception& error) {
    spdlog::error("{}", error.what());
    const auto exit_code = node::exit_code_after(error);
    if (!exit_code) std::abort();
    return *exit_code;
  }
  return node::kStopped;
}
