// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/commands/page.h"

#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>

#include <sys/ioctl.h>
#include <unistd.h>

namespace commands {
namespace {

constexpr unsigned kUnknownWidth = 80;

unsigned width_of_stdout() {
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  const char* variable = std::getenv("COLUMNS");
  const std::string_view text = variable ? variable : "";
  unsigned columns = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), columns);
  return error == std::errc() && columns > 0 ? columns : kUnknownWidth;
}

}  // namespace

Page::Page(bool no_color, bool color) : width_(width_of_stdout()) {
  const char* variable = std::getenv("NO_COLOR");
  const bool refused = no_color || (variable && *variable);
  colour_ = !refused && (color || isatty(STDOUT_FILENO) == 1);
  std::signal(SIGPIPE, SIG_IGN);  // the write says so
}

Page::~Page() {
  std::fflush(stdout);
}

bool Page::print(std::string_view text) {
  if (open_) open_ = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  return open_;
}

}  // namespace commands
