// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/workload/history.h"

#include "proxy/wire/json.h"

namespace workload {
namespace {

void add_question(proxy::JsonLine& line, const node::Operation& operation) {
  if (operation.kind == node::OpKind::get) return;
  line.field("value", operation.value);
  if (operation.kind == node::OpKind::cas) line.field("expected", operation.expected);
}

void add_answer(proxy::JsonLine& line, const Event& event) {
  if (event.operation.kind == node::OpKind::cas) line.field("swapped", event.result.swapped);
  if (event.operation.kind == node::OpKind::get || event.operation.kind == node::OpKind::cas) {
    line.field("value", event.result.value);
  }
  line.field("log_index", event.log_index.value)
      .field("term", event.term.value)
      .field("node", node::node_name(event.node));
}

}  // namespace

const char* name_of(EventKind kind) {
  switch (kind) {
    case EventKind::invoke:
      return "invoke";
    case EventKind::ok:
      return "ok";
    case EventKind::fail:
      return "fail";
    case EventKind::info:
      return "info";
  }
  return "";
}

void append_line(std::string& out, const Event& event, raft::Duration wall_offset) {
  proxy::JsonLine line(out);
  line.utc("time", event.at + wall_offset)
      .field("mono_us", event.at.count())
      .field("event", name_of(event.kind))
      .field("client", event.client)
      .field("request", event.request)
      .field("op", node::name_of(event.operation.kind))
      .field("key", event.operation.key);
  if (event.kind == EventKind::invoke) add_question(line, event.operation);
  if (event.kind == EventKind::ok) add_answer(line, event);
  if (event.since != raft::Index{}) line.field("since", event.since.value);
  if (event.error) line.field("error", node::name_of(*event.error));
  line.end_line();
}

}  // namespace workload
