// SPDX-License-Identifier: Apache-2.0
// A check: evidence in, verdict out. It sees each event once, in the order that Observer promises
// and no other, so that it judges a run under way and a run's folder alike. The first violation is
// the one it tells.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "orchestrator/verify/evidence.h"
#include "orchestrator/verify/verdict.h"

namespace verify {

// What is known of the evidence when it has ended.
struct Ending {
  // No line is missing: something that is not there did not happen. Otherwise only what was seen
  // counts.
  bool whole = true;
};

class Check : public Observer {
 public:
  // A violation was seen; a run under way may stop here.
  bool failed() const { return violation_.has_value(); }
  // After the last event, once.
  CheckResult finish(std::string name, const Ending& ending);

 protected:
  // `message` says what is violated: the rule with its section of the paper, nodes, terms, entries.
  // Of `lines`, those that are no line are left out. `involved` are nodes whose logs are to be
  // shown besides, as of then: where what is wrong is that they have no such line, say.
  void violated(std::string message, std::vector<Where> lines, std::vector<Involved> involved = {});

  // What can only be told at the end: may find a violation, or say why nothing can be told.
  struct Conclusion {
    std::string saw;      // empty: nothing was seen
    std::string unknown;  // why it can't be told; empty if it can
    bool applies = true;
  };
  virtual Conclusion conclude(const Ending& ending) = 0;
  static Conclusion having_seen(std::string saw, std::string unknown = {}) {
    return {std::move(saw), std::move(unknown), true};
  }
  static Conclusion cannot_tell(std::string why) { return {{}, std::move(why), true}; }

 private:
  struct Violation {
    std::string message;
    std::vector<Where> lines;
    std::vector<Involved> involved;
  };
  std::optional<Violation> violation_;
};

// The names that a scenario's `checks` may list, in the order in which they are reported.
const std::vector<std::string>& check_names();

struct NamedCheck {
  std::string name;
  std::unique_ptr<Check> check;
};
// Throws std::invalid_argument for a name that is not in check_names(). Where nodes offer no
// traces, the checks that judge these do not apply.
std::vector<NamedCheck> make_checks(const std::vector<std::string>& names, bool traces = true);
// Those that judge every run: whether what was expected came true and the faults took effect.
std::vector<NamedCheck> make_standing_checks();

}  // namespace verify
