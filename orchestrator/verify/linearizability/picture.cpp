// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/verify/linearizability/picture.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include <fmt/format.h>

namespace linearizability {
namespace {

constexpr std::size_t kMostOfName = 12;

// Printable, and in the middle of what is too long two dots.
std::string shown(std::string_view text, std::size_t most) {
  std::string printable;
  for (const char c : text) {
    const bool plain = c >= ' ' && c <= '~' && c != '"' && c != '\\';
    printable +=
        plain ? std::string(1, c) : fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
  }
  if (printable.size() <= most) return printable;
  const std::size_t head = (most - 2) / 2;
  return printable.substr(0, head) + ".." + printable.substr(printable.size() - (most - 2 - head));
}

// One operation on the drawing.
struct Box {
  const Operation* operation;
  std::string label;
  std::size_t lane = 0;
  std::size_t begin = 0;
  std::size_t end = 0;  // the column behind it

  // "|--label--|", the shortest that it can be, or "|--label--..."
  std::size_t least_width() const { return label.size() + (operation->known() ? 6 : 8); }
};

struct Lane {
  std::uint32_t client;
  Stamp free_from;  // what was called later can stand in it
  std::size_t end = 0;
};

// Gives each call and each return its column: in their order, a later one further right; calls
// before returns of the same stamp, which are concurrent with them.
class Layout {
 public:
  Layout(const History& history, std::span<const Place> operations) {
    for (const Place place : operations)
      boxes_.push_back({&history.operations[place], in_words(history, history.operations[place])});
    std::stable_sort(boxes_.begin(), boxes_.end(), [](const Box& a, const Box& b) {
      return a.operation->call < b.operation->call;
    });
    for (Box& box : boxes_)
      box.lane = lane_for(*box.operation);
    group_lanes();
    place_columns();
  }

  const std::vector<Box>& boxes() const { return boxes_; }
  const std::vector<Lane>& lanes() const { return lanes_; }
  std::size_t width() const {
    std::size_t widest = 0;
    for (const Box& box : boxes_)
      widest = std::max(widest, box.end);
    return widest;
  }

 private:
  // Its client's; a further one where that has another operation open.
  std::size_t lane_for(const Operation& operation) {
    const Stamp free_from = operation.known() ? operation.ret : operation.call;
    for (std::size_t i = 0; i < lanes_.size(); ++i) {
      if (lanes_[i].client != operation.client || lanes_[i].free_from >= operation.call) continue;
      lanes_[i].free_from = free_from;
      return i;
    }
    lanes_.push_back({operation.client, free_from});
    return lanes_.size() - 1;
  }

  // Those of one client one below the other.
  void group_lanes() {
    std::vector<std::size_t> order(lanes_.size());
    for (std::size_t i = 0; i < order.size(); ++i)
      order[i] = i;
    const auto first_of = [&](std::size_t lane) {
      return std::find_if(lanes_.begin(), lanes_.end(),
                          [&](const Lane& other) { return other.client == lanes_[lane].client; });
    };
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return first_of(a) < first_of(b); });
    std::vector<Lane> grouped;
    std::vector<std::size_t> now_at(lanes_.size());
    for (std::size_t i = 0; i < order.size(); ++i) {
      grouped.push_back(lanes_[order[i]]);
      now_at[order[i]] = i;
    }
    lanes_ = std::move(grouped);
    for (Box& box : boxes_)
      box.lane = now_at[box.lane];
  }

  void place_columns() {
    std::map<std::pair<Stamp, bool>, std::vector<Box*>> events;  // by stamp, calls first
    for (Box& box : boxes_) {
      events[{box.operation->call, false}].push_back(&box);
      if (box.operation->known()) events[{box.operation->ret, true}].push_back(&box);
    }
    std::size_t column = 0;
    for (const auto& [event, boxes] : events) {
      const bool returns = event.second;
      for (const Box* box : boxes) {
        const std::size_t end = lanes_[box->lane].end;
        const std::size_t free_from = end == 0 ? 0 : end + 1;
        column = std::max(column, returns ? box->begin + box->least_width() - 1 : free_from);
      }
      for (Box* box : boxes) {
        if (!returns) box->begin = column;
        if (!returns && box->operation->known()) continue;
        box->end = returns ? column + 1 : column + box->least_width();
        lanes_[box->lane].end = box->end;
      }
      ++column;
    }
  }

