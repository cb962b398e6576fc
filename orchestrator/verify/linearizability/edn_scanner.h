// SPDX-License-Identifier: Apache-2.0
// Reads the pieces of EDN that histories are made of (github.com/edn-format/edn), and passes over
// the others.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "orchestrator/verify/linearizability/history_builder.h"

namespace linearizability {

class EdnScanner {
 public:
  explicit EdnScanner(std::string_view text) : at_(text.data()), end_(at_ + text.size()) {}

  std::uint32_t line() const { return line_; }
  // What is wrong first. Nothing is read after that.
  const std::string& problem() const { return problem_; }
  // Always false: `return fail(...)`.
  bool fail(std::string what);

  // Passes over space, commas, comments, what is discarded, and the tags of what follows. The
  // character there, or '\0'
  // at the end.
  char peek();
  // Past the character that was peeked at.
  void next() { ++at_; }
  // Passes over space within the line. False at its end.
  bool more_in_line();
  void skip_line();

  // Each false where something is wrong. A text with escapes is kept in its slot, from 0 to
  // kSlots - 1, the last of which is for what is passed over.
  static constexpr std::size_t kSlots = 8;
  bool scalar(Scalar& scalar, std::size_t slot);
  // Takes the slots `slot` to `slot` + 2.
  bool argument(Argument& argument, std::size_t slot);
  bool skip_form();

 private:
  void discard();
  bool text(std::string_view& text, std::size_t slot);
  bool unescape(std::string_view raw, std::string& text);
  std::string_view atom();
  // At a '[': a pair of scalars or of a scalar and such a pair. False where it is none.
  bool pair(Argument& argument, std::size_t slot);

  const char* at_;
  const char* end_;
  std::uint32_t line_ = 1;
  std::size_t discards_ = 0;  // open
  std::string problem_;
  std::array<std::string, kSlots> slots_;
};

}  // namespace linearizability
