// SPDX-License-Identifier: Apache-2.0
// What clients invoked and got, as in Jepsen's histories, and its line in history.jsonl
// (docs/evidence.md).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "node/protocol.h"
#include "raft/types.h"

namespace workload {

enum class EventKind : std::uint8_t {
  invoke,
  ok,    // a node said that it took effect
  fail,  // it has no effect, now or later
  info,  // not known: it may have taken effect, may yet, or never
};
const char* name_of(EventKind kind);

struct Event {
  raft::Time at{};
  EventKind kind = EventKind::invoke;
  std::string client;
  std::uint64_t request = 0;
  node::Operation operation;
  // What the client knew of the log as it asked (node::ClientRequest); of an end, 0 where it asked
  // with that alone.
  raft::Index since;

  // How it ended. Of ok: what came back, where it stands in the log, and who said so.
  node::OpResult result;
  raft::Index log_index;
  raft::Term term;
  raft::NodeId node;
  std::optional<node::ClientError> error;  // the last one, of fail and info
};

// A request on its way to a node.
struct Request {
  raft::NodeId to;
  node::ClientRequest request;
};

// What a client's step asks for. The history is written before the requests are sent.
struct Output {
  std::vector<Request> requests;
  std::vector<Event> history;
};

// `wall_offset` is what the wall clock (since 1970) is ahead of the clock that `at` is read from.
void append_line(std::string& out, const Event& event, raft::Duration wall_offset);

}  // namespace workload
