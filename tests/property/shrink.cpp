// SPDX-License-Identifier: Apache-2.0
#include "tests/property/shrink.h"

#include <algorithm>
#include <sstream>

namespace raft::property {
namespace {

using Lines = std::vector<std::string>;

// However long the script was, it is shrunk for so many steps of servers at most: some seconds.
constexpr std::uint64_t kMostSteps = 5'000'000;
// Of a script as short as this, pairs of lines are tried too.
constexpr std::size_t kFewLines = 40;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::vector<std::string> split(const std::string& text, char by) {
  std::istringstream in(text);
  std::vector<std::string> parts;
  for (std::string part; std::getline(in, part, by);)
    parts.push_back(part);
  return parts;
}

std::string joined(const std::vector<std::string>& parts, char by) {
  std::string all;
  for (const std::string& part : parts)
    all += (&part == &parts.front() ? "" : std::string(1, by)) + part;
  return all;
}

// "nth=3" with smaller numbers, "300ms" with shorter times, "n3" with other servers.
void add_smaller_numbers(const std::string& word, std::vector<std::string>& simpler) {
  const auto digit = std::find_if(word.begin(), word.end(), is_digit);
  if (digit == word.end()) return;
  const auto end = std::find_if_not(digit, word.end(), is_digit);
  if (end - digit > 9) return;
  const unsigned long number = std::stoul(std::string(digit, end));
  for (const unsigned long smaller : {0ul, 1ul, 2ul, 3ul, number / 2, number - 1}) {
    if (smaller < number) {
      simpler.push_back(std::string(word.begin(), digit) + std::to_string(smaller) +
                        std::string(end, word.end()));
    }
  }
}

// "voters=1,2,3" without one of them.
void add_shorter_lists(const std::string& word, std::vector<std::string>& simpler) {
  const std::size_t equals = word.find('=');
  if (equals == word.npos || word.find(',') == word.npos) return;
  const std::vector<std::string> items = split(word.substr(equals + 1), ',');
  for (std::size_t i = 0; i < items.size(); ++i) {
    std::vector<std::string> fewer = items;
    fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(i));
    simpler.push_back(word.substr(0, equals + 1) + joined(fewer, ','));
  }
}

// "n1->n3" where n2 is no more; nothing where it was about n2.
std::optional<std::string> renumbered(const std::string& word, std::uint64_t gone) {
  std::string out;
  for (std::size_t at = 0; at < word.size();) {
    const bool is_server =
        word[at] == 'n' && at + 1 < word.size() && is_digit(word[at + 1]) &&
        (at == 0 || word[at - 1] == '>' || word[at - 1] == '-' || word[at - 1] == '=');
    if (!is_server) {
      out += word[at++];
      continue;
    }
    std::size_t length = 0;
    const std::uint64_t server = std::stoul(word.substr(at + 1), &length);
    if (server == gone) return std::nullopt;
    out += "n" + std::to_string(server > gone ? server - 1 : server);
    at += 1 + length;
  }
  return out;
}

// "voters=1,2" of "voters=1,2,3" where one is no more; nothing where there are no others.
std::optional<std::string> renumbered_list(const std::string& word, std::uint64_t gone) {
  const std::size_t equals = word.find('=');
  std::vector<std::string> left;
  for (const std::string& item : split(word.substr(equals + 1), ',')) {
    const std::uint64_t server = std::stoul(item);
    if (server != gone) left.push_back(std::to_string(server > gone ? server - 1 : server));
  }
  if (left.empty()) return std::nullopt;
  return word.substr(0, equals + 1) + joined(left, ',');
}

// The script without a server, those after it named one lower; lines about it are left out.
Lines without_server(const Lines& lines, std::uint64_t gone, std::uint64_t servers) {
  Lines out;
  for (const std::string& line : lines) {
    std::vector<std::string> words;
    bool is_about_others = true;
    for (const std::string& word : split(line, ' ')) {
      const bool is_list = word.rfind("voters=", 0) == 0 || word.rfind("learners=", 0) == 0;
      auto other = is_list ? renumbered_list(word, gone) : renumbered(word, gone);
      if (other && word == "n=" + std::to_string(servers)) {
        other = "n=" + std::to_string(servers - 1);
      }
      if (other) words.push_back(*other);
      is_about_others = is_about_others && (other || is_list);
    }
    if (is_about_others) out.push_back(joined(words, ' '));
  }
  return out;
}

// Each line that differs from this one by one word less, or a simpler one; and for time that
// passes, the end of one election timer.
std::vector<std::string> simpler_lines(const std::string& line, std::uint64_t servers) {
  const std::vector<std::string> words = split(line, ' ');
  std::vector<std::string> lines;
  for (std::size_t i = 1; i < words.size(); ++i) {
    std::vector<std::string> fewer = words;
    fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(i));
    lines.push_back(joined(fewer, ' '));
  }
  for (std::size_t i = 1; i < words.size(); ++i) {
    std::vector<std::string> simpler;
    add_shorter_lists(words[i], simpler);
    add_smaller_numbers(words[i], simpler);
    for (const std::string& word : simpler) {
      std::vector<std::string> other = words;
      other[i] = word;
      lines.push_back(joined(other, ' '));
    }
  }
  if (words.front() == "run" || words.front() == "advance" || words.front() == "tick") {
    for (std::uint64_t i = 1; i <= servers; ++i)
      lines.push_back("timeout n" + std::to_string(i));
  }
  return lines;
}

