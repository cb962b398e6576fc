// SPDX-License-Identifier: Apache-2.0
// A line of a script taken apart: a verb, words and settings, "cluster n=3 profile=default". What
// is not understood is an error; so is what nobody asked for.
#pragma once

#include <map>

#include "raft/settings.h"

namespace raft::golden {

class Arguments {
 public:
  explicit Arguments(const std::string& line);

  const std::string& verb() const { return verb_; }
  // Takes the next word; an error where there is none.
  std::string word();
  // Takes the next word if it is this one.
  bool flag(const std::string& word);
  // Takes all words that are left.
  std::vector<std::string> words();
  bool has_word() const { return !words_.empty(); }
  const std::string& peek() const { return words_.front(); }
  // Takes the value of `key`, or nothing.
  std::optional<std::string> value(const std::string& key);
  // Takes all values that are left.
  std::map<std::string, std::string> values();
  // Fails where anything is left.
  void done() const;

 private:
  std::string verb_;
  std::vector<std::string> words_;
  std::map<std::string, std::string> values_;
};

// Each throws std::invalid_argument and says what is wrong.
std::uint64_t number_from(const std::string& text);
NodeId node_from(const std::string& text);                         // "n1"
Duration duration_from(const std::string& text);                   // "50ms", "2s"
std::vector<std::uint64_t> numbers_from(const std::string& text);  // "1,2,3"
std::vector<NodeId> nodes_from(const std::string& text);           // "1,2,3"
// "pre_vote=true" and the like.
void set(Settings& settings, const std::string& key, const std::string& value);

}  // namespace raft::golden
