// SPDX-License-Identifier: Apache-2.0
// The state machine's side of a Server: what is applied, what goes into a snapshot and what comes
// out of one.
#include <utility>

#include "node/command.h"
#include "node/little_endian.h"
#include "node/server.h"
#include "node/snapshot_file.h"
#include "node/wal.h"
#include "raft/assert.h"

namespace node {
namespace {

using raft::Index;

const char* name_of(Effect effect) {
  switch (effect) {
    case Effect::effective:
      return "effective";
    case Effect::duplicate:
      return "duplicate";
    case Effect::stale:
      return "stale";
    case Effect::expired:
      return "expired";
  }
  return "";
}

}  // namespace

// "apply log[lastApplied] to state machine": the one place where the state changes entry by entry,
// in the log's order.
void Server::apply(raft::IndexRange range) {
  if (range.empty()) return;
  auto line = evidence_.line("applied", evidence_.words("applied up to ", range.last.value),
                             raft_.term(), raft_.role(), "debug");
  line.field("commit_index", raft_.commit_index().value).begin_array("entries");
  std::optional<std::uint64_t> state_digest;
  for (Index i = range.first; i <= range.last; ++i) {
    const raft::Entry& entry = raft_.log().at(i);
    line.begin_array().element(i.value).element(entry.term.value).element(DigestText(chain_.at(i)));
    if (entry.kind == raft::EntryKind::command) {
      apply_command(i, entry, line);
    } else {
      line.element(raft::name_of(entry.kind));
    }
    line.end_array();
    if (i.value % kStateDigestEvery == 0) state_digest = store_.state_digest();
  }
  line.end_array();
  if (state_digest) line.field("state_digest", DigestText(*state_digest));
  line.end_line();
  applied_digest_ = chain_.at(range.last);
}

// An entry that is no command of a client has no effect, on every node alike.
void Server::apply_command(Index index, const raft::Entry& entry, proxy::JsonLine& line) {
  const std::optional<ClientRequest> request = decode_command(*entry.command);
  if (!request) {
    line.element("malformed");
    return;
  }
  const Applied applied = store_.apply(index, *request);
  line.element(request->client).element(request->request);
  if (applied.effect != Effect::effective) line.element(name_of(applied.effect));
  const auto waiting = waiting_.find(index);
  if (waiting == waiting_.end()) return;
  // "the operation that came up for that index is in fact the one you put there" (students' guide):
  // whoever waited for another one was told when that was truncated.
  RAFT_ASSERT(waiting->second.term == entry.term);
  if (applied.effect == Effect::stale) {
    reply_error(waiting->second, ClientError::stale);
  } else if (applied.effect == Effect::expired) {
    reply_error(waiting->second, ClientError::expired, index);
  } else {
    out_.replies.push_back(ClientReply{.client = request->client,
                                       .request = request->request,
                                       .outcome = applied.result,
                                       .log_index = index,
                                       .term = entry.term,
                                       .leader = {}});
  }
  waiting_.erase(waiting);
}

// "Each server takes snapshots independently" (section 7), of the same form as any other's: the
// chained digest (8 bytes, little-endian), then the store.
void Server::compact_if_due() {
  const Index applied = raft_.last_applied();
  const Index newest = raft_.snapshot() ? raft_.snapshot()->index : Index{};
  if (applied <= newest) return;  // one that is being installed is ahead of the state
  if (settings_.snapshot_threshold == 0 || applied - newest < settings_.snapshot_threshold) return;
  std::string data;
  append_u64(data, applied_digest_);
  data += store_.save();
  run_raft(raft::Compact{applied, std::make_shared<const std::string>(std::move(data))},
           RequestCause{});
}

// The state is the snapshot's now. Returns the chained digest that comes with it.
std::uint64_t Server::load(const raft::Snapshot& snapshot) {
  ByteReader in(*snapshot.data);
  const std::uint64_t digest = in.u64();
  if (!in.ok() || !store_.load(in.bytes(in.remaining()))) {
    throw CorruptLog("snapshot", 0, "its state is none of this store's");
  }
  applied_digest_ = digest;
  return digest;
}

void Server::restore(const raft::Snapshot& snapshot) {
  load(snapshot);
  evidence_
      .line("restored", evidence_.words("the state after ", snapshot.index.value), raft_.term(),
            raft_.role())
      .field("log_index", snapshot.index.value)
      .field("digest", DigestText(applied_digest_))
      .field("state_digest", DigestText(store_.state_digest()))
      .end_line();
}

}  // namespace node
