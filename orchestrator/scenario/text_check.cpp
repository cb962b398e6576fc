// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/scenario/text_check.h"

#include <algorithm>
#include <cstdint>

#include <fmt/format.h>

namespace scenario {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// Deeper than this no file is meant; brackets in comments and texts count too.
constexpr std::size_t kMaxOpenBrackets = 1000;

bool continues(char c) {
  return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

struct Character {
  std::size_t bytes = 0;  // 0: not UTF-8
  std::uint32_t code = 0;
};

// Of a text that is not empty. No overlong forms, surrogates or codes above 10FFFF (RFC 3629).
Character first_character(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  if (lead < 0x80U) return {1, lead};
  const std::size_t bytes = lead >= 0xF0U ? 4 : lead >= 0xE0U ? 3 : lead >= 0xC2U ? 2 : 0;
  if (bytes == 0 || lead > 0xF4U || text.size() < bytes) return {};
  std::uint32_t code = lead & (0xFFU >> (bytes + 1));
  for (const char c : text.substr(1, bytes - 1)) {
    if (!continues(c)) return {};
    code = code << 6U | (static_cast<unsigned char>(c) & 0x3FU);
  }
  constexpr std::uint32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code >= 0xD800U && code <= 0xDFFFU;
  if (code < kSmallest[bytes] || surrogate || code > 0x10FFFFU) return {};
  return {bytes, code};
}

bool is_control(std::uint32_t code) {
  return (code < 0x20U && code != '\n' && code != '\t') || (code >= 0x7FU && code < 0xA0U) ||
         code == 0xFFFEU || code == 0xFFFFU;
}

}  // namespace

SourceText::SourceText(std::string_view text) : text_(text), lines_{0} {
  if (text_.starts_with(kByteOrderMark)) text_.remove_prefix(kByteOrderMark.size());
  for (std::size_t i = 0; i < text_.size(); ++i) {
    if (text_[i] == '\n') lines_.push_back(i + 1);
  }
}

std::optional<SourceText::Problem> SourceText::problem() const {
  std::size_t brackets = 0;
  std::size_t open = 0;
  bool indentation = true;
  for (std::size_t at = 0; at < text_.size();) {
    const Character c = first_character(text_.substr(at));
    if (c.bytes == 0) {
      return Problem{position(at), fmt::format("not UTF-8 text (byte 0x{:02x})",
                                               static_cast<unsigned char>(text_[at]))};
    }
    const bool line_end = text_.substr(at).starts_with("\r\n");
    if (is_control(c.code) && !line_end) {
      return Problem{position(at), fmt::format("a control character (U+{:04X})", c.code)};
    }
    if (c.code == '\t' && indentation) {
      return Problem{position(at), "a tab in the indentation: use spaces"};
    }
    indentation = c.code == '\n' || (indentation && c.code == ' ');
    if (c.code == '[' || c.code == '{') {
      ++brackets;
      ++open;
    } else if ((c.code == ']' || c.code == '}') && open > 0) {
      --open;
    }
    if (open > kMaxOpenBrackets) {
      return Problem{position(at), fmt::format("nested more than {} deep", kMaxDepth)};
    }
    if (brackets > kMaxBrackets) {
      return Problem{position(at), fmt::format("more than {} lists and maps", kMaxBrackets)};
    }
    at += c.bytes;
  }
  return std::nullopt;
}

Position SourceText::position(std::size_t offset) const {
  offset = std::min(offset, text_.size());
  const auto after = std::upper_bound(lines_.begin(), lines_.end(), offset);
  const auto line = static_cast<std::size_t>(after - lines_.begin());
  const std::size_t start = lines_[line - 1];
  const std::string_view before = text_.substr(start, offset - start);
  const auto column =
      std::count_if(before.begin(), before.end(), [](char c) { return !continues(c); });
  return {static_cast<int>(line), static_cast<int>(column) + 1};
}

std::string_view SourceText::rest(std::size_t offset) const {
  return text_.substr(std::min(offset, text_.size()));
}

bool closes_on_its_line(std::string_view rest) {
  const char quote = rest.front();
  for (std::size_t i = 1; i < rest.size() && rest[i] != '\n'; ++i) {
    if (quote == '"' && rest[i] == '\\') {
      ++i;
      if (i < rest.size() && (rest[i] == '\n' || rest[i] == '\r')) return false;
    } else if (rest[i] == quote) {
      const bool doubled = quote == '\'' && i + 1 < rest.size() && rest[i + 1] == quote;
      if (!doubled) return true;
      ++i;
    }
  }
  return false;
}

std::string shown(std::string_view text) {
  constexpr std::size_t kLongest = 40;
  std::string result;
  std::size_t characters = 0;
  for (const char c : text) {
    if (!continues(c) && ++characters > kLongest) return result + "...";
    const bool control = static_cast<unsigned char>(c) < 0x20U || c == '\x7F';
    result += control ? ' ' : c;
  }
  return result;
}

}  // namespace scenario
