// SPDX-License-Identifier: Apache-2.0
// Moves the frames of real processes through a Network: one thread, one ROUTER for all nodes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "proxy/network.h"

namespace proxy {

// What the network may hold at once; more is dropped as queue_full.
inline constexpr std::size_t kMaxInFlight = 100'000;  // messages
inline constexpr std::size_t kMaxInFlightBytes = std::size_t{256} << 20;

struct RelaySettings {
  std::string network_endpoint;  // to bind; each node's DEALER connects with its name as routing id
  std::string control_endpoint;  // of the controller's ROUTER, to connect to as "proxy"
  std::string log_path;          // network.jsonl; appended to
  Network::Settings network;
  std::uint64_t log_cap_bytes = std::uint64_t{16} << 20;  // see proxy/network_log.h
  int stop_fd = -1;                                       // readable: stop as if told to; -1: none
  std::function<void(const std::string&)> warn;           // for a reader of stderr; seldom called

  std::size_t max_in_flight = kMaxInFlight;
  std::size_t max_in_flight_bytes = kMaxInFlightBytes;
};

/// Binds, reports ready to the controller and relays until told to stop; then drops what is in
/// flight, writes and reports the totals and returns. Lines are written to the log before what they
/// tell has effect. Throws std::runtime_error, saying what and where, if an endpoint or the log
/// can't be used, and std::logic_error if the sums do not balance.
void run_relay(const RelaySettings& settings);

}  // namespace proxy
