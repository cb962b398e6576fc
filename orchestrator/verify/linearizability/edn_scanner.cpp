// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/verify/linearizability/edn_scanner.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <utility>

#include <fmt/format.h>

namespace linearizability {
namespace {

constexpr std::size_t kMostDepth = 64;

// What ends an atom.
constexpr std::array<bool, 256> delimiters() {
  std::array<bool, 256> table{};
  for (const char c :
       {' ', '\t', '\r', '\n', '\f', ',', '"', ';', '(', ')', '[', ']', '{', '}', '\0'})
    table[static_cast<unsigned char>(c)] = true;
  return table;
}
constexpr std::array<bool, 256> kDelimiters = delimiters();

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == ',' || c == '\f';
}

// 1N and +1 are 1.
std::string_view as_integers_are(std::string_view atom) {
  const bool sign = atom.starts_with('+') || atom.starts_with('-');
  std::string_view digits = atom.substr(sign ? 1 : 0);
  const bool big = digits.ends_with('N');
  if (big) digits.remove_suffix(1);
  if (digits.empty() || digits.find_first_not_of("0123456789") != digits.npos) return atom;
  if (big) atom.remove_suffix(1);
  return atom.starts_with('+') ? digits : atom;
}

char closing(char open) {
  return open == '(' ? ')' : open == '[' ? ']' : '}';
}

void append_utf8(std::string& text, unsigned code) {
  const auto put = [&](unsigned byte) { text.push_back(static_cast<char>(byte)); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0 | code >> 6);
    put(0x80 | (code & 0x3F));
  } else {
    put(0xE0 | code >> 12);
    put(0x80 | (code >> 6 & 0x3F));
    put(0x80 | (code & 0x3F));
  }
}

}  // namespace

bool EdnScanner::fail(std::string what) {
  if (problem_.empty()) problem_ = std::move(what);
  at_ = end_;
  return false;
}

void EdnScanner::skip_line() {
  at_ = std::find(at_, end_, '\n');
}

char EdnScanner::peek() {
  for (;;) {
    while (at_ < end_ && is_space(*at_))
      ++at_;
    if (at_ == end_) return '\0';
    if (*at_ == '\n') {
      ++line_;
      ++at_;
    } else if (*at_ == ';') {
      skip_line();
    } else if (*at_ == '#' && end_ - at_ > 1 && !kDelimiters[static_cast<unsigned char>(at_[1])]) {
      if (at_[1] == '_') {
        discard();
      } else {
        atom();
      }
    } else if (*at_ == '\0') {
      fail("a byte 0 is no EDN");
    } else {
      return *at_;
    }
  }
}

// What is discarded may begin with what is discarded.
void EdnScanner::discard() {
  at_ += 2;
  if (++discards_ > kMostDepth) {
    fail("it is nested too deeply");
  } else if (peek() == ')' || peek() == ']' || peek() == '}') {
    fail("#_ discards nothing");
  } else {
    skip_form();
  }
  --discards_;
}

bool EdnScanner::more_in_line() {
  while (at_ < end_ && is_space(*at_))
    ++at_;
  return at_ < end_ && *at_ != '\n' && *at_ != ';';
}

std::string_view EdnScanner::atom() {
  const char* begin = at_;
  while (at_ < end_ && !kDelimiters[static_cast<unsigned char>(*at_)]) {
    at_ += *at_ == '\\' && end_ - at_ > 1 ? 2 : 1;  // \( is a character
  }
  return {begin, static_cast<std::size_t>(at_ - begin)};
}

bool EdnScanner::text(std::string_view& text, std::size_t slot) {
  const char* begin = at_ + 1;
  const auto rest = [&](const char* from) { return static_cast<std::size_t>(end_ - from); };
  const auto* quote = static_cast<const char*>(std::memchr(begin, '"', rest(begin)));
  if (!quote) return fail("a text is not closed");
  const auto length = [&] { return static_cast<std::size_t>(quote - begin); };
  const auto* escape = static_cast<const char*>(std::memchr(begin, '\\', length()));
  const bool escaped = escape != nullptr;
  while (escape && escape < quote) {
    // What follows the backslash is none, nor the end of the text.
    const char* next = escape + 2;
    if (escape + 1 == quote) {
      quote = static_cast<const char*>(std::memchr(next, '"', rest(next)));
      if (!quote) return fail("a text is not closed");
    }
    escape = static_cast<const char*>(
        std::memchr(next, '\\', static_cast<std::size_t>(std::max(quote, next) - next)));
  }
  text = {begin, length()};
  line_ += static_cast<std::uint32_t>(std::count(begin, quote, '\n'));
  at_ = quote + 1;
  if (!escaped) return true;
  const std::string_view raw = text;
  if (!unescape(raw, slots_.at(slot))) return false;
  text = slots_.at(slot);
  return true;
}

