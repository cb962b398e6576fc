// SPDX-License-Identifier: Apache-2.0
#include "tests/format/style.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

namespace style {
namespace {

constexpr std::size_t kMaxLines = 600;
constexpr std::size_t kMaxColumns = 100;

enum class Kind { cpp, script, prose, other };

struct Ban {
  std::string_view word;
  std::string_view why;
};

constexpr Ban kUnfinished[] = {
    {"TODO", "finish it or open an issue"},
    {"FIXME", "finish it or open an issue"},
    {"XXX", "finish it or open an issue"},
    {"HACK", "finish it or open an issue"},
};

constexpr Ban kEverywhere[] = {
    {"sleep_for", "wait for the event"},
    {"sleep_until", "wait for the event"},
    {"usleep", "wait for the event"},
    {"nanosleep", "wait for the event"},
    {"sleep(", "wait for the event"},
    {"<ranges>", "clang 14 does not compile it"},
    {"<source_location>", "clang 14 does not compile it"},
    {"<format>", "g++ 12 does not have it: use fmt"},
    {"<expected>", "g++ 12 does not have it in C++20"},
};

constexpr Ban kInPureParts[] = {
    {"steady_clock", "a pure part is told the time"},
    {"system_clock", "a pure part is told the time"},
    {"high_resolution_clock", "a pure part is told the time"},
    {"clock_gettime", "a pure part is told the time"},
    {"gettimeofday", "a pure part is told the time"},
    {"std::time(", "a pure part is told the time"},
    {"random_device", "a pure part is given its randomness"},
    {"rand(", "a pure part is given its randomness"},
    {"thread", "a pure part knows no thread"},
    {"jthread", "a pure part knows no thread"},
    {"thread_local", "a pure part knows no thread"},
    {"mutex", "a pure part knows no thread"},
    {"condition_variable", "a pure part knows no thread"},
    {"zmq", "a pure part knows no socket"},
    {"getenv", "a pure part is told what it needs"},
};

constexpr Ban kInRaft[] = {
    {"fstream", "raft writes no file"},    {"fopen(", "raft writes no file"},
    {"filesystem", "raft writes no file"}, {"iostream", "raft prints nothing"},
    {"atomic", "raft knows no thread"},
};

constexpr std::string_view kHeavyHeaders[] = {"zmq.hpp", "cereal/", "nlohmann/",   "yaml-cpp/",
                                              "spdlog/", "CLI/",    "fmt/chrono.h"};

struct Direction {
  std::string_view from;
  std::vector<std::string_view> to;
};

const std::vector<Direction>& directions() {
  static const std::vector<Direction> all = {
      {"raft/", {"raft/"}},
      {"proxy/", {"proxy/"}},
      {"node/", {"node/", "raft/", "proxy/wire/", "proxy/edge/"}},
      {"orchestrator/", {"orchestrator/", "node/", "proxy/", "raft/"}},
      {"tests/", {"tests/", "orchestrator/", "node/", "proxy/", "raft/"}},
  };
  return all;
}

template <class Prefixes>
bool starts_with_any(std::string_view text, const Prefixes& prefixes) {
  return std::any_of(std::begin(prefixes), std::end(prefixes),
                     [&](std::string_view prefix) { return text.starts_with(prefix); });
}

bool is_word_char(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

bool has_word(std::string_view text, std::string_view word) {
  for (std::size_t at = text.find(word); at != text.npos; at = text.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    const bool starts = at == 0 || !is_word_char(word.front()) || !is_word_char(text[at - 1]);
    const bool ends = end == text.size() || !is_word_char(word.back()) || !is_word_char(text[end]);
    if (starts && ends) return true;
  }
  return false;
}

bool ends_with_any(std::string_view text, std::initializer_list<std::string_view> ends) {
  return std::any_of(ends.begin(), ends.end(),
                     [&](std::string_view end) { return text.ends_with(end); });
}

Kind kind_of(std::string_view path) {
  if (ends_with_any(path, {".h", ".cpp", ".hpp", ".hh", ".cc", ".cxx"})) return Kind::cpp;
  if (ends_with_any(path, {"CMakeLists.txt", ".cmake", ".sh", ".py"})) return Kind::script;
  if (path == "squall" || path == ".ci/run") return Kind::script;
  if (ends_with_any(path, {".md", ".yaml"})) return Kind::prose;
  return Kind::other;
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::size_t columns(std::string_view line) {  // UTF-8: what is no continuation byte counts
  return static_cast<std::size_t>(
      std::count_if(line.begin(), line.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

struct Parts {
  std::string code;  // string literals are empty in it
  std::string_view comment;
};

Parts parts_of(std::string_view line) {
  Parts parts;
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const bool in_char = i > 0 && line[i - 1] == '\'';
    if (quoted && line[i] == '\\') {
      ++i;
    } else if (line[i] == '"' && !(in_char && !quoted)) {
      quoted = !quoted;
      parts.code += '"';
    } else if (!quoted && line.substr(i).starts_with("//")) {
      parts.comment = line.substr(i);
      return parts;
    } else if (!quoted) {
      parts.code += line[i];
    }
  }
  return parts;
}

class Review {
 public:
  Review(std::string_view path, std::string_view text, const std::vector<Allowance>& allowed)
      : path_(path), kind_(kind_of(path)), lines_(lines_of(text)), allowed_(allowed) {}

  std::vector<Offence> run() {
    if (kind_ == Kind::other) return {};
    if (kind_ != Kind::prose) whole_file();
    if (kind_ == Kind::cpp) cpp_file();
    for (line_ = 1; line_ <= lines_.size(); ++line_) {
      const std::string_view line = lines_[line_ - 1];
      if (kind_ != Kind::prose && columns(line) > kMaxColumns) {
        offend(fmt::format("more than {} columns", kMaxColumns));
      }
      if (kind_ == Kind::cpp) {
        cpp_line(line);
      } else {
        ban(line, kUnfinished);
      }
    }
    line_ = 1;
    for (const Allowance& a : allowed_) {
      if (a.path == path_ && std::find(used_.begin(), used_.end(), a.word) == used_.end()) {
        offend(fmt::format("the allowance of '{}' is not needed", a.word));
      }
    }
    return std::move(found_);
  }

 private:
  void offend(std::string what) { found_.push_back({line_, std::move(what)}); }

  template <class Bans>
  void ban(std::string_view text, const Bans& bans) {
    for (const Ban& b : bans) {
      if (has_word(text, b.word) && !allowed(b.word)) {
        offend(fmt::format("'{}': {}", b.word, b.why));
      }
    }
  }

  bool allowed(std::string_view word) {
    for (const Allowance& a : allowed_) {
      if (a.path == path_ && a.word == word) {
        used_.push_back(word);
        return true;
      }
    }
    return false;
  }

  void whole_file() {
    const std::string_view comment = kind_ == Kind::cpp ? "//" : "#";
    const std::string licence = fmt::format("{} SPDX-License-Identifier: Apache-2.0", comment);
    const bool script = !lines_.empty() && lines_[0].starts_with("#!");
    const std::size_t at = script ? 1 : 0;
    line_ = at + 1;
    if (lines_.size() <= at || lines_[at] != licence) offend(fmt::format("not '{}'", licence));
    line_ = kMaxLines + 1;
    if (lines_.size() > kMaxLines) offend(fmt::format("more than {} lines", kMaxLines));
  }

  void cpp_file() {
    line_ = 1;
    const bool header = path_.ends_with(".h");
    if (!header && !path_.ends_with(".cpp")) offend("a C++ file ends in .h or .cpp");
    const bool snake = std::all_of(path_.begin(), path_.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '/' || c == '.';
    });
    if (!snake) offend("files and folders are named in snake_case");
    if (header && std::find(lines_.begin(), lines_.end(), "#pragma once") == lines_.end()) {
      offend("a header has '#pragma once'");
    }
  }

  void cpp_line(std::string_view line) {
    const Parts parts = parts_of(line);
    ban(parts.code, kUnfinished);
    ban(parts.comment, kUnfinished);
    ban(parts.code, kEverywhere);
    if (starts_with_any(path_, pure_parts())) ban(parts.code, kInPureParts);
    if (path_.starts_with("raft/")) ban(parts.code, kInRaft);
    if (line.starts_with("#include \"")) include_ours(line.substr(10, line.rfind('"') - 10));
    if (line.starts_with("#include <")) include_theirs(line.substr(10, line.rfind('>') - 10));
  }

  void include_ours(std::string_view header) {
    for (const Direction& d : directions()) {
      if (path_.starts_with(d.from) && !starts_with_any(header, d.to)) {
        offend(fmt::format("{} includes only {}", d.from, fmt::join(d.to, ", ")));
      }
    }
  }

  void include_theirs(std::string_view header) {
    const bool standard = header.find_first_of("./") == header.npos;
    if (path_.starts_with("raft/") && !standard) {
      offend("raft/ includes only raft/ and the standard library");
    }
    const bool heavy = path_.ends_with(".h") && starts_with_any(header, kHeavyHeaders) &&
                       header != "nlohmann/json_fwd.hpp";
    if (heavy && !allowed(header)) {
      offend(fmt::format("<{}> is slow to compile: include it in a .cpp", header));
    }
  }

  std::string_view path_;
  Kind kind_;
  std::vector<std::string_view> lines_;
  const std::vector<Allowance>& allowed_;
  std::vector<std::string_view> used_;
  std::size_t line_ = 1;
  std::vector<Offence> found_;
};

}  // namespace

const std::vector<Allowance>& allowances() {
  static const std::vector<Allowance> all = {
      {"node/cereal_bytes.h", "cereal/archives/portable_binary.hpp",
       "shared by the codecs' .cpp files, and by nothing else"},
      {"proxy/edge/sockets.h", "zmq.hpp", "for the loops, which are about sockets"},
  };
  return all;
}

const std::vector<std::string_view>& pure_parts() {
  static const std::vector<std::string_view> all = {
      "raft/",
      "proxy/wire/",
      "proxy/rules.",
      "proxy/network.",
      "node/server.",
      "orchestrator/verify/",
      "orchestrator/workload/",
      "node/store.",
      "node/wal.",
      "orchestrator/scenario/",
      "orchestrator/cluster/simulated_",
      "proxy/sums.",
      "proxy/delay_queue.",
  };
  return all;
}

std::vector<Offence> offences(std::string_view path, std::string_view text,
                              const std::vector<Allowance>& allowed) {
  return Review(path, text, allowed).run();
}

}  // namespace style
