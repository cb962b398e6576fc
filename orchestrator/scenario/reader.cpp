// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/scenario/reader.h"

#include <algorithm>

#include <fmt/format.h>

#include "orchestrator/scenario/language.h"

namespace scenario {
namespace {

void sort_and_cut(Errors& errors) {
  std::sort(errors.begin(), errors.end());
  if (errors.size() <= kMaxErrors) return;
  errors[kMaxErrors - 1].message =
      fmt::format("this and {} more errors are not shown", errors.size() - kMaxErrors);
  errors.resize(kMaxErrors);
}

ReadResult read(Document document, std::string_view file) {
  Reading reading{.file = std::string(file), .errors = std::move(document.errors)};
  Scenario scenario;
  // Where the parser stopped half-way, what is missing was not left out by the author.
  if (document.complete) scenario_value(scenario).read(document.root, reading);
  if (reading.errors.empty()) return scenario;
  sort_and_cut(reading.errors);
  return std::move(reading.errors);
}

}  // namespace

ReadResult read_scenario(const std::filesystem::path& path) {
  return read(parse_yaml_file(path.string()), path.string());
}

ReadResult read_scenario(std::string_view text, std::string_view name) {
  return read(parse_yaml(text, name), name);
}

}  // namespace scenario
