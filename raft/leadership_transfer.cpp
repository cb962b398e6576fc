// SPDX-License-Identifier: Apache-2.0
// Leadership transfer (dissertation, 3.10): the leader stops accepting requests, brings the
// target's log up to its own, and has it start an election at once. "If leadership transfer does
// not complete after about an election timeout, the prior leader aborts the transfer and resumes
// accepting client requests."
#include "raft/raft.h"

namespace raft {

void Raft::handle(const TransferLeadership& request) {
  if (role() != Role::leader) return refuse_proposal(Proposal::Refusal::not_leader);
  auto& transfer = std::get<Leader>(role_).transfer;
  if (transfer) return refuse_proposal(Proposal::Refusal::transferring);
  if (request.target == settings_.self) return refuse_proposal(Proposal::Refusal::no_change);
  if (!configuration().is_voter(request.target)) return refuse_proposal(Proposal::Refusal::invalid);
  out_.proposal = Proposal{
      .refusal = Proposal::Refusal::none, .first_index = {}, .term = term(), .leader = leader()};
  transfer = Transfer{request.target, now_ + settings_.election_timeout_max, false};
  note(TransferChanged{request.target, TransferChanged::Phase::started});
  advance_transfer();
}

void Raft::advance_transfer() {
  auto& transfer = std::get<Leader>(role_).transfer;
  if (!transfer || transfer->sent) return;
  const Progress* target = progress_of(transfer->target);
  if (!target || target->match_index != log_.last_index()) return;
  transfer->sent = true;
  note(TransferChanged{transfer->target, TransferChanged::Phase::sent_timeout_now});
  hand_over_to(transfer->target);
}

void Raft::expire_transfer() {
  auto& transfer = std::get<Leader>(role_).transfer;
  if (!transfer || now_ < transfer->deadline) return;
  note(TransferChanged{transfer->target, TransferChanged::Phase::deadline_passed});
  transfer.reset();
}

// From here on another server may be elected although this one was heard from: its lease is void.
void Raft::hand_over_to(NodeId target) {
  std::get<Leader>(role_).handed_over = true;
  send(target, TimeoutNow{term()});
}

const char* Raft::impossible(NodeId from, const TimeoutNow& request) const {
  if (request.term == Term{}) return "a leader before the first election";
  return second_leader(from, request.term) ? "a second leader in one term" : nullptr;
}

void Raft::handle(NodeId, MessageId, TimeoutNow& request) {
  if (request.term < term() || role() == Role::leader || !can_campaign()) return;
  become_candidate(RoleChanged::Reason::transfer);
}

}  // namespace raft