  std::vector<Box> boxes_;
  std::vector<Lane> lanes_;
};

std::string drawn(const Box& box) {
  std::string text = "|--" + box.label;
  if (!box.operation->known()) return text + "--...";
  text.append(box.end - box.begin - text.size() - 1, '-');
  return text + "|";
}

// Where a band that begins there ends: at most so much further right, and through no label.
std::size_t end_of_band(const std::vector<Box>& boxes, std::size_t begin, std::size_t width) {
  const auto cuts_label = [&](std::size_t column) {
    return std::any_of(boxes.begin(), boxes.end(), [&](const Box& box) {
      return box.begin < column && column < box.begin + box.least_width() - 1;
    });
  };
  std::size_t end = begin + width;
  while (end > begin + width / 2 && cuts_label(end))
    --end;
  return end > begin + width / 2 ? end : begin + width;
}

std::string name_of_client(const History& history, std::uint32_t client) {
  return shown(history.clients[client], kMostOfName);
}

void draw_band(const History& history, const Layout& layout, std::size_t begin, std::size_t end,
               std::size_t name_width, std::string& picture) {
  std::vector<std::string> rows(layout.lanes().size());
  for (const Box& box : layout.boxes()) {
    std::string& row = rows[box.lane];
    row.resize(std::max(row.size(), box.end), ' ');
    const std::string text = drawn(box);
    row.replace(box.begin, text.size(), text);
  }
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::string& row = rows[i];
    std::string part = begin < row.size() ? row.substr(begin, end - begin) : "";
    part.erase(part.find_last_not_of(' ') + 1);
    if (part.empty()) continue;
    picture += fmt::format("{:<{}}  {}\n", name_of_client(history, layout.lanes()[i].client),
                           name_width, part);
  }
}

}  // namespace

std::string in_words(const History& history, const Operation& operation, std::size_t most) {
  const auto value = [&](Value which) {
    std::string_view text = history.values.at(which);
    if (history.verbatim && which == kInitial) return std::string("nil");
    if (history.verbatim && !text.starts_with('"')) return shown(text, most);
    if (history.verbatim) text = text.substr(1, text.size() - 2);
    return '"' + shown(text, most) + '"';
  };
  switch (operation.kind) {
    case Kind::read:
      return operation.known() ? "read " + value(operation.output) : "read";
    case Kind::write:
      return "write " + value(operation.argument);
    case Kind::append:
      return "append " + value(operation.argument);
    case Kind::cas:
      break;
  }
  std::string text = "cas " + value(operation.expected) + "->" + value(operation.argument);
  if (operation.answer == Answer::refused) text += " saw " + value(operation.output);
  if (operation.answer == Answer::refused_mute) text += " refused";
  return text;
}

std::string draw(const History& history, std::span<const Place> operations, std::size_t columns) {
  const Layout layout(history, operations);
  std::size_t name_width = 0;
  std::size_t line_width = 0;
  for (const Box& box : layout.boxes()) {
    name_width = std::max(name_width, name_of_client(history, box.operation->client).size());
    line_width = std::max(line_width, std::to_string(box.operation->line).size());
  }
  std::string picture;
  const std::size_t width = columns - name_width - 2;
  for (std::size_t begin = 0; begin < layout.width();) {
    const std::size_t end = layout.width() - begin <= width
                                ? layout.width()
                                : end_of_band(layout.boxes(), begin, width);
    if (begin > 0) picture += '\n';
    draw_band(history, layout, begin, end, name_width, picture);
    begin = end;
  }
  picture += '\n';
  for (const Box& box : layout.boxes()) {
    const Operation& operation = *box.operation;
    std::string line =
        fmt::format("line {:>{}}  {:<{}}  {}{}", operation.line, line_width,
                    name_of_client(history, operation.client), name_width,
                    in_words(history, operation, operation.kind == Kind::cas ? 12 : 32),
                    operation.known() ? "" : ": outcome unknown");
    if (line.size() > columns) line.resize(columns);
    picture += line + '\n';
  }
  return picture;
}

}  // namespace linearizability
