// SPDX-License-Identifier: Apache-2.0
// Words for what happens in a cluster: n1 is a server, t2 a term, i5 a log index. One line a
// transition, a message, an application.
#pragma once

#include <utility>

#include "tests/golden/server.h"

namespace raft::golden {

class Account {
 public:
  // A silent one makes no text at all.
  explicit Account(bool silent = false) : silent_(silent) {}

  bool silent() const { return silent_; }
  // From now on, only the outcomes: roles, commits, configurations, snapshots, applications and
  // answers.
  void brief(bool brief) { brief_ = brief; }
  // `line` is called, and returns the line, where it is to be told.
  template <class Line>
  void outcome(const Line& line) {
    if (!silent_) text_ += line() + '\n';
  }
  template <class Line>
  void detail(const Line& line) {
    if (!brief_) outcome(line);
  }
  // All lines since it was last taken.
  std::string take() { return std::exchange(text_, {}); }

 private:
  bool silent_;
  bool brief_ = false;
  std::string text_;
};

std::string name(NodeId node);  // "n1"
std::string text_of(const Message& message);
std::string text_of(const Write& write);
std::string text_of(const Proposal& proposal);
std::string text_of(const Progress& progress);
std::string log_of(const Log& log);

// What it remembers and what it knows, in one line.
std::string describe(NodeId node, const Server& server);
void tell(NodeId node, const Raft& raft, const Transition& transition, Account& account);

}  // namespace raft::golden
