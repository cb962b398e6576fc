// SPDX-License-Identifier: Apache-2.0
// What clients wrote, found again in what they read: what was written once must not stand in a
// value twice. Told from the clients' side alone, whatever the nodes say.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

namespace verify {

class WrittenValues {
 public:
  void written(const std::string& value);
  // A value that was written once and stands twice in what was read of `key`. Nothing is said of a
  // text that can't be taken apart into written values, the longest first.
  std::optional<std::string> repeated(const std::string& key, const std::string& read);

 private:
  struct Text {
    std::string value;  // as last read
    std::unordered_set<std::string> parts;
  };

  std::string_view longest_at(std::string_view text) const;

  std::unordered_map<std::string, unsigned> written_;  // how often
  std::set<std::size_t, std::greater<>> sizes_;        // of the written values
  std::unordered_map<std::string, Text> texts_;  // by key: what grows is taken apart only once
};

}  // namespace verify
