// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/report/excerpt.h"

#include <algorithm>

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

template <class Event>
std::string around(const std::filesystem::path& folder, const std::vector<Where>& marked,
                   raft::Time start) {
  const Where centre = marked.front();
  verify::EventReader<Event> reader(folder / verify::file_name(centre.file), centre.file);
  std::string out;
  while (const Event* event = reader.next()) {
    const std::uint32_t line = event->where.line;
    if (line > centre.line + kAfter) break;
    if (line + kBefore < centre.line) continue;
    const bool mark = std::find(marked.begin(), marked.end(), event->where) != marked.end();
    const std::string head = fmt::format("  {} {:>8}  {:10.6f}  ", mark ? '>' : ' ', line,
                                         static_cast<double>((event->at - start).count()) / 1e6);
    const auto text = wrapped_lines(sentence(*event), kColumns - std::min(kIndent, head.size()));
    for (std::size_t i = 0; i < text.size(); ++i)
      out += (i == 0 ? head : std::string(head.size(), ' ')) + text[i] + '\n';
  }
  return out;
}

}  // namespace

std::string excerpts(const std::filesystem::path& folder, const std::vector<Where>& lines) {
  const raft::Time start = start_of(folder);
  std::string out;
  std::vector<std::uint32_t> done;
  for (const Where& first : lines) {
    if (std::find(done.begin(), done.end(), first.file) != done.end()) continue;
    done.push_back(first.file);
    std::vector<Where> marked;
    std::copy_if(lines.begin(), lines.end(), std::back_inserter(marked),
                 [&](const Where& w) { return w.file == first.file; });
    out += fmt::format("  {}:{}\n", verify::file_name(first.file), first.line);
    switch (first.file) {
      case Where::kFaults:
        out += around<verify::FaultEvent>(folder, marked, start);
        break;
      case Where::kHistory:
        out += around<verify::Operation>(folder, marked, start);
        break;
      case Where::kNetwork:
        break;
      default:
        out += around<verify::NodeEvent>(folder, marked, start);
    }
  }
  return out;
}

}  // namespace report
