// SPDX-License-Identifier: Apache-2.0
// Cluster membership changes by joint consensus (section 6), with learners (dissertation, 4.2.1).
// "Once a given server adds the new configuration entry to its log, it uses that configuration for
// all future decisions", and goes back to the one before if that entry is truncated.
#include <algorithm>

#include "raft/assert.h"
#include "raft/raft.h"

namespace raft {
namespace {

bool ascending(const std::vector<NodeId>& nodes) {
  return (nodes.empty() || nodes.front() > NodeId{}) &&
         std::adjacent_find(nodes.begin(), nodes.end(), std::greater_equal<>()) == nodes.end();
}

bool valid(const ChangeMembers& change) {
  return !change.voters.empty() && ascending(change.voters) && ascending(change.learners) &&
         std::find_first_of(change.voters.begin(), change.voters.end(), change.learners.begin(),
                            change.learners.end()) == change.voters.end();
}

}  // namespace

void Raft::handle(ChangeMembers& change) {
  using Refusal = Proposal::Refusal;
  if (role() != Role::leader) return refuse_proposal(Refusal::not_leader);
  if (std::get<Leader>(role_).transfer) return refuse_proposal(Refusal::transferring);
  if (!valid(change)) return refuse_proposal(Refusal::invalid);
  if (configuration().joint() || configuration_index() > commit_index_) {
    return refuse_proposal(Refusal::change_under_way);
  }
  // Ongaro's erratum to single-server changes (raft-dev, 2015-07-10): else a change of an earlier
  // leader, unknown here, may take effect beside this one.
  if (!committed_in_own_term()) return refuse_proposal(Refusal::term_too_young);
  const Configuration& now = configuration();
  if (change.voters == now.voters && change.learners == now.learners) {
    return refuse_proposal(Refusal::no_change);
  }
  Configuration next{.voters = change.voters, .old_voters = {}, .learners = change.learners};
  // The quorum changes with the voters only.
  if (next.voters != now.voters) next.old_voters = now.voters;
  out_.proposal = Proposal{.refusal = Refusal::none,
                           .first_index = log_.last_index().next(),
                           .term = term(),
                           .leader = settings_.self};
  append_configuration(std::move(next));
}

void Raft::append_configuration(Configuration configuration) {
  append_to_log({{term(), EntryKind::configuration,
                  std::make_shared<const std::string>(encode(configuration))}});
  replicate_to_all();
}

void Raft::configuration_appended(Index index, Configuration configuration) {
  note(ConfigurationChanged{index, configuration});
  configurations_.push_back({index, std::move(configuration)});
  if (role() == Role::leader) meet_followers();
}

void Raft::roll_back_configurations(Index first) {
  if (configurations_.back().index < first) return;
  while (configurations_.back().index >= first)
    configurations_.pop_back();
  RAFT_ASSERT(!configurations_.empty());
  note(ConfigurationChanged{configuration_index(), configuration()});
}

void Raft::forget_configurations_before(Index index) {
  while (configurations_.size() > 1 && configurations_[1].index <= index)
    configurations_.pop_front();
}

const Configuration& Raft::configuration_at(Index index) const {
  const auto after =
      std::find_if(configurations_.begin(), configurations_.end(),
                   [index](const PlacedConfiguration& c) { return c.index > index; });
  RAFT_ASSERT(after != configurations_.begin());
  return std::prev(after)->configuration;
}

// "a server that is not part of its own latest configuration should still start new elections, as
// it might still be needed until the C_new entry is committed" (dissertation, 4.2.2). Its own vote
// does not count then.
bool Raft::can_campaign() const {
  if (configuration().is_voter(settings_.self)) return true;
  return configurations_.size() > 1 && configuration_index() > commit_index_ &&
         std::prev(configurations_.end(), 2)->configuration.is_voter(settings_.self);
}

// The leader sends to all members. Who has just left stays until it has been told.
void Raft::meet_followers() {
  auto& followers = std::get<Leader>(role_).followers;
  for (NodeId member : configuration().members()) {
    if (member == settings_.self || progress_of(member)) continue;
    Progress progress;
    progress.peer = member;
    progress.next_index = log_.last_index().next();
    progress.last_contact = now_;
    followers.push_back(std::move(progress));
  }
}

// "Once C_old,new has been committed, [...] it is now safe for the leader to create a log entry
// describing C_new and replicate it to the cluster."
void Raft::leave_joint_configuration() {
  append_configuration(
      {.voters = configuration().voters, .old_voters = {}, .learners = configuration().learners});
}

// "the leader steps down (returns to follower state) once it has committed the C_new log entry"
// that it is not part of. All hear of the commit first, those that leave too; and the one that is
// furthest need not wait for a timeout.
void Raft::configuration_committed() {
  auto& leader = std::get<Leader>(role_);
  leader.departing = true;
  if (configuration().is_voter(settings_.self)) return;
  NodeId successor;
  Index furthest;
  for (const Progress& progress : leader.followers) {
    if (!configuration().is_voter(progress.peer) || progress.match_index < furthest) continue;
    furthest = progress.match_index;
    successor = progress.peer;
  }
  send_heartbeats();
  if (successor != NodeId{}) hand_over_to(successor);
  become_follower(NodeId{}, RoleChanged::Reason::removed);
}

void Raft::dismiss_followers() {
  auto& leader = std::get<Leader>(role_);
  leader.departing = false;
  leader.followers.erase(
      std::remove_if(leader.followers.begin(), leader.followers.end(),
                     [this](const Progress& p) { return !configuration().contains(p.peer); }),
      leader.followers.end());
}

}  // namespace raft
