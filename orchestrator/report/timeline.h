// SPDX-License-Identifier: Apache-2.0
// A run's node logs, merged into one timeline: what all nodes did, by the clock that they share,
// with what was done to them as rules across the page.
//
//      0.207  n3  leads term 1 (votes n1 n3), log up to 0
//      2.031  ---- n3 killed -----------------------------------------------
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "orchestrator/verify/evidence.h"

namespace report {

struct TimelineOptions {
  std::set<raft::NodeId> nodes;               // only of these; empty: of all
  std::set<std::string, std::less<>> events;  // only these, node's and orchestrator's; empty: all
  std::optional<raft::Term> term;             // only lines of this term
  bool columns = false;                       // one column for each node
  bool colour = false;
  unsigned width = 80;  // columns of the page
};

// Turns events, handed in by the order of their times, into lines of text.
class Timeline {
 public:
  // `all` are the nodes that columns are for.
  Timeline(const TimelineOptions& options, const std::vector<raft::NodeId>& all);

  // What stands above everything: the names of the columns, if there are any.
  std::string heading() const;
  // The text of the event, whole lines; empty where it is not wanted.
  std::string text_of(const verify::NodeEvent& event);
  std::string text_of(const verify::FaultEvent& event);

 private:
  bool wanted(std::string_view event) const;
  // Whether the event brings back a configuration from before the node's last one.
  bool takes_back(const verify::NodeEvent& event);
  std::string gutter(raft::Time at);
  std::string in_columns(const std::string& time, std::size_t column, std::string_view text,
                         const char* colour) const;
  std::string coloured(std::string_view text, const char* colour) const;

  TimelineOptions options_;
  std::vector<raft::NodeId> columns_;
  std::size_t column_width_ = 0;
  std::optional<raft::Time> start_;
  std::map<raft::NodeId, raft::Index> configurations_;  // where each node's last one stands
};

// Text in lines of `width` at the most, broken at spaces where there are any.
std::vector<std::string> wrapped_lines(std::string_view text, std::size_t width);

}  // namespace report
