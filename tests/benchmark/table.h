// SPDX-License-Identifier: Apache-2.0
// A table in Markdown that also reads well as it stands: three columns, 80 characters wide.
#pragma once

#include <string>
#include <vector>

namespace benchmark {

class Table {
 public:
  // The first row is the head.
  void row(const std::string& what, const std::string& ours, const std::string& beside);
  void append(const Table& other);
  std::string text() const;

 private:
  std::vector<std::string> rows_;
};

// "9,563 (6,494-9,921)": the median and the range of the repetitions, rounded to whole numbers.
std::string median_and_range(const std::vector<double>& values);
// "0.91 / 2.04": two medians of microseconds, as milliseconds.
std::string milliseconds(const std::vector<double>& first, const std::vector<double>& second);

}  // namespace benchmark
