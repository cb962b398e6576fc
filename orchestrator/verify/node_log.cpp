// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/verify/node_log.h"

#include <fmt/format.h>

#include "node/digest.h"

namespace verify {

std::uint64_t NodeLog::digest_at(Index index) const {
  return index == Index{} ? 0 : entries_.at(index.value - 1).digest;
}

Term NodeLog::term_at(Index index) const {
  return index == Index{} ? Term{} : entries_.at(index.value - 1).term;
}

std::optional<std::string> NodeLog::take(const NodeEvent& event) {
  if (const auto* appended = std::get_if<EntriesAppended>(&event.what)) {
    return append(event, *appended);
  }
  if (const auto* truncated = std::get_if<LogTruncated>(&event.what)) {
    return truncate(event, *truncated);
  }
  if (const auto* recovered = std::get_if<Recovered>(&event.what)) return restore(*recovered);
  if (const auto* persisted = std::get_if<Persisted>(&event.what)) {
    if (!disk_.persisted({persisted->log_index, persisted->digest})) {
      return fmt::format(
          "it says that a log up to {} with digest {} is durable, which it never had since it was "
          "durable up to {}",
          persisted->log_index.value, node::digest_text(persisted->digest),
          disk_.last_durable().index.value);
    }
  }
  return std::nullopt;
}

std::optional<std::string> NodeLog::append(const NodeEvent& event,
                                           const EntriesAppended& appended) {
  for (const LogEntry& entry : appended.entries) {
    if (entry.index != last_index().next()) {
      return fmt::format("it appends entry {} to a log that ends at {}", entry.index.value,
                         last_index().value);
    }
    if (entry.term < last_term() || entry.term > event.term) {
      return fmt::format("it appends entry {} of term {} after one of term {}, in term {}",
                         entry.index.value, entry.term.value, last_term().value, event.term.value);
    }
    entries_.push_back({entry.term, entry.digest});
  }
  disk_.decided(tip());
  return std::nullopt;
}

std::optional<std::string> NodeLog::truncate(const NodeEvent& event,
                                             const LogTruncated& truncated) {
  if (truncated.first == Index{} || truncated.first > truncated.last ||
      truncated.last != last_index()) {
    return fmt::format("it deletes entries {} to {} of a log that ends at {}",
                       truncated.first.value, truncated.last.value, last_index().value);
  }
  if (event.role == Role::leader) {
    return fmt::format(
        "it deletes entries {} to {} of its own log while it leads term {} (Leader Append-Only, "
        "Figure 3, section 5.3)",
        truncated.first.value, truncated.last.value, event.term.value);
  }
  cut_after(truncated.first.previous());
  disk_.decided(tip());
  return std::nullopt;
}

// A crash may bring back what had been cut off, where the cut was not durable yet.
std::optional<std::string> NodeLog::restore(const Recovered& recovered) {
  const Tip tip{recovered.log_index, recovered.digest};
  const Tip durable = disk_.last_durable();
  const bool possible = disk_.recovered(tip);
  std::vector<Entry> brought_back;
  Tip at = tip;
  while (!holds(at)) {
    const auto found = removed_.find(at.digest);
    if (found == removed_.end() || found->second.index != at.index) break;
    brought_back.push_back({found->second.term, at.digest});
    at = {at.index.previous(), found->second.before};
  }
  if (!possible || !holds(at)) {
    return fmt::format(
        "it found a log up to {} with digest {} on its disk; the last one known durable went up "
        "to {} (digest {}), and none that it decided on since is like that",
        tip.index.value, node::digest_text(tip.digest), durable.index.value,
        node::digest_text(durable.digest));
  }
  cut_after(at.index);
  entries_.insert(entries_.end(), brought_back.rbegin(), brought_back.rend());
  return std::nullopt;
}

std::optional<LogEntry> NodeLog::entry_of(Tip tip, Index index) const {
  if (index > tip.index || index == Index{}) return std::nullopt;
  while (!holds(tip)) {
    const auto found = removed_.find(tip.digest);
    if (found == removed_.end() || found->second.index != tip.index) return std::nullopt;
    if (tip.index == index) return LogEntry{index, found->second.term, tip.digest};
    tip = {tip.index.previous(), found->second.before};
  }
  return LogEntry{index, term_at(index), digest_at(index)};
}

bool NodeLog::holds(Tip tip) const {
  return tip.index <= last_index() && digest_at(tip.index) == tip.digest;
}

void NodeLog::cut_after(Index index) {
  for (Index i = last_index(); i > index; i = i.previous()) {
    removed_[digest_at(i)] = {i, term_at(i), digest_at(i.previous())};
  }
  entries_.resize(index.value);
}

}  // namespace verify
