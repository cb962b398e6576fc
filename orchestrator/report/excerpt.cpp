// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/report/excerpt.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "orchestrator/report/sentence.h"
#include "orchestrator/report/timeline.h"
#include "orchestrator/verify/reader.h"

namespace report {
namespace {

using verify::Where;

constexpr std::uint32_t kBefore = 6;  // lines, and so many after: ten with the line itself
constexpr std::uint32_t kAfter = 3;
constexpr std::size_t kColumns = 80;
constexpr std::size_t kIndent = 24;

raft::Time start_of(const std::filesystem::path& folder) {
  verify::EventReader<verify::FaultEvent> reader(folder / verify::file_name(Where::kFaults),
                                                 Where::kFaults);
  const verify::FaultEvent* first = reader.next();
  return first ? first->at : raft::Time{};
}

// Lines of one file: those around the centre, the marked ones with a mark.
struct Piece {
  Where centre;
  std::vector<Where> marked;
};

template <class Event, class Seen>
std::string around(const std::filesystem::path& folder, const Piece& piece, raft::Time start,
                   const Seen& seen) {
  const Where centre = piece.centre;
  verify::EventReader<Event> reader(folder / verify::file_name(centre.file), centre.file);
  std::string out = fmt::format("  {}:{}\n", verify::file_name(centre.file), centre.line);
  while (const Event* event = reader.next()) {
    const std::uint32_t line = event->where.line;
    if (line > centre.line + kAfter) break;
    if (line + kBefore < centre.line) continue;
    const bool mark =
        std::find(piece.marked.begin(), piece.marked.end(), event->where) != piece.marked.end();
    if (mark) seen(*event);
    const std::string head = fmt::format("  {} {:>8}  {:10.6f}  ", mark ? '>' : ' ', line,
                                         static_cast<double>((event->at - start).count()) / 1e6);
    const auto text = wrapped_lines(sentence(*event), kColumns - std::min(kIndent, head.size()));
    for (std::size_t i = 0; i < text.size(); ++i)
      out += (i == 0 ? head : std::string(head.size(), ' ')) + text[i] + '\n';
  }
  return out;
}

// The node's last line up to then; no line where it has none.
Where line_at(const std::filesystem::path& folder, raft::NodeId node, raft::Time time) {
  const std::uint32_t file = verify::file_of(node);
  verify::EventReader<verify::NodeEvent> reader(verify::node_log(folder, node), file);
  Where last{file, 0};
  while (const verify::NodeEvent* event = reader.next()) {
    if (event->at > time) break;
    last = event->where;
  }
  return last;
}

class Excerpts {
 public:
  explicit Excerpts(const std::filesystem::path& folder)
      : folder_(folder), start_(start_of(folder)) {}

  std::string of(const verify::CheckResult& result) {
    const std::vector<Where>& lines = result.lines;
    std::string out;
    for (const Where& first : lines) {
      if (!done_.insert(first.file).second) continue;
      Piece piece{first, {}};
      std::copy_if(lines.begin(), lines.end(), std::back_inserter(piece.marked),
                   [&](const Where& w) { return w.file == first.file; });
      out += of(piece);
    }
    for (const verify::Involved& involved : result.involved)
      involved_.emplace(involved.node, involved.at);
    // What the nodes did that had a part in it, or gave the answers in question.
    for (const auto& [node, at] : involved_) {
      if (!done_.insert(verify::file_of(node)).second) continue;
      const Where centre = line_at(folder_, node, at);
      if (centre.line > 0) out += of(Piece{centre, {}});
    }
    return out;
  }

 private:
  std::string of(const Piece& piece) {
    const auto nothing = [](const auto&) {};
    switch (piece.centre.file) {
      case Where::kFaults:
        return around<verify::FaultEvent>(folder_, piece, start_, nothing);
      case Where::kHistory:
        return around<verify::Operation>(folder_, piece, start_,
                                         [this](const verify::Operation& operation) {
                                           if (operation.node != raft::NodeId{}) {
                                             involved_.emplace(operation.node, operation.at);
                                           }
                                         });
      case Where::kNetwork:
        return fmt::format("  {}:{}\n", verify::file_name(piece.centre.file), piece.centre.line);
      default:
        return around<verify::NodeEvent>(folder_, piece, start_, nothing);
    }
  }

  const std::filesystem::path& folder_;
  raft::Time start_;
  std::set<std::uint32_t> done_;                 // files
  std::map<raft::NodeId, raft::Time> involved_;  // besides who wrote the marked lines, and when
};

}  // namespace

std::string excerpts(const std::filesystem::path& folder, const verify::CheckResult& result) {
  return Excerpts(folder).of(result);
}

}  // namespace report
