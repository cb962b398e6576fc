// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/report/timeline.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "orchestrator/report/sentence.h"

namespace report {
namespace {

constexpr std::size_t kGutter = 11;          // "   12.345  "
constexpr std::size_t kName = 4;             // "n12 "
constexpr std::size_t kNarrowestColumn = 9;  // and a space; a page too narrow for it is exceeded

}  // namespace

std::vector<std::string> wrapped_lines(std::string_view text, std::size_t width) {
  std::vector<std::string> lines;
  while (text.size() > width) {
    std::size_t end = text.rfind(' ', width);
    if (end == text.npos || end == 0) end = width;
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(end);
    while (text.starts_with(' '))
      text.remove_prefix(1);
  }
  if (!text.empty() || lines.empty()) lines.emplace_back(text);
  return lines;
}

Timeline::Timeline(const TimelineOptions& options, const std::vector<raft::NodeId>& all)
    : options_(options) {
  for (const raft::NodeId node : all) {
    if (options_.nodes.empty() || options_.nodes.contains(node)) columns_.push_back(node);
  }
  const std::size_t page = std::max<std::size_t>(options_.width, kGutter + 1) - kGutter;
  const std::size_t share = page / std::max<std::size_t>(columns_.size(), 1);
  column_width_ = std::max(share, kNarrowestColumn + 1) - 1;
}

std::string Timeline::heading() const {
  if (!options_.columns) return {};
  std::string out(kGutter, ' ');
  for (const raft::NodeId node : columns_)
    out += fmt::format("{:<{}}", node::node_name(node), column_width_ + 1);
  return out + '\n';
}

bool Timeline::wanted(std::string_view event) const {
  return options_.events.empty() || options_.events.contains(event);
}

bool Timeline::takes_back(const verify::NodeEvent& event) {
  const auto* changed = std::get_if<verify::ConfigChanged>(&event.what);
  if (!changed) return false;
  const raft::Index before = std::exchange(configurations_[event.node], changed->log_index);
  return changed->log_index < before;
}

std::string Timeline::gutter(raft::Time at) {
  if (!start_) start_ = at;
  return fmt::format("{:9.3f}  ", static_cast<double>((at - *start_).count()) / 1e6);
}

std::string Timeline::coloured(std::string_view text, const char* colour) const {
  return options_.colour ? fmt::format("{}{}{}", colour, text, kPlain) : std::string(text);
}

std::string Timeline::text_of(const verify::NodeEvent& event) {
  const std::string time = gutter(event.at);
  const bool back = takes_back(event);
  const auto column = std::find(columns_.begin(), columns_.end(), event.node);
  if (column == columns_.end() || !wanted(event.name)) return {};
  if (options_.term && event.term != *options_.term) return {};
  const char* colour = colour_of(topic_of(event));
  const std::string text = (back ? "back to " : "") + sentence(event);
  if (options_.columns) {
    return in_columns(time, static_cast<std::size_t>(column - columns_.begin()), text, colour);
  }
  const std::size_t indent = kGutter + kName;
  std::string out;
  for (const std::string& line :
       wrapped_lines(text, std::max<std::size_t>(options_.width, indent + 20) - indent)) {
    out += out.empty() ? fmt::format("{}{:<{}}", time, node::node_name(event.node), kName)
                       : std::string(indent, ' ');
    out += coloured(line, colour) + '\n';
  }
  return out;
}

std::string Timeline::in_columns(const std::string& time, std::size_t column, std::string_view text,
                                 const char* colour) const {
  std::string out;
  const std::string indent(column * (column_width_ + 1), ' ');
  for (const std::string& line : wrapped_lines(text, column_width_)) {
    out += out.empty() ? time : std::string(kGutter, ' ');
    out += indent + coloured(line, colour) + '\n';
  }
  return out;
}

std::string Timeline::text_of(const verify::FaultEvent& event) {
  const std::string time = gutter(event.at);
  if (!wanted(event.name)) return {};
  const std::size_t room = std::max<std::size_t>(options_.width, kGutter + 20) - kGutter;
  std::string out;
  for (const std::string& line : wrapped_lines(sentence(event), room - 6)) {
    std::string rule = out.empty() ? fmt::format("---- {} ", line) : fmt::format("     {}", line);
    if (out.empty() && rule.size() < room) rule.append(room - rule.size(), '-');
    out += out.empty() ? time : std::string(kGutter, ' ');
    out += coloured(rule, colour_of(Topic::fault)) + '\n';
  }
  return out;
}

}  // namespace report
