// SPDX-License-Identifier: Apache-2.0
// squall-proxy: the process that every message between nodes crosses.
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <string>
#include <system_error>

#include <CLI/CLI.hpp>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "proxy/edge/descriptor.h"
#include "proxy/relay.h"

namespace {

constexpr int kCannotRun = 3;
constexpr int kBadArguments = 4;
constexpr std::uint32_t kMaxNodes = 256;  // links are counted in a matrix

/// CLI11 takes "-1" and what is too large for some number or other.
std::string fits_64_bits(const std::string& text) {
  std::uint64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  return error == std::errc{} && stop == end ? "" : text + " is not a number of 64 bits";
}

int run(int argc, char** argv) {
  spdlog::set_default_logger(spdlog::stderr_logger_st("squall-proxy"));
  spdlog::set_pattern("%n %l: %v");

  proxy::RelaySettings settings;
  CLI::App app("Relays messages between the nodes of a cluster, and injects network faults.",
               "squall-proxy");
  app.add_option("--network", settings.network_endpoint, "endpoint to bind for the nodes")
      ->required();
  app.add_option("--control", settings.control_endpoint, "the controller's endpoint")->required();
  app.add_option("--log", settings.log_path, "file for network.jsonl")->required();
  app.add_option("--seed", settings.network.seed, "decides all that is random")
      ->required()
      ->check(fits_64_bits);
  app.add_option("--nodes", settings.network.nodes, "size of the cluster: n1 to nN")
      ->required()
      ->check(CLI::Range(std::uint32_t{1}, kMaxNodes));
  app.add_option("--log-cap", settings.log_cap_bytes, "bytes of lines about untouched messages")
      ->capture_default_str()
      ->check(fits_64_bits);
  app.add_flag("--deliver-stale", settings.network.deliver_stale,
               "deliver messages from and for processes that are gone");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kBadArguments;
  }

  settings.warn = [](const std::string& text) { spdlog::warn("{}", text); };
  const proxy::Descriptor stop = proxy::termination_signals();
  settings.stop_fd = stop.get();
  proxy::run_relay(settings);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "squall-proxy error: %s\n", error.what());
    return kCannotRun;
  }
}
