// SPDX-License-Identifier: Apache-2.0
// A golden script is a text that tells a story of a cluster and holds it to it, in the manner of
// etcd's interaction tests: first a paragraph of prose, then paragraphs of verbs, one a line, then
// "----" and what they led to, to the letter. A line that begins with "#" is prose.
//
//   cluster n=3 [voters=1,2 learners=3] [profile=figure2|default] [disk=at_once|when_told] [k=v
//   ...] given n1 term=3 [vote=n2] [log=1,1,3]  before all else: the log by its entries' terms
//   timeout n1             its election timer ends
//   tick n1 50ms           time passes, and only n1 is woken
//   advance 50ms           time passes, and each is woken when it asked for it
//   run 50ms               the same, while messages and writes take no time
//   deliver | drop | duplicate | hold | release [n1->n2] [type] [nth=2]  of what is in flight
//   stabilize              deliver and sync until nothing is left, but what is held
//   cut n1->n2 | n1-n2     from now on, messages sent this way, or both ways, are lost
//   isolate n1             cut from and to all others
//   heal                   nothing is cut
//   sync n1|all [up_to=2]  with disk=when_told: writes are durable, up to w2
//   crash n1 [keep=1] [torn]  the first of the pending writes survive; of the next the snapshot
//   does restart n1 [setting=value ...] propose n1 C1 C2       in one input compact n1 [up_to=4]
//   members n1 voters=1,2,3 [learners=4]
//   transfer n1 n2
//   read n1 r1
//   show | log | progress n1 ...|all;  flight
// Any of them may end in "brief": only the outcomes are told.
#pragma once

#include <string>

namespace raft::golden {

// The script with the accounts of what happened in place of those it came with. Throws
// std::runtime_error, with the line, where the script can't be understood or carried out or an
// invariant is violated.
std::string play(const std::string& script);

}  // namespace raft::golden
