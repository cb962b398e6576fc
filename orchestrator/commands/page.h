// SPDX-License-Identifier: Apache-2.0
// stdout as a page to read: how wide it is, whether it has colours, and quiet when its reader
// leaves (`squall logs | head`).
#pragma once

#include <string_view>

namespace commands {

class Page {
 public:
  // Colours where stdout is a terminal, or `color` asks for them in any case (for `less -R`), and
  // neither NO_COLOR nor `no_color` says no.
  explicit Page(bool no_color, bool color = false);
  ~Page();
  Page(const Page&) = delete;
  Page& operator=(const Page&) = delete;

  bool colour() const { return colour_; }
  // The terminal's, or what COLUMNS says, or 80.
  unsigned width() const { return width_; }

  // False once nobody reads any more.
  bool print(std::string_view text);

 private:
  bool colour_ = false;
  unsigned width_ = 80;
  bool open_ = true;
};

}  // namespace commands
