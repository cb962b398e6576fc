// SPDX-License-Identifier: Apache-2.0
// "Updated on stable storage before responding to RPCs" (Figure 2): what is written, and which
// messages wait for it. Amended for refusals: they promise nothing that a crash could break, and
// wait for no write.
#include <algorithm>

#include "raft/assert.h"
#include "raft/raft.h"

namespace raft {

void Durability::truncated(Index first) {
  for (Write& write : in_flight_)
    write.last_index = std::min(write.last_index, first.previous());
  durable_index_ = std::min(durable_index_, first.previous());
}

void Durability::persisted(WriteId id) {
  durable_write_ = std::max(durable_write_, id);
  while (!in_flight_.empty() && in_flight_.front().id <= id) {
    durable_index_ = std::max(durable_index_, in_flight_.front().last_index);
    in_flight_.pop_front();
  }
}

WriteId Durability::write_for(Index index) const {
  if (index <= durable_index_) return WriteId{};
  // Every entry of the log is durable or being written.
  const auto write = std::find_if(in_flight_.begin(), in_flight_.end(),
                                  [index](const Write& w) { return w.last_index >= index; });
  RAFT_ASSERT(write != in_flight_.end());
  return write->id;
}

// The write of this step: one step makes one write at the most, so that what belongs together is
// atomic.
Write& Raft::write() {
  if (!out_.write) {
    ++last_write_;
    out_.write.emplace();
    out_.write->id = last_write_;
    if (rebase_) out_.write->base = Write::Base{log_.base_index(), log_.base_term(), true};
    rebase_ = false;
  }
  return *out_.write;
}

void Raft::persist_hard_state() {
  write().hard_state = hard_state_;
  hard_state_write_ = last_write_;
}

void Raft::append_to_log(std::vector<Entry> entries) {
  if (entries.empty()) return;
  Write& w = write();
  const Index first = log_.last_index().next();
  if (w.entries.empty()) w.first_index = first;
  w.entries.reserve(w.entries.size() + entries.size());
  std::vector<std::pair<Index, Configuration>> configurations;
  for (Entry& entry : entries) {
    if (role() == Role::leader && entry.command) uncommitted_bytes_ += entry.command->size();
    w.entries.push_back(entry);
    log_.append(std::move(entry));
    if (w.entries.back().kind != EntryKind::configuration) continue;
    configurations.emplace_back(log_.last_index(),
                                *decode_configuration(*w.entries.back().command));
  }
  durability_.written(w.id, log_.last_index());
  note(EntriesAppended{first, log_.last_index()});
  for (auto& [index, configuration] : configurations) {
    configuration_appended(index, std::move(configuration));
  }
}

void Raft::truncate_log(Index first) {
  RAFT_ASSERT(first > commit_index_);
  Write& w = write();
  RAFT_ASSERT(w.entries.empty());
  w.truncate_from = first;
  note(LogTruncated{first, log_.last_index()});
  log_.truncate_from(first);
  durability_.truncated(first);
  roll_back_configurations(first);
}

void Raft::send(NodeId to, Message message, MessageId reply_to) {
  out_.messages.push_back({to, std::move(message), reply_to});
}

// Sends the message when `write` is durable, at once if it is already.
void Raft::send_after(WriteId write, NodeId to, Message message, MessageId reply_to) {
  if (write <= durability_.durable_write()) {
    send(to, std::move(message), reply_to);
  } else {
    promises_.push_back({write, {to, std::move(message), reply_to}});
  }
}

// Sends what waited for writes that are durable now. A promise stays true whatever happened since;
// a request of a candidacy that is over is of no use to anyone.
void Raft::keep_promises() {
  auto kept = std::stable_partition(promises_.begin(), promises_.end(), [this](const Promise& p) {
    return p.after > durability_.durable_write();
  });
  for (auto promise = kept; promise != promises_.end(); ++promise) {
    const auto* request = std::get_if<RequestVote>(&promise->outgoing.message);
    if (request && (role() != Role::candidate || request->term != term())) continue;
    out_.messages.push_back(std::move(promise->outgoing));
  }
  promises_.erase(kept, promises_.end());
}

}  // namespace raft
