// SPDX-License-Identifier: Apache-2.0
// The lines of a file, one after another, read in large pieces, while it grows or afterwards.
#pragma once

#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>

namespace verify {

class LineReader {
 public:
  // A file that is not there has no lines.
  explicit LineReader(std::filesystem::path path) : path_(std::move(path)) {}

  // The next line, without its end; it lasts until the next call. Nothing after the last one, until
  // there is another: what stands after the last line's end is no line.
  std::optional<std::string_view> next();

 private:
  bool read_more();

  std::filesystem::path path_;
  std::ifstream in_;
  std::string buffer_;
  std::size_t begin_ = 0;  // of what was not given out yet
  std::size_t end_ = 0;    // of what was read
};

}  // namespace verify
