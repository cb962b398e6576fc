// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/verify/node_log.h"

#include <fmt/format.h>

#include "node/digest.h"

namespace verify {

std::uint64_t NodeLog::digest_at(Index index) const {
  return index == base_.index ? base_.digest : entries_.at(index - base_.index - 1).digest;
}

Term NodeLog::term_at(Index index) const {
  return index == base_.index ? base_.term : entries_.at(index - base_.index - 1).term;
}

std::optional<std::string> NodeLog::take(const NodeEvent& event) {
  if (const auto* appended = std::get_if<EntriesAppended>(&event.what)) {
    return append(event, *appended);
  }
  if (const auto* truncated = std::get_if<LogTruncated>(&event.what)) {
    return truncate(event, *truncated);
  }
  if (const auto* taken = std::get_if<SnapshotTaken>(&event.what)) return compact(*taken);
  if (const auto* installed = std::get_if<SnapshotInstalled>(&event.what)) {
    return install(*installed);
  }
  if (const auto* recovered = std::get_if<Recovered>(&event.what)) return restore(*recovered);
  if (const auto* persisted = std::get_if<Persisted>(&event.what)) return persist(*persisted);
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
  if (truncated.first <= snapshots_.last_decided().index) {
    return fmt::format("it deletes entries {} to {}, and its snapshot stands for all up to {}",
                       truncated.first.value, truncated.last.value,
                       snapshots_.last_decided().index.value);
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

std::optional<std::string> NodeLog::compact(const SnapshotTaken& taken) {
  const Index before = snapshots_.last_decided().index;
  if (taken.last.index <= before) {
    return fmt::format("it takes a snapshot up to {} when it has one up to {}",
                       taken.last.index.value, before.value);
  }
  snapshots_.decided({taken.last.index, taken.last.digest});
  return std::nullopt;
}

std::optional<std::string> NodeLog::install(const SnapshotInstalled& installed) {
  const Index before = snapshots_.last_decided().index;
  if (installed.last.index <= before) {
    return fmt::format("it installs a snapshot up to {} when it has one up to {}",
                       installed.last.index.value, before.value);
  }
  begin_after(installed.last);
  disk_.decided(tip());
  snapshots_.decided(tip());
  return std::nullopt;
}

std::optional<std::string> NodeLog::persist(const Persisted& persisted) {
  if (!disk_.persisted({persisted.log_index, persisted.digest})) {
    return fmt::format(
        "it says that a log up to {} with digest {} is durable, which it never had since it was "
        "durable up to {}",
        persisted.log_index.value, node::digest_text(persisted.digest),
        disk_.last_durable().index.value);
  }
  const Index before = snapshots_.last_durable().index;
  const bool had = snapshots_.persisted_where(
      [&](const Tip& snapshot) { return snapshot.index == persisted.snapshot_index; });
  if (had) return std::nullopt;
  return fmt::format(
      "it says that a snapshot up to {} is durable, which it never had since one up to {} was",
      persisted.snapshot_index.value, before.value);
}

// A snapshot becomes durable before the log that it cuts, so it may be newer than the log found;
// where the log does not reach it, or has something else there, it takes the log's place.
std::optional<std::string> NodeLog::restore(const Recovered& recovered) {
  const Tip snapshot{recovered.snapshot.index, recovered.snapshot.digest};
  const Tip durable = snapshots_.last_durable();
  if (!snapshots_.recovered(snapshot)) {
    return fmt::format(
        "it found a snapshot up to {} with digest {} on its disk; the last one known durable went "
        "up to {} (digest {}), and none that it decided on since is like that",
        snapshot.index.value, node::digest_text(snapshot.digest), durable.index.value,
        node::digest_text(durable.digest));
  }
  if (const auto problem = restore_log(recovered.last)) return problem;
  if (snapshot.index < base_.index) {
    return fmt::format("it found a log that begins after {} and a snapshot up to {} only",
                       base_.index.value, snapshot.index.value);
  }
  if (!holds(snapshot)) {
    return fmt::format("it found a log up to {} and a snapshot up to {} of another log",
                       last_index().value, snapshot.index.value);
  }
  return std::nullopt;
}

// A crash may bring back what had been cut off, where the cut was not durable yet.
std::optional<std::string> NodeLog::restore_log(const LogEntry& last) {
  const Tip tip{last.index, last.digest};
  const Tip durable = disk_.last_durable();
  const bool possible = disk_.recovered(tip);
  std::vector<Entry> brought_back;
  std::optional<LogEntry> base;
  Tip at = tip;
  while (!holds(at) && !base) {
    const auto found = removed_.find(at.digest);
    const auto begin = bases_.find(at.digest);
    if (found != removed_.end() && found->second.index == at.index) {
      brought_back.push_back({found->second.term, at.digest});
      at = {at.index.previous(), found->second.before};
    } else if (begin != bases_.end() && begin->second.index == at.index) {
      base = begin->second;
    } else {
      break;
    }
  }
  if (!possible || !(holds(at) || base)) {
    return fmt::format(
        "it found a log up to {} with digest {} on its disk; the last one known durable went up "
        "to {} (digest {}), and none that it decided on since is like that",
        tip.index.value, node::digest_text(tip.digest), durable.index.value,
        node::digest_text(durable.digest));
  }
  if (base) {
    begin_after(*base);
  } else {
    cut_after(at.index);
  }
  entries_.insert(entries_.end(), brought_back.rbegin(), brought_back.rend());
  return std::nullopt;
}

std::optional<LogEntry> NodeLog::entry_of(Tip tip, Index index) const {
  if (index > tip.index || index == Index{}) return std::nullopt;
  while (!holds(tip)) {
    const auto found = removed_.find(tip.digest);
    if (found == removed_.end() || found->second.index != tip.index) {
      const auto begin = bases_.find(tip.digest);
      const bool there = begin != bases_.end() && begin->second.index == index;
      return there && tip.index == index ? std::optional(begin->second) : std::nullopt;
    }
    if (tip.index == index) return LogEntry{index, found->second.term, tip.digest};
    tip = {tip.index.previous(), found->second.before};
  }
  if (index < base_.index) return std::nullopt;
  return LogEntry{index, term_at(index), digest_at(index)};
}

bool NodeLog::holds(Tip tip) const {
  return tip.index >= base_.index && tip.index <= last_index() &&
         digest_at(tip.index) == tip.digest;
}

void NodeLog::cut_after(Index index) {
  for (Index i = last_index(); i > index; i = i.previous()) {
    removed_[digest_at(i)] = {i, term_at(i), digest_at(i.previous())};
  }
  entries_.resize(index - base_.index);
}

void NodeLog::begin_after(const LogEntry& base) {
  cut_after(base_.index);
  base_ = base;
  bases_[base.digest] = base;
}

}  // namespace verify
