// SPDX-License-Identifier: Apache-2.0
// The text of a scenario file before anything parses it: where an offset stands, and whether it is
// text at all. yaml-cpp reads bytes that are no UTF-8 as an empty document, and reads ahead over
// brackets, which a file of nothing else turns into hundreds of megabytes.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/scenario/yaml_tree.h"

namespace scenario {

class SourceText {
 public:
  // `text` must outlive this; a byte order mark at its start is left out.
  explicit SourceText(std::string_view text);

  struct Problem {
    Position at;
    std::string message;
  };
  // The first thing for which the text is not worth parsing: bytes that are no UTF-8, control
  // characters, a tab in the indentation, too many brackets.
  std::optional<Problem> problem() const;

  // Of a byte offset; one past the end is the end.
  Position position(std::size_t offset) const;
  std::string_view rest(std::size_t offset) const;

 private:
  std::string_view text_;
  std::vector<std::size_t> lines_;  // where each begins
};

// Whether the quoted text that `rest` starts with ends before its line does.
bool closes_on_its_line(std::string_view rest);

// A text of a user as a message shows it: cut after 40 characters, on one line.
std::string shown(std::string_view text);

}  // namespace scenario
