// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/verify/written_values.h"

namespace verify {

void WrittenValues::written(const std::string& value) {
  if (value.empty()) return;
  ++written_[value];
  sizes_.insert(value.size());
}

std::string_view WrittenValues::longest_at(std::string_view text) const {
  std::string candidate;
  for (const std::size_t size : sizes_) {
    if (size > text.size()) continue;
    candidate.assign(text.substr(0, size));
    if (written_.contains(candidate)) return text.substr(0, size);
  }
  return {};
}

std::optional<std::string> WrittenValues::repeated(const std::string& key,
                                                   const std::string& read) {
  Text& known = texts_[key];
  if (known.value.starts_with(read)) return std::nullopt;
  if (!read.starts_with(known.value)) known = {};
  std::string_view rest = std::string_view(read).substr(known.value.size());
  while (!rest.empty()) {
    const std::string_view part = longest_at(rest);
    if (part.empty()) {  // not made of written values alone: start afresh with the next read
      known = {};
      return std::nullopt;
    }
    std::string value(part);
    const bool once = written_.at(value) == 1;
    if (!known.parts.insert(value).second && once) {
      known = {};
      return value;
    }
    rest.remove_prefix(part.size());
  }
  known.value = read;
  return std::nullopt;
}

}  // namespace verify
