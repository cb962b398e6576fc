// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/orchestrator/runner/evidence_folder.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <limits>
#include <optional>
#include <string_view>

#include <fmt/format.h>

namespace runner {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kShown = 160;   // of a line
constexpr std::size_t kContext = 60;  // of what stands before the difference

struct Difference {
  std::uint64_t time = std::numeric_limits<std::uint64_t>::max();  // none: after all that have one
  std::string text;
};

std::uint64_t time_of(std::string_view line) {
  constexpr std::string_view kField = "\"mono_us\":";
  const std::size_t at = line.find(kField);
  if (at == line.npos) return std::numeric_limits<std::uint64_t>::max();
  std::uint64_t time = 0;
  for (std::size_t i = at + kField.size(); i < line.size() && line[i] >= '0' && line[i] <= '9'; ++i)
    time = time * 10 + static_cast<std::uint64_t>(line[i] - '0');
  return time;
}

std::string shortened(std::string_view line, std::size_t difference) {
  if (line.empty()) return "(nothing)";
  const std::size_t from = difference > kContext ? difference - kContext : 0;
  if (from >= line.size()) return std::string(line.substr(0, kShown));
  const std::string_view shown = line.substr(from, kShown);
  return fmt::format("{}{}{}", from > 0 ? "..." : "", shown,
                     from + shown.size() < line.size() ? "..." : "");
}

std::optional<Difference> difference(const std::string& file, std::string_view a,
                                     std::string_view b) {
  for (std::uint64_t number = 1; !a.empty() || !b.empty(); ++number) {
    const auto take = [](std::string_view& rest) {
      const std::string_view line = rest.substr(0, std::min(rest.find('\n'), rest.size()));
      rest.remove_prefix(std::min(line.size() + 1, rest.size()));
      return line;
    };
    const std::string_view left = take(a);
    const std::string_view right = take(b);
    if (left == right) continue;
    const auto parts = std::mismatch(left.begin(), left.end(), right.begin(), right.end());
    const auto at = static_cast<std::size_t>(parts.first - left.begin());
    return Difference{
        std::min(time_of(left), time_of(right)),
        fmt::format("{}:{}\n  {}\n  {}", file, number, shortened(left, at), shortened(right, at))};
  }
  return std::nullopt;
}

}  // namespace

std::map<std::string, std::string> files_in(const fs::path& folder) {
  std::map<std::string, std::string> files;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream in(entry.path(), std::ios::binary);
    files[entry.path().lexically_relative(folder).string()] = {std::istreambuf_iterator<char>(in),
                                                               {}};
  }
  return files;
}

std::string first_difference(const std::map<std::string, std::string>& a,
                             const std::map<std::string, std::string>& b) {
  std::map<std::string, std::string> all = a;
  all.insert(b.begin(), b.end());
  std::optional<Difference> first;
  std::string lone;
  for (const auto& [file, ignored] : all) {
    const bool both = a.contains(file) && b.contains(file);
    if (!both && lone.empty()) lone = fmt::format("{}: only one of the runs has it", file);
    auto here =
        difference(file, a.contains(file) ? a.at(file) : "", b.contains(file) ? b.at(file) : "");
    if (here && (!first || here->time < first->time)) first = std::move(here);
  }
  return first ? first->text : lone;
}

}  // namespace runner
