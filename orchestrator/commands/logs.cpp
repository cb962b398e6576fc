// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/commands/logs.h"

#include <deque>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "orchestrator/commands/page.h"
#include "orchestrator/report/timeline.h"
#include "orchestrator/runner.h"
#include "orchestrator/verify/decode.h"
#include "orchestrator/verify/reader.h"

namespace commands {
namespace {

namespace fs = std::filesystem;
using verify::FaultEvent;
using verify::NodeEvent;

// One file of the merge, stopped at its next event.
template <class Event>
struct Source {
  Source(const fs::path& folder, std::uint32_t file)
      : reader(folder / verify::file_name(file), file), next(reader.next()) {}

  verify::EventReader<Event> reader;
  const Event* next;
};

class Merge {
 public:
  explicit Merge(const fs::path& folder) : faults_(folder, verify::Where::kFaults) {
    for (const raft::NodeId node : verify::nodes_of(folder))
      nodes_.emplace_back(folder, verify::file_of(node));
  }

  // The text of what comes next; nothing at the end.
  std::optional<std::string> step(report::Timeline& timeline) {
    Source<NodeEvent>* first = nullptr;
    for (Source<NodeEvent>& source : nodes_) {
      if (source.next && (!first || source.next->at < first->next->at)) first = &source;
    }
    if (faults_.next && (!first || faults_.next->at <= first->next->at)) {
      return take(faults_, timeline);
    }
    if (!first) return std::nullopt;
    return take(*first, timeline);
  }

  std::vector<std::string> damage() const {
    std::vector<std::string> found;
    if (!faults_.reader.damage().empty()) found.push_back(faults_.reader.damage());
    for (const Source<NodeEvent>& source : nodes_) {
      if (!source.reader.damage().empty()) found.push_back(source.reader.damage());
    }
    return found;
  }

 private:
  template <class Event>
  std::string take(Source<Event>& source, report::Timeline& timeline) {
    std::string text = timeline.text_of(*source.next);
    source.next = source.reader.next();
    return text;
  }

  Source<FaultEvent> faults_;
  std::deque<Source<NodeEvent>> nodes_;
};

std::set<std::string_view> all_events() {
  std::set<std::string_view> names;
  for (const std::string_view name : verify::names_of_node_events())
    names.insert(name);
  for (const std::string_view name : verify::names_of_fault_events())
    names.insert(name);
  return names;
}

int complain(const std::string& what) {
  fmt::print(stderr, "squall logs: {}\n", what);
  return runner::kUsage;
}

}  // namespace

int logs(const LogsOptions& options) {
  const std::vector<raft::NodeId> all = verify::nodes_of(options.run);
  if (all.empty()) return complain(fmt::format("no node logs in {}", options.run.string()));
  Page page(options.no_color, options.color);
  report::TimelineOptions wanted;
  for (const std::string& name : options.nodes) {
    const auto node = node::node_from_name(name);
    if (!node || std::find(all.begin(), all.end(), *node) == all.end()) {
      return complain(fmt::format("no node {} in {}", name, options.run.string()));
    }
    wanted.nodes.insert(*node);
  }
  const std::set<std::string_view> events = all_events();
  for (const std::string& name : options.events) {
    if (events.contains(name)) continue;
    return complain(fmt::format("no event {}; there are {}", name, fmt::join(events, ", ")));
  }
  wanted.events.insert(options.events.begin(), options.events.end());
  if (options.term) wanted.term = raft::Term{*options.term};
  wanted.columns = options.columns;
  wanted.colour = page.colour();
  wanted.width = page.width();

  report::Timeline timeline(wanted, all);
  page.print(timeline.heading());
  Merge merge(options.run);
  while (const auto text = merge.step(timeline)) {
    if (!page.print(*text)) return runner::kPass;
  }
  for (const std::string& damage : merge.damage())
    fmt::print(stderr, "squall logs: not read on: {}\n", damage);
  return runner::kPass;
}

}  // namespace commands