bool EdnScanner::unescape(std::string_view raw, std::string& text) {
  constexpr std::string_view kLetters = "tnrbf\"\\";
  constexpr std::string_view kMeant = "\t\n\r\b\f\"\\";
  text.clear();
  for (std::size_t i = 0; i < raw.size(); ++i) {
    if (raw[i] != '\\') {
      text.push_back(raw[i]);
      continue;
    }
    const char letter = raw[++i];  // an escape never ends a text
    if (const std::size_t known = kLetters.find(letter); known != kLetters.npos) {
      text.push_back(kMeant[known]);
      continue;
    }
    unsigned code = 0;
    const std::string_view digits = raw.substr(i + 1, 4);
    const char* end = digits.data() + digits.size();
    const bool hex = letter == 'u' && digits.size() == 4 &&
                     std::from_chars(digits.data(), end, code, 16).ptr == end;
    if (!hex || (code >= 0xD800 && code <= 0xDFFF)) {
      return fail(fmt::format("\\{} is no escape in a text", letter));
    }
    append_utf8(text, code);
    i += 4;
  }
  return true;
}

bool EdnScanner::scalar(Scalar& scalar, std::size_t slot) {
  const char c = peek();
  if (c == '"') {
    scalar.kind = Scalar::Kind::text;
    return text(scalar.text, slot);
  }
  if (c == '\0') return fail("it ends in the middle of an operation");
  if (kDelimiters[static_cast<unsigned char>(c)] || c == '#') {
    return fail(fmt::format("'{}' where a word, a number or a text is expected", c));
  }
  scalar.text = as_integers_are(atom());
  scalar.kind = scalar.text == "nil" ? Scalar::Kind::nil : Scalar::Kind::atom;
  return true;
}

bool EdnScanner::argument(Argument& argument, std::size_t slot) {
  const char c = peek();
  const bool closes = c == ')' || c == ']' || c == '}';
  if (c == '[') {
    const char* begin = at_;
    const std::uint32_t line = line_;
    if (pair(argument, slot)) return true;
    if (!problem_.empty()) return false;
    at_ = begin;
    line_ = line;
  } else if (c == '\0' || closes || !kDelimiters[static_cast<unsigned char>(c)] || c == '"') {
    argument.shape = Argument::Shape::scalar;
    if (c != '#') return scalar(argument.parts[0], slot);
  }
  argument.shape = Argument::Shape::other;
  return skip_form();
}

bool EdnScanner::pair(Argument& argument, std::size_t slot) {
  const auto is_scalar = [&] {
    const char c = peek();
    return c == '"' || (c != '#' && !kDelimiters[static_cast<unsigned char>(c)]);
  };
  next();
  if (!is_scalar() || !scalar(argument.parts[0], slot)) return false;
  argument.shape = Argument::Shape::pair;
  if (peek() == '[') {
    argument.shape = Argument::Shape::nested;
    next();
    if (!is_scalar() || !scalar(argument.parts[1], slot + 1)) return false;
    if (!is_scalar() || !scalar(argument.parts[2], slot + 2)) return false;
    if (peek() != ']') return false;
    next();
  } else if (!is_scalar() || !scalar(argument.parts[1], slot + 1)) {
    return false;
  }
  if (peek() != ']') return false;
  next();
  return true;
}

bool EdnScanner::skip_form() {
  std::array<char, kMostDepth> open{};
  std::size_t depth = 0;
  do {
    char c = peek();
    if (c == '\0') return fail("it ends in the middle of an operation");
    if (c == '#') {  // of a set
      next();
      if (at_ == end_ || *at_ != '{') return fail("'#' stands alone");
      c = '{';
    }
    if (c == '(' || c == '[' || c == '{') {
      if (depth == kMostDepth) return fail("it is nested too deeply");
      open[depth++] = closing(c);
      next();
    } else if (c == ')' || c == ']' || c == '}') {
      if (depth == 0 || open[depth - 1] != c) return fail(fmt::format("'{}' closes nothing", c));
      --depth;
      next();
    } else if (Scalar passed; !scalar(passed, kSlots - 1)) {
      return false;
    }
  } while (depth > 0);
  return true;
}

}  // namespace linearizability
