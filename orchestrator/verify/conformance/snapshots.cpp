// SPDX-License-Identifier: Apache-2.0
// Snapshots (section 7, Figure 13).
#include "orchestrator/verify/conformance/guards.h"

namespace verify::spec {
namespace {

constexpr const char* kTake =
    "Log compaction (section 7): \"Each server takes snapshots independently, covering "
    "just the committed entries in its log.\"";
constexpr const char* kInstall =
    "InstallSnapshot (as Figure 13 reads here): when all chunks are there, save the "
    "snapshot, discard the entire log, reset the state machine using snapshot contents.";
constexpr const char* kRetain =
    "InstallSnapshot (Figure 13): \"If existing log entry has same index and term as "
    "snapshot's last included entry, retain log entries following it and reply\".";

}  // namespace

void guard(Judge& judge, const State& s, const NodeEvent&, const SnapshotTaken& e) {
  const Index index = e.last.index;
  judge.require(index <= s.applied && !s.restoring, kTake, "its state is not that far");
  judge.require(index > s.snapshot, kTake, "it has a newer one");
  if (index > s.applied || index < s.log.base_index()) return;
  judge.require(s.log.term_at(index) == e.last.term && s.log.digest_at(index) == e.last.digest,
                kTake, "it stands for other entries than those of its log");
}

void guard(Judge& judge, const State& s, const NodeEvent& event, const SnapshotInstalled& e) {
  const auto* chunk = message_of<InstallSnapshot>(event.cause);
  judge.require(s.role == Role::follower && chunk && chunk->term == s.term, kInstall,
                "no leader of its term sent it a snapshot");
  if (chunk == nullptr) return;
  judge.require(std::get<MessageCause>(event.cause).src == e.leader &&
                    chunk->last_included_index == e.last.index &&
                    chunk->last_included_term == e.last.term,
                kInstall, "its leader sent it another snapshot");
  judge.require(chunk->offset + chunk->bytes == chunk->size, kInstall,
                "the last chunk is not there");
  judge.require(e.last.index > s.commit, kInstall, "it has committed all that this stands for");
  judge.require(e.last.index < s.log.base_index() || !has_entry(s, e.last.index, e.last.term),
                kRetain, "its log has the entry that this ends with");
}

void guard(Judge& judge, const State& s, const NodeEvent&, const Restored& e) {
  judge.require(s.restoring && s.restoring->index == e.log_index && s.restoring->digest == e.digest,
                kInstall, "the state that it loads is not that of the snapshot it installed");
  judge.require(s.durable_snapshot >= e.log_index, kInstall, "the snapshot is not durable");
}

}  // namespace verify::spec
