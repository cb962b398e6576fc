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

const char* why_invalid(const Settings& s) {
  // A configuration that can be written to the log and read again is one.
  if (!decode_configuration(encode(s.first_configuration))) return "the members are none";
  if (s.election_timeout_min <= Duration{}) return "an election timeout of nothing";
  if (s.election_timeout_min > s.election_timeout_max) {
    return "the shortest election timeout is longer than the longest";
  }
  if (s.heartbeat_interval <= Duration{}) return "a heartbeat interval of nothing";
  if (s.reads != Reads::log && !s.noop_on_election) {
    return "reads outside the log need the no-op of a new leader";
  }
  if (s.reads == Reads::lease && !s.leader_stickiness) return "leases need leader stickiness";
  if (s.max_clock_drift_percent >= 100) return "a clock drift of 100 % or more";
  if (s.max_append_entries == 0 || s.max_append_bytes == 0 || s.max_in_flight == 0 ||
      s.max_in_flight_bytes == 0 || s.max_uncommitted_bytes == 0 || s.snapshot_chunk_bytes == 0) {
    return "a limit of nothing";
  }
  return nullptr;
}

}  // namespace raft
