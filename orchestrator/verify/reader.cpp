// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/verify/reader.h"

#include <algorithm>
#include <stdexcept>
#include <string_view>
#include <type_traits>

#include <fmt/format.h>

#include "orchestrator/verify/decode.h"

namespace verify {
namespace {

// How every line begins, and none goes on: inside a line the quotes would be escaped.
constexpr std::string_view kLineStart = "{\"time\"";

}  // namespace

std::string file_name(std::uint32_t file) {
  switch (file) {
    case Where::kFaults:
      return "faults.jsonl";
    case Where::kHistory:
      return "history.jsonl";
    case Where::kNetwork:
      return "network.jsonl";
    default:
      return fmt::format("nodes/n{}.jsonl", file - Where::kNodes);
  }
}

template <class Event>
EventReader<Event>::EventReader(const std::filesystem::path& path, std::uint32_t file)
    : lines_(path), file_(file) {}

// A last line without its end is torn, whatever it looks like.
template <class Event>
bool EventReader<Event>::read_line() {
  const auto line = lines_.next();
  if (!line) return false;
  text_ = *line;
  ++line_;
  return true;
}

template <class Event>
std::string EventReader<Event>::decode_line() {
  if (record_.parse(text_)) return decode(record_, event_);
  if constexpr (std::is_same_v<Event, NodeEvent>) {
    const std::size_t start = text_.rfind(kLineStart);
    if (start != 0 && start != std::string::npos && record_.parse(text_.substr(start))) {
      const std::string problem = decode(record_, event_);
      const bool first = event_.seq == 1 && event_.incarnation > incarnation_;
      return problem.empty() && !first ? "a line torn in the middle of an incarnation" : problem;
    }
  }
  return "not JSON";
}

template <class Event>
std::string EventReader<Event>::check_sequence() {
  if constexpr (std::is_same_v<Event, NodeEvent>) {
    if (file_of(event_.node) != file_) {
      return fmt::format("a line of {}", node::node_name(event_.node));
    }
    if (event_.incarnation < incarnation_) {
      return fmt::format("incarnation {} after {}", event_.incarnation, incarnation_);
    }
    const bool same = event_.incarnation == incarnation_;
    const std::uint64_t expected = same ? seq_ + 1 : 1;
    if (event_.seq != expected) {
      return fmt::format("seq {} of incarnation {} where {} was due", event_.seq,
                         event_.incarnation, expected);
    }
    // The machine's clock never goes back, and what was before what is told by it.
    if (event_.at < at_) {
      return fmt::format("mono_us {} after {}", event_.at.count(), at_.count());
    }
    incarnation_ = event_.incarnation;
    seq_ = event_.seq;
    at_ = event_.at;
  }
  return {};
}

template <class Event>
const Event* EventReader<Event>::next() {
  if (!damage_.empty() || !read_line()) return nullptr;
  std::string problem = decode_line();
  if (problem.empty()) problem = check_sequence();
  if (!problem.empty()) {
    damage_ = fmt::format("{}:{}: {}", file_name(file_), line_, problem);
    return nullptr;
  }
  event_.where = {file_, line_};
  return &event_;
}

template class EventReader<NodeEvent>;
template class EventReader<Operation>;
template class EventReader<FaultEvent>;
template class EventReader<NetworkEvent>;

std::filesystem::path node_log(const std::filesystem::path& folder, NodeId node) {
  return folder / file_name(file_of(node));
}

std::vector<NodeId> nodes_of(const std::filesystem::path& folder) {
  std::vector<NodeId> nodes;
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator(folder / "nodes", none)) {
    if (entry.path().extension() != ".jsonl") continue;
    if (const auto node = node::node_from_name(entry.path().stem().string())) {
      nodes.push_back(*node);
    }
  }
  std::sort(nodes.begin(), nodes.end());
  return nodes;
}

RunReader::RunReader(std::filesystem::path folder)
    : folder_(std::move(folder)),
      faults_(folder_ / file_name(Where::kFaults), Where::kFaults),
      history_(folder_ / file_name(Where::kHistory), Where::kHistory),
      network_(folder_ / file_name(Where::kNetwork), Where::kNetwork) {
  if (!std::filesystem::is_regular_file(folder_ / file_name(Where::kFaults))) {
    throw std::runtime_error(fmt::format("{} is not the folder of a run: it has no {}",
                                         folder_.string(), file_name(Where::kFaults)));
  }
  for (const NodeId node : nodes_of(folder_))
    nodes_.try_emplace(node, node_log(folder_, node), file_of(node));
}

void RunReader::read(Observer& observer) {
  while (const FaultEvent* event = faults_.next()) {
    if (const auto* started = std::get_if<NodeStarted>(&event->what)) {
      nodes_.try_emplace(started->node, node_log(folder_, started->node), file_of(started->node));
    }
    observer.on_fault(*event);
  }
  while (const Operation* event = history_.next())
    observer.on_operation(*event);
  while (const NetworkEvent* event = network_.next())
    observer.on_network(*event);
  for (auto& [node, reader] : nodes_) {
    while (const NodeEvent* event = reader.next())
      observer.on_node(*event);
  }
}

Damage RunReader::damage() const {
  Damage damage;
  const auto add = [&](const auto& reader, const std::string& file, bool must_be_there) {
    if (must_be_there && !std::filesystem::is_regular_file(folder_ / file)) {
      damage.found.push_back(fmt::format("{} is not there", file));
    }
    damage.lines += reader.lines();
    if (!reader.damage().empty()) damage.found.push_back(reader.damage());
  };
  add(faults_, file_name(Where::kFaults), true);
  add(history_, file_name(Where::kHistory), true);
  add(network_, file_name(Where::kNetwork), true);
  // That a node which was ready has no log is told by who knows that it was.
  for (const auto& [node, reader] : nodes_)
    add(reader, file_name(file_of(node)), false);
  return damage;
}

}  // namespace verify
