// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/report/account.h"

#include <cstdio>
#include <cstdlib>

#include <fmt/format.h>
#include <unistd.h>

#include "orchestrator/scenario/interpreter_lines.h"
#include "orchestrator/scenario/interpreter_words.h"

namespace report {
namespace {

constexpr std::size_t kColumns = 80;
constexpr std::size_t kTimeColumns = 9;  // "  12.34  "
constexpr raft::Duration kClientsInterval{5'000'000};

double seconds(raft::Duration duration) {
  return static_cast<double>(duration.count()) / 1e6;
}

const char* code(Account::Colour colour) {
  switch (colour) {
    case Account::Colour::plain:
      return "";
    case Account::Colour::good:
      return "\x1b[32m";
    case Account::Colour::bad:
      return "\x1b[1;31m";
    case Account::Colour::faint:
      return "\x1b[2m";
    case Account::Colour::strong:
      return "\x1b[1m";
  }
  return "";
}

std::string plural(std::uint64_t number, std::string_view noun) {
  return fmt::format("{} {}{}", number, noun, number == 1 ? "" : "s");
}

}  // namespace

bool colour_wanted(bool no_color) {
  const char* variable = std::getenv("NO_COLOR");
  return !no_color && !(variable && *variable) && isatty(STDERR_FILENO) == 1;
}

std::string wrapped(std::string_view text, std::size_t indent) {
  std::string out;
  std::size_t width = kColumns - indent;
  while (text.size() > width) {
    std::size_t end = text.rfind(' ', width);
    if (end == text.npos || end == 0) end = width;
    out.append(text.substr(0, end));
    out += '\n';
    out.append(indent + 2, ' ');
    width = kColumns - indent - 2;
    text.remove_prefix(end);
    while (text.starts_with(' '))
      text.remove_prefix(1);
  }
  out.append(text);
  return out;
}

void Account::begin(const scenario::Scenario& scenario, std::string_view cluster) {
  std::string head = fmt::format("{}: {}", scenario.name, plural(scenario.cluster.nodes, "node"));
  if (scenario.workload) head += ", " + plural(scenario.workload->clients, "client");
  head += fmt::format(", seed {}, {}", scenario.seed, cluster);
  prose(coloured(Colour::strong, wrapped(head, 0)) + "\n");
  if (!scenario.description.empty()) {
    prose(coloured(Colour::faint, wrapped(scenario.description, 0)) + "\n");
  }
}

void Account::happened(const scenario::Happening& happening, raft::Duration since_start,
                       raft::Duration wall_offset, raft::Time at) {
  if (style_.json) {
    std::string line;
    scenario::append_line(line, happening, at, wall_offset);
    json(line);
  }
  if (style_.prose) {
    say(since_start, std::visit([&](const auto& what) { return line_for(what); }, happening));
  }
}

void Account::clients(const workload::Counts& counts, raft::Duration since_start) {
  if (!style_.prose || since_start < told_at_ + kClientsInterval) return;
  const double rate = static_cast<double>(counts.ok - told_.ok) / seconds(since_start - told_at_);
  say(since_start, {fmt::format("clients: {} ok ({:.0f}/s), {} failed, {} unknown", counts.ok, rate,
                                counts.fail, counts.info),
                    Colour::faint});
  told_ = counts;
  told_at_ = since_start;
}

void Account::prose(std::string_view text) {
  if (style_.prose) std::fwrite(text.data(), 1, text.size(), stderr);
}

void Account::json(std::string_view line) {
  if (!style_.json) return;
  std::fwrite(line.data(), 1, line.size(), stdout);
  std::fflush(stdout);
}

std::string Account::coloured(Colour colour, std::string_view text) const {
  if (!style_.colour || colour == Colour::plain) return std::string(text);
  return fmt::format("{}{}\x1b[0m", code(colour), text);
}

void Account::say(raft::Duration since_start, const Line& line) {
  if (line.text.empty()) return;
  prose(fmt::format("{:7.2f}  {}\n", seconds(since_start),
                    coloured(line.colour, wrapped(line.text, kTimeColumns))));
}

Account::Line Account::line_for(const scenario::NodeReady& ready) {
  if (ready.incarnation == 1) return {};
  return {
      fmt::format("{} is back, incarnation {}", node::node_name(ready.node), ready.incarnation)};
}

Account::Line Account::line_for(const scenario::NodeKilled& killed) {
  return {fmt::format("{} killed", node::node_name(killed.node)), Colour::strong};
}

Account::Line Account::line_for(const scenario::NodeEnded& ended) {
  if (ended.expected) return {};
  const std::string how = ended.exit_code >= 0 ? fmt::format("exit code {}", ended.exit_code)
                                               : fmt::format("signal {}", ended.signal);
  return {fmt::format("{} ended by itself, {}{}{}", node::node_name(ended.node), how,
                      ended.reason.empty() ? "" : ": ", ended.reason),
          Colour::bad};
}

Account::Line Account::line_for(const scenario::StepFired& step) {
  return {fmt::format("step {}: {}", step.number, step.text), Colour::faint};
}

Account::Line Account::line_for(const scenario::FaultStarted& fault) {
  const std::string whom =
      fault.targets.empty() ? "" : fmt::format(" {}", scenario::describe(fault.targets));
  if (fault.machine) {
    return {fmt::format("{}:{} ({})", fault.fault, whom, fault.id), Colour::strong};
  }
  if (!fault.rule) return {};  // who is killed is told one by one
  if (const auto* loss = std::get_if<proxy::Loss>(&fault.rule->fault)) {
    return {fmt::format("{}% of messages are lost{}{} ({})", loss->percent, whom.empty() ? "" : ":",
                        whom, fault.id),
            Colour::strong};
  }
  if (const auto* delay = std::get_if<proxy::Delay>(&fault.rule->fault)) {
    return {fmt::format("messages are delayed by {}{}{} ({})", scenario::describe(delay->latency),
                        whom.empty() ? "" : ":", whom, fault.id),
            Colour::strong};
  }
  const auto& cut = std::get<proxy::Partition>(fault.rule->fault).cut;
  return {fmt::format("cut:{} ({}, {})", whom, fault.id, plural(cut.size(), "link")),
          Colour::strong};
}

Account::Line Account::line_for(const scenario::FaultEnded& fault) {
  return {fmt::format("healed: {}", fault.id)};
}

Account::Line Account::line_for(const scenario::Expectation& expectation) {
  if (expectation.met) {
    return {fmt::format("as expected: {} ({})", expectation.text, expectation.observed),
            Colour::good};
  }
  std::string where = expectation.number > 0 ? fmt::format("step {}", expectation.number) : "end";
  if (expectation.line > 0) where += fmt::format(", line {}", expectation.line);
  return {fmt::format("NOT as expected ({}): {}; observed: {}", where, expectation.text,
                      expectation.observed),
          Colour::bad};
}

Account::Line Account::line_for(const scenario::Finishing& finishing) {
  return {finishing.converge ? "the steps are over: heal, restart, converge" : "the steps are over",
          Colour::faint};
}

Account::Line Account::line_for(const scenario::ProbeCommitted& probe) {
  return {fmt::format("probe committed at index {}", probe.log_index.value)};
}

Account::Line Account::line_for(const scenario::Converged& converged) {
  return {fmt::format("all nodes applied {} entries, digest {:016x}", converged.log_index.value,
                      converged.digest),
          Colour::good};
}

Account::Line Account::line_for(const scenario::NotConverged& not_converged) {
  return {fmt::format("the nodes did not converge: {}", not_converged.observed), Colour::bad};
}

Account::Line Account::line_for(const scenario::Stalled& stalled) {
  return {fmt::format("the orchestrator itself was {:.0f} ms late", seconds(stalled.late) * 1000),
          Colour::faint};
}

Account::Line Account::line_for(const scenario::RunEnded& ended) {
  using Reason = scenario::RunEnded::Reason;
  switch (ended.reason) {
    case Reason::time_limit:
      return {"time limit reached", Colour::bad};
    case Reason::violation:
      return {"stopped, as a check has failed", Colour::bad};
    case Reason::interrupted:
      return {"interrupted", Colour::bad};
    default:
      return {};
  }
}

Account::Line Account::line_for(const scenario::LeaderSeen& leader) {
  return {fmt::format("{} leads term {}", node::node_name(leader.node), leader.term.value),
          Colour::strong};
}

}  // namespace report
