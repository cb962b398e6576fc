// SPDX-License-Identifier: Apache-2.0
// The account of a run as it happens: for people on stderr, one line for each thing that happened,
// in 80 columns; for programs, if asked, the same as lines of JSON on stdout.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "orchestrator/scenario/interpreter_output.h"
#include "orchestrator/workload/workload.h"

namespace report {

struct AccountStyle {
  bool prose = true;
  bool colour = false;
  bool json = false;
};

class Account {
 public:
  explicit Account(const AccountStyle& style) : style_(style) {}

  bool colour() const { return style_.colour; }

  void begin(const scenario::Scenario& scenario, std::string_view cluster);
  // `since_start` is the run's own time.
  void happened(const scenario::Happening& happening, raft::Duration since_start,
                raft::Duration wall_offset, raft::Time at);
  // What clients got so far; said now and then.
  void clients(const workload::Counts& counts, raft::Duration since_start);

  // Lines of others: prose as it is, and one JSON object a line.
  void prose(std::string_view text);
  void json(std::string_view line);

  enum class Colour { plain, good, bad, faint, strong };
  // The text with its colour, if there are any.
  std::string coloured(Colour colour, std::string_view text) const;

 private:
  struct Line {
    std::string text;
    Colour colour = Colour::plain;
  };
  void say(raft::Duration since_start, const Line& line);

  Line line_for(const scenario::RunStarted&) { return {}; }
  Line line_for(const scenario::NodeStarted&) { return {}; }
  Line line_for(const scenario::NodeReady& ready);
  Line line_for(const scenario::NodeKilled& killed);
  Line line_for(const scenario::NodeEnded& ended);
  Line line_for(const scenario::StepFired& step);
  Line line_for(const scenario::TargetResolved&) { return {}; }
  Line line_for(const scenario::FaultStarted& fault);
  Line line_for(const scenario::FaultEnded& fault);
  Line line_for(const scenario::Expectation& expectation);
  Line line_for(const scenario::Finishing& finishing);
  Line line_for(const scenario::ProbeCommitted& probe);
  Line line_for(const scenario::Converged& converged);
  Line line_for(const scenario::NotConverged& not_converged);
  Line line_for(const scenario::Stalled& stalled);
  Line line_for(const scenario::RunEnded& ended);
  Line line_for(const scenario::LeaderSeen& leader);

  AccountStyle style_;
  workload::Counts told_;  // of the clients, last
  raft::Duration told_at_{};
};

// Whether to use colours on stderr: a terminal, and neither NO_COLOR nor the user says no.
bool colour_wanted(bool no_color);

// Text wrapped to 80 columns, each further line indented by so many.
std::string wrapped(std::string_view text, std::size_t indent);

}  // namespace report
