// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/verify/line_reader.h"

#include <cstring>

namespace verify {
namespace {

constexpr std::size_t kPiece = std::size_t{1} << 17;  // bytes

}  // namespace

std::optional<std::string_view> LineReader::next() {
  std::size_t searched = 0;
  for (;;) {
    const char* begin = buffer_.data() + begin_;
    const std::size_t size = end_ - begin_;
    const void* newline = std::memchr(begin + searched, '\n', size - searched);
    if (newline) {
      const std::string_view line(
          begin, static_cast<std::size_t>(static_cast<const char*>(newline) - begin));
      begin_ += line.size() + 1;
      return line;
    }
    searched = size;
    if (!read_more()) return std::nullopt;
  }
}

bool LineReader::read_more() {
  if (!in_.is_open()) in_.open(path_, std::ios::binary);
  if (!in_.is_open()) return false;
  in_.clear();  // of the end that was met before
  std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
  end_ -= begin_;
  begin_ = 0;
  if (buffer_.size() < end_ + kPiece) buffer_.resize(end_ + kPiece);
  in_.read(buffer_.data() + end_, static_cast<std::streamsize>(kPiece));
  const auto count = static_cast<std::size_t>(in_.gcount());
  end_ += count;
  return count > 0;
}

}  // namespace verify