// The 3 of "cluster n=3".
std::uint64_t servers_of(const std::string& cluster) {
  for (const std::string& word : split(cluster, ' ')) {
    if (word.rfind("n=", 0) == 0) return std::stoul(word.substr(2));
  }
  return 3;
}

class Shrinker {
 public:
  explicit Shrinker(const Trial& failing)
      : invariant_(failing.failure->invariant), best_(failing.lines) {}

  Lines run() {
    do {
      progress_ = false;
      leave_out_lines();
      leave_out_servers();
      simplify_lines();
      if (!progress_) leave_out_pairs();
    } while (progress_ && steps_ < kMostSteps);
    return best_;
  }

 private:
  // Takes `candidate`, without the lines that can't be carried out, where it is smaller and fails
  // as the first one did.
  bool take(const Lines& candidate) {
    if (steps_ > kMostSteps) return false;
    const Trial trial = play(candidate);
    steps_ += trial.coverage.steps + candidate.size();
    if (!fails(trial) || !is_smaller(trial.lines)) return false;
    // A line that can't be carried out may have done something all the same.
    if (trial.lines.size() < candidate.size() && !fails(play(trial.lines))) return false;
    best_ = trial.lines;
    return progress_ = true;
  }

  bool fails(const Trial& trial) const {
    return trial.failure && trial.failure->invariant == invariant_;
  }

  bool is_smaller(const Lines& lines) const {
    const std::string mine = joined(lines, '\n');
    const std::string its = joined(best_, '\n');
    return std::tuple(lines.size(), mine.size(), mine) < std::tuple(best_.size(), its.size(), its);
  }

  // In halves, quarters and so on, down to single lines; or one "stabilize" in place of several.
  void leave_out_lines() {
    for (std::size_t size = std::max<std::size_t>(best_.size() / 2, 1); size > 0; size /= 2) {
      for (std::size_t at = 1; at < best_.size();) {
        const std::size_t end = std::min(at + size, best_.size());
        Lines candidate(best_.begin(), best_.begin() + static_cast<std::ptrdiff_t>(at));
        const Lines rest(best_.begin() + static_cast<std::ptrdiff_t>(end), best_.end());
        candidate.insert(candidate.end(), rest.begin(), rest.end());
        if (take(candidate)) continue;
        candidate.insert(candidate.begin() + static_cast<std::ptrdiff_t>(at), "stabilize");
        if (end - at < 2 || !take(candidate)) at += size;
      }
    }
  }

  // Of a short script: two lines that make sense only together.
  void leave_out_pairs() {
    for (std::size_t a = 1; a < best_.size() && best_.size() <= kFewLines; ++a) {
      for (std::size_t b = a + 1; b < best_.size(); ++b) {
        Lines candidate = best_;
        candidate.erase(candidate.begin() + static_cast<std::ptrdiff_t>(b));
        candidate.erase(candidate.begin() + static_cast<std::ptrdiff_t>(a));
        if (take(candidate)) --b;
      }
    }
  }

  void leave_out_servers() {
    std::uint64_t servers = servers_of(best_.front());
    for (std::uint64_t gone = servers; gone > 0 && servers > 1; --gone) {
      if (take(without_server(best_, gone, servers))) --servers;
    }
  }

  void simplify_lines() {
    for (std::size_t at = 0; at < best_.size(); ++at) {
      bool again = true;
      while (again) {
        again = false;
        for (const std::string& line : simpler_lines(best_[at], servers_of(best_.front()))) {
          Lines candidate = best_;
          candidate[at] = line;
          if (!take(candidate)) continue;
          again = at < best_.size();
          break;
        }
      }
    }
  }

  std::string invariant_;
  Lines best_;
  bool progress_ = false;
  std::uint64_t steps_ = 0;
};

}  // namespace

Lines shrink(const Trial& failing) {
  return Shrinker(failing).run();
}

}  // namespace raft::property
