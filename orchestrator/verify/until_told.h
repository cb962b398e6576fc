// SPDX-License-Identifier: Apache-2.0
// Questions about what a node's lines tell up to a time. The lines of one node come in the order of
// their times, and no other line's order is known: a question can be answered once the node has a
// line of later than that, or the evidence has ended and is whole. So it is told as soon as both
// sides are there, and nobody is accused before his lines came.
#pragma once

#include <map>
#include <utility>

#include "orchestrator/verify/evidence.h"

namespace verify {

template <class Question>
class UntilTold {
 public:
  // Of what `node` tells up to `at`.
  void ask(NodeId node, Time at, Question question) {
    open_[node].emplace(at, std::move(question));
  }
  // To be called with each line of each node, before anything of it is taken in. Hands over the
  // questions about `event.node` that are ripe.
  template <class Answer>
  void told(const NodeEvent& event, const Answer& answer) {
    Time& last = last_[event.node];
    last = event.at;
    ripe(event.node, answer);
  }
  // Those about this node that are ripe already: for after ask().
  template <class Answer>
  void ripe(NodeId node, const Answer& answer) {
    const auto open = open_.find(node);
    const auto last = last_.find(node);
    if (open == open_.end() || last == last_.end()) return;
    auto& questions = open->second;
    while (!questions.empty() && questions.begin()->first < last->second)
      answer(questions.extract(questions.begin()).mapped());
  }
  // The evidence has ended, and is whole.
  template <class Answer>
  void all(const Answer& answer) {
    for (auto& [node, questions] : open_) {
      while (!questions.empty())
        answer(questions.extract(questions.begin()).mapped());
    }
  }

 private:
  std::map<NodeId, std::multimap<Time, Question>> open_;
  std::map<NodeId, Time> last_;
};

}  // namespace verify
