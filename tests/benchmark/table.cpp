// SPDX-License-Identifier: Apache-2.0
#include "tests/benchmark/table.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "tests/benchmark/load.h"

namespace benchmark {
namespace {

constexpr std::size_t kLabel = 26;
constexpr std::size_t kCell = 22;

std::string thousands(double value) {
  std::string digits = std::to_string(std::llround(value));
  for (std::size_t at = digits.size(); at > 3; at -= 3)
    digits.insert(at - 3, 1, ',');
  return digits;
}

}  // namespace

void Table::row(const std::string& what, const std::string& ours, const std::string& beside) {
  rows_.push_back(
      fmt::format("| {:<{}} | {:>{}} | {:>{}} |\n", what, kLabel, ours, kCell, beside, kCell));
}

void Table::append(const Table& other) {
  rows_.insert(rows_.end(), other.rows_.begin(), other.rows_.end());
}

std::string Table::text() const {
  std::string text;
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    text += rows_[i];
    if (i == 0)
      text += fmt::format("|{:-<{}}|{:-<{}}:|{:-<{}}:|\n", "", kLabel + 2, "", kCell + 1, "",
                          kCell + 1);
  }
  return text;
}

std::string median_and_range(const std::vector<double>& values) {
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  return fmt::format("{} ({}-{})", thousands(median(values)), thousands(*least), thousands(*most));
}

std::string milliseconds(const std::vector<double>& first, const std::vector<double>& second) {
  return fmt::format("{:.2f} / {:.2f}", median(first) / 1000, median(second) / 1000);
}

}  // namespace benchmark
