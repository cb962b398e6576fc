// SPDX-License-Identifier: Apache-2.0
// A golden script is a text that tells a story of a cluster and holds it to it, in the manner of
// etcd's interaction tests: first a paragraph of prose, then paragraphs of verbs, one a line, then
// "----" and what they led to, to the letter. A line that begins with "#" is prose. The verbs are
// those of player.h.
#pragma once

#include <string>

namespace raft::golden {

// The script with the accounts of what happened in place of those it came with. Throws
// std::runtime_error, with the line, where the script can't be understood or carried out or an
// invariant is violated.
std::string play(const std::string& script);

}  // namespace raft::golden
