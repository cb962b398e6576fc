// SPDX-License-Identifier: Apache-2.0
// The five numbers that Raft's teaching labs print of every test.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace report {

struct Numbers {
  double seconds = 0;  // from the start of the first node to the end of the last step
  unsigned peers = 0;
  std::uint64_t messages = 0;   // between nodes, those that were dropped included
  std::uint64_t bytes = 0;      // of these messages, envelopes included
  std::uint64_t committed = 0;  // entries of the log
  friend bool operator==(const Numbers&, const Numbers&) = default;
};

// From the evidence in a run's folder; what it does not tell is 0.
Numbers numbers_of(const std::filesystem::path& folder);

// In the labs' form: " ... passed --  12.4  5  10234  1893321  812".
std::string numbers_line(const Numbers& numbers, const std::string& verdict);
// What they are, to stand above that line.
const char* numbers_legend();

}  // namespace report
