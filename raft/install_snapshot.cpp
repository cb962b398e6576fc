// SPDX-License-Identifier: Apache-2.0
// Figure 13, "InstallSnapshot RPC" (section 7), on both sides, and compaction of the own log.
#include <algorithm>

#include "raft/assert.h"
#include "raft/raft.h"

namespace raft {

const char* Raft::impossible(NodeId from, const InstallSnapshot& request) const {
  const std::uint64_t chunk = request.data ? request.data->size() : 0;
  const bool well_formed =
      request.data && request.term > Term{} && request.last_included_index > Index{} &&
      request.last_included_term > Term{} && request.last_included_term <= request.term &&
      request.last_included_index.value <= kMostTermOrIndex &&
      decode_configuration(encode(request.configuration)) &&
      request.size <= settings_.max_snapshot_bytes && request.offset <= request.size &&
      chunk <= request.size - request.offset;
  if (!well_formed) return "a chunk that no snapshot has";
  if (request.term < term()) return nullptr;
  if (second_leader(from, request.term)) return "a second leader in one term";
  // Terms never decrease along a log: what follows a committed entry is of no earlier term.
  const Index index = request.last_included_index;
  const bool conflict =
      index > commit_index_
          ? log_.term_at(commit_index_) > request.last_included_term
          : index >= log_.base_index() && log_.term_at(index) != request.last_included_term;
  return conflict ? "a snapshot that conflicts with a committed entry" : nullptr;
}

// Receiver implementation.
void Raft::handle(NodeId from, MessageId id, InstallSnapshot& request) {
  InstallSnapshotReply reply{.term = term(),
                             .asked_in = request.term,
                             .last_included_index = request.last_included_index,
                             .next_offset = 0,
                             .installed = false,
                             .round = request.round};
  // "1. Reply immediately if term < currentTerm"
  if (request.term < term()) return send(from, reply, id);
  heard_from_leader(from);

  // "6. If existing log entry has same index and term as snapshot's last included entry, retain log
  // entries following it and reply": all that the snapshot stands for is in the log, or was
  // compacted away here too.
  const Index index = request.last_included_index;
  if (index <= log_.base_index() || log_.term_at(index) == request.last_included_term) {
    advance_commit(index, {});
  } else if (take_chunk(request)) {
    install(from, request, std::make_shared<const std::string>(std::move(incoming_->data)));
  } else {
    // "4. Reply and wait for more data chunks if done is false"
    reply.next_offset = incoming_->data.size();
    return send(from, reply, id);
  }
  // "5. [...] discard any existing or partial snapshot with a smaller index."
  if (incoming_ && incoming_->index <= index) incoming_.reset();
  reply.installed = true;
  reply.next_offset = request.size;
  send_after(std::max(hard_state_write_, durability_.write_for(index)), from, reply, id);
}

// "2. Create new snapshot file if first chunk (offset is 0). 3. Write data into snapshot file at
// given offset": true when all of it is there. A chunk that does not follow what is there is left
// out; the reply says which one is wanted.
bool Raft::take_chunk(const InstallSnapshot& request) {
  const bool same = incoming_ && incoming_->index == request.last_included_index &&
                    incoming_->term == request.last_included_term &&
                    incoming_->size == request.size;
  if (!same) {
    incoming_ = Incoming{request.last_included_index, request.last_included_term, request.size, {}};
  }
  if (request.offset == incoming_->data.size()) incoming_->data += *request.data;
  return incoming_->data.size() == request.size;
}

// "5. Save snapshot file [...]. 7. Discard the entire log. 8. Reset state machine using snapshot
// contents (and load snapshot's cluster configuration)": the state once it is durable.
void Raft::install(NodeId from, const InstallSnapshot& request, Command data) {
  const Index index = request.last_included_index;
  snapshot_ = Snapshot{index, request.last_included_term, request.configuration, std::move(data)};
  Write& w = write();
  w.snapshot = snapshot_;
  w.base = Write::Base{index, request.last_included_term, true};
  log_.reset(index, request.last_included_term);
  durability_.truncated(Index{1});
  durability_.written(w.id, index);
  commit_index_ = index;
  restoring_ = Restoring{w.id, *snapshot_};
  note(SnapshotInstalled{from, index, request.last_included_term});
  configurations_.clear();
  configuration_appended(index, request.configuration);
}

// "Each server takes snapshots independently, covering just the committed entries in its log."
void Raft::handle(Compact& compact) {
  RAFT_ASSERT(compact.index <= last_applied_);
  if (compact.index <= log_.base_index() || (snapshot_ && compact.index <= snapshot_->index))
    return;
  // No follower would take it.
  if (compact.data->size() > settings_.max_snapshot_bytes) return;
  snapshot_ = Snapshot{compact.index, *log_.term_at(compact.index), configuration_at(compact.index),
                       std::move(compact.data)};
  Write& w = write();
  w.snapshot = snapshot_;
  note(SnapshotTaken{snapshot_->index, snapshot_->term});
  const std::uint64_t trailing = std::min(settings_.trailing_entries, compact.index.value);
  const Index base = compact.index - trailing;
  if (base <= log_.base_index()) return;
  log_.compact_to(base);
  forget_configurations_before(base);
  w.base = Write::Base{base, log_.base_term(), false};
}

const char* Raft::impossible(NodeId, const InstallSnapshotReply& reply) const {
  if (reply.term < reply.asked_in) return "a reply of a term before its request's";
  if (role() != Role::leader || reply.term != term() || reply.asked_in != term()) return nullptr;
  if (reply.round > std::get<Leader>(role_).round) return "an answer to a round that has not begun";
  return reply.last_included_index > log_.last_index() ? "an acknowledgement of what was not sent"
                                                       : nullptr;
}

// The leader's side: chunk by chunk, each after the answer to the one before, from where the
// follower says.
void Raft::handle(NodeId from, MessageId, InstallSnapshotReply& reply) {
  if (role() != Role::leader || reply.asked_in != term()) return;
  Progress* progress = progress_of(from);
  if (!progress) return;
  answer(*progress, reply.round);
  if (reply.installed) {
    accepted_up_to(*progress, reply.last_included_index);
  } else if (progress->snapshot && progress->snapshot->index == reply.last_included_index &&
             reply.round >= progress->chunk_round &&
             reply.next_offset <= progress->snapshot->data->size()) {
    // Who wants the chunk that is out, and answers what was sent after it, has not got it.
    const bool lost = reply.round > progress->chunk_round;
    if (reply.next_offset == progress->snapshot_offset && !lost) return;
    progress->snapshot_offset = reply.next_offset;
    send_chunk(*progress, settings_.snapshot_chunk_bytes);
  }
}

// What the follower needs next was compacted away.
void Raft::start_snapshot(Progress& progress) {
  RAFT_ASSERT(snapshot_.has_value());
  change_replication(progress, Replication::snapshot);
  progress.snapshot = snapshot_;
  progress.snapshot_offset = 0;
  send_chunk(progress, settings_.snapshot_chunk_bytes);
}

// With 0 as `max_bytes`, a heartbeat to a follower that can't be sent an AppendEntries.
void Raft::send_chunk(Progress& progress, std::size_t max_bytes) {
  const Snapshot& snapshot = *progress.snapshot;
  const Round round = std::get<Leader>(role_).round;
  progress.awaiting_reply = true;
  if (max_bytes > 0) progress.chunk_round = round;
  send(progress.peer,
       InstallSnapshot{.term = term(),
                       .last_included_index = snapshot.index,
                       .last_included_term = snapshot.term,
                       .configuration = snapshot.configuration,
                       .size = snapshot.data->size(),
                       .offset = progress.snapshot_offset,
                       .data = std::make_shared<const std::string>(
                           snapshot.data->substr(progress.snapshot_offset, max_bytes)),
                       .round = round});
}

}  // namespace raft
