// SPDX-License-Identifier: Apache-2.0
// The ways that a message can take from one process to another, measured alike: a sender and a
// receiver with a node's sockets, over ipc, each in a process of its own, and what is between them
// in a third; all on one processor, where the numbers are steady.
#pragma once

#include <cstddef>
#include <string>

namespace benchmark {

enum class Road {
  direct,             // nothing between: the receiver is bound to
  zmq_proxy,          // libzmq's own, which reads nothing
  squall_proxy,       // past the cap of lines about untouched messages
  squall_proxy_logs,  // below it: a line for every message
};

struct Trip {
  Road road = Road::direct;
  std::size_t payload = 0;  // bytes after the envelope
  double seconds = 0;       // of measuring
};

/// Messages per second, with a few hundred at a time unacknowledged.
double messages_per_second(const Trip& trip);

struct RoundTrips {
  double p50 = 0;  // microseconds
  double p99 = 0;
};
/// One message at a time, answered by one of the same size.
RoundTrips round_trips(const Trip& trip);

}  // namespace benchmark
