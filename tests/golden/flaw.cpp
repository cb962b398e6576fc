// SPDX-License-Identifier: Apache-2.0
#include "tests/golden/flaw.h"

#include <map>
#include <stdexcept>

namespace raft::golden {
namespace {

void tamper(Flaw flaw, RequestVoteReply& reply) {
  if (flaw == Flaw::network_forges_votes && reply.term == reply.asked_in) reply.vote_granted = true;
}

void tamper(Flaw flaw, AppendEntriesReply& reply) {
  if (flaw == Flaw::network_raises_acks && reply.success) ++reply.match_index;
  if (flaw == Flaw::network_accepts_for_all && reply.term == reply.asked_in && !reply.success) {
    reply.success = true;
    reply.match_index = reply.prev_log_index;
  }
}

void tamper(Flaw flaw, AppendEntries& request) {
  if (flaw != Flaw::network_swaps_commands || request.entries.empty()) return;
  Entry& last = request.entries.back();
  if (last.kind == EntryKind::command) {
    last.command = std::make_shared<const std::string>("swapped");
  }
}

void tamper(Flaw flaw, InstallSnapshot& request) {
  if (flaw != Flaw::network_spoils_snapshots) return;
  request.data = std::make_shared<const std::string>(request.data->size(), '?');
}

void tamper(Flaw flaw, ReadIndexReply& reply) {
  if (flaw != Flaw::network_grants_reads) return;
  reply.granted = true;
  reply.index = Index{};
}

template <class Other>
void tamper(Flaw, Other&) {}

}  // namespace

Flaw flaw_from(const std::string& text) {
  static const std::map<std::string, Flaw> all = {
      {"disk_forgets_the_vote", Flaw::disk_forgets_the_vote},
      {"disk_forgets_an_entry", Flaw::disk_forgets_an_entry},
      {"network_forges_votes", Flaw::network_forges_votes},
      {"network_raises_acks", Flaw::network_raises_acks},
      {"network_accepts_for_all", Flaw::network_accepts_for_all},
      {"network_swaps_commands", Flaw::network_swaps_commands},
      {"network_spoils_snapshots", Flaw::network_spoils_snapshots},
      {"network_grants_reads", Flaw::network_grants_reads}};
  const auto flaw = all.find(text);
  if (flaw == all.end()) throw std::invalid_argument("no flaw is called '" + text + "'");
  return flaw->second;
}

void tamper(Flaw flaw, Message& message) {
  if (flaw == Flaw::none) return;
  std::visit([flaw](auto& m) { tamper(flaw, m); }, message);
}

void tamper(Flaw flaw, Restored& found) {
  if (flaw == Flaw::disk_forgets_the_vote) found.hard_state.voted_for = NodeId{};
  if (flaw == Flaw::disk_forgets_an_entry && !found.entries.empty()) found.entries.pop_back();
}

}  // namespace raft::golden
