// SPDX-License-Identifier: Apache-2.0
#include "raft/settings.h"

namespace raft {

Settings default_profile(Settings settings) {
  settings.noop_on_election = true;
  settings.pre_vote = true;
  settings.check_quorum = true;
  settings.leader_stickiness = true;
  settings.reads = Reads::read_index;
  return settings;
}

}  // namespace raft
