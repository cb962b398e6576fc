// SPDX-License-Identifier: Apache-2.0
// squall: the command line. Options are read here; what they mean is in orchestrator/commands/.
#include <algorithm>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <exception>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "orchestrator/built_from.h"
#include "orchestrator/commands/check.h"
#include "orchestrator/commands/check_history.h"
#include "orchestrator/commands/logs.h"
#include "orchestrator/commands/ls.h"
#include "orchestrator/commands/run.h"
#include "orchestrator/commands/soak.h"
#include "orchestrator/commands/test.h"
#include "orchestrator/commands/validate.h"
#include "orchestrator/scenario/suggest.h"
#include "orchestrator/scenario/values.h"

namespace {

constexpr const char* kExitCodes =
    "Exit codes: 0 pass, 1 fail, 2 unknown, 3 the environment failed, 4 a bad scenario,\n"
    "history or usage, 5 no scenario matched, 130 or 143 interrupted.";

// Each subcommand sets what is to be done when it was the one named.
using Command = std::function<int()>;

const std::map<std::string, runner::Keep> kKeep = {{"always", runner::Keep::always},
                                                   {"failed", runner::Keep::failed},
                                                   {"never", runner::Keep::never}};

// CLI11 would take -1 for the largest number there is.
CLI::Validator whole_number(std::uint64_t least, std::uint64_t most) {
  return {[least, most](const std::string& text) {
            std::uint64_t number = 0;
            const char* const end = text.data() + text.size();
            const auto [rest, error] = std::from_chars(text.data(), end, number);
            const bool good =
                error == std::errc{} && rest == end && number >= least && number <= most;
            return good ? "" : fmt::format("wanted is a whole number from {} to {}", least, most);
          },
          "UINT"};
}
const CLI::Validator kSeed = whole_number(0, std::numeric_limits<std::uint64_t>::max());
const CLI::Validator kCount = whole_number(1, std::numeric_limits<unsigned>::max());

// As a scenario writes durations.
scenario::Duration duration_from(const std::string& option, const std::string& text) {
  scenario::Duration duration{};
  scenario::YamlNode node;
  node.kind = scenario::YamlNode::Kind::scalar;
  node.text = text;
  scenario::Reading reading{.file = option};
  scenario::duration(duration, std::chrono::milliseconds(1), std::chrono::hours(240))
      .read(node, reading);
  if (!reading.errors.empty()) throw CLI::ValidationError(option, reading.errors.front().message);
  return duration;
}

void add_duration(CLI::App& app, const std::string& option,
                  std::optional<scenario::Duration>& duration, const std::string& help) {
  app.add_option_function<std::string>(
         option,
         [&duration, option](const std::string& text) { duration = duration_from(option, text); },
         help)
      ->type_name("DURATION");
}

template <class Options>
void add_common(CLI::App& app, Options& options) {
  options.commit = runner::built_from();
  CLI::Option* simulate = app.add_flag("--simulate", options.simulate,
                                       "in virtual time, in this process, from the seed");
  app.add_flag("--encoded", options.encoded, "simulated messages go through the wire format")
      ->needs(simulate);
  app.add_option("--out", options.out, "folder for the runs' evidence")->capture_default_str();
  app.add_option_function<std::string>(
         "--keep",
         [&options](const std::string& word) {
           const auto which = kKeep.find(word);
           if (which == kKeep.end()) {
             throw CLI::ValidationError("--keep", word + " is none of always, failed, never");
           }
           options.keep = which->second;
         },
         "which runs' folders: always, failed, never")
      ->type_name("WHICH");
  app.add_flag("--no-color", options.no_color, "no colours; so does NO_COLOR in the environment");
  app.add_flag("--json", options.json, "what happens as lines of JSON on stdout");
}

void add_run(CLI::App& app, Command& chosen) {
  auto options = std::make_shared<commands::RunOptions>();
  CLI::App* run = app.add_subcommand("run", "Run scenarios");
  run->add_option("scenarios", options->paths, "files, or folders with .yaml files")->required();
  run->add_option("--filter", options->filter, "only those whose path or name contains this");
  run->add_option("--seed", options->seed, "in place of the scenario's own")->check(kSeed);
  run->add_option("--repeat", options->repeat, "so many times, each with the next seed")
      ->check(kCount);
  run->add_flag("--until-fail", options->until_fail, "again and again, until one does not pass");
  add_duration(*run, "--time-limit", options->time_limit, "in place of the scenario's own");
  add_common(*run, *options);
  run->callback([options, &chosen] { chosen = [options] { return commands::run(*options); }; });
}

void add_soak(CLI::App& app, Command& chosen) {
  auto options = std::make_shared<commands::SoakOptions>();
  CLI::App* soak = app.add_subcommand("soak", "Run generated scenarios until one fails");
  soak->add_option("--seed", options->seed, "the first; the others count on from it")
      ->check(kSeed)
      ->capture_default_str();
  add_duration(*soak, "--for", options->for_duration, "begin no further seed after so long");
  add_duration(*soak, "--length", options->length, "how long each seed's scenario is at least");
  soak->add_option("--seeds", options->seeds, "so many at the most")->check(kCount);
  add_common(*soak, *options);
  CLI::Option* simulate = soak->get_option("--simulate");
  soak->add_option("--jobs", options->jobs, "so many at once, simulated")
      ->check(CLI::Range(1, 256))
      ->needs(simulate);
  soak->add_option("--confirm", options->confirm, "run what failed so often on processes")
      ->check(CLI::Range(1, 1000))
      ->needs(simulate);
  soak->callback([options, &chosen] { chosen = [options] { return commands::soak(*options); }; });
}

void add_validate(CLI::App& app, Command& chosen) {
  auto paths = std::make_shared<std::vector<std::string>>();
  CLI::App* validate = app.add_subcommand("validate", "Read scenarios and start nothing");
  validate->add_option("scenarios", *paths, "files, or folders with .yaml files")->required();
  validate->callback([paths, &chosen] { chosen = [paths] { return commands::validate(*paths); }; });
}

void add_check(CLI::App& app, Command& chosen) {
  auto options = std::make_shared<commands::CheckOptions>();
  CLI::App* check = app.add_subcommand("check", "Judge a run again from its folder");
  check->add_option("run", options->run, "the run's folder")->capture_default_str();
  check->add_flag("--deep", options->deep, "read the nodes' files too, and hold them against it");
  check->add_flag("--no-color", options->no_color, "no colours");
  check->add_flag("--json", options->json, "the verdict as a line of JSON on stdout");
  check->callback([options, &chosen] { chosen = [options] { return commands::check(*options); }; });
}

void add_check_history(CLI::App& app, Command& chosen) {
  auto options = std::make_shared<commands::CheckHistoryOptions>();
  CLI::App* check = app.add_subcommand("check-history", "Is anybody's history linearizable?");
  check->add_option("file", options->file, "Jepsen's EDN, JSON lines, or a run's history.jsonl")
      ->required();
  const auto set_model = [options](const std::string& text) {
    const auto model = linearizability::model_from(text);
    if (!model) throw CLI::ValidationError("--model", "'" + text + "' is no model");
    options->model = *model;
  };
  check->add_option_function<std::string>("--model", set_model, "register, cas or kv")
      ->type_name("MODEL")
      ->required();
  const auto is_positive = [](const std::string& text) {
    return text.find_first_not_of('0') == text.npos ? text + " is no budget" : std::string();
  };
  check->add_option("--budget", options->judge.configurations, "so many configurations searched")
      ->check(CLI::Validator(is_positive, ""))
      ->capture_default_str();
  check->add_option("--memory", options->judge.bytes, "bytes for the search")
      ->transform(CLI::AsSizeValue(false))
      ->capture_default_str();
  check->add_flag("--every-key", options->judge.every_key, "go on behind the first that fails");
  check->add_flag("--no-color", options->no_color, "no colours");
  check->add_flag("--json", options->json, "the judgement as a line of JSON on stdout");
  check->callback(
      [options, &chosen] { chosen = [options] { return commands::check_history(*options); }; });
}

void add_logs(CLI::App& app, Command& chosen) {
  auto options = std::make_shared<commands::LogsOptions>();
  CLI::App* logs = app.add_subcommand("logs", "Show a run's node logs as one timeline");
  logs->add_option("run", options->run, "the run's folder")->capture_default_str();
  logs->add_option("--node", options->nodes, "only of these: n1,n2")->delimiter(',');
  logs->add_option("--event", options->events, "only these: role_changed,applied")->delimiter(',');
  logs->add_option("--term", options->term, "only of this term");
  logs->add_flag("--columns", options->columns, "a column for each node");
  logs->add_flag("--color", options->color, "colours also where stdout is no terminal");
  logs->add_flag("--no-color", options->no_color, "no colours");
  logs->callback([options, &chosen] { chosen = [options] { return commands::logs(*options); }; });
}

void add_ls(CLI::App& app, Command& chosen) {
  auto options = std::make_shared<commands::LsOptions>();
  CLI::App* ls = app.add_subcommand("ls", "List the runs there are");
  ls->add_option("runs", options->runs, "the folder they are in")->capture_default_str();
  ls->add_flag("--no-color", options->no_color, "no colours");
  ls->callback([options, &chosen] { chosen = [options] { return commands::ls(*options); }; });
}

void add_test(CLI::App& app, Command& chosen) {
  auto options = std::make_shared<commands::TestOptions>();
  CLI::App* test = app.add_subcommand("test", "Run squall's own tests");
  test->add_flag("--all", options->all, "sanitizers, clang-tidy, sweeps and long properties too");
  test->prefix_command();
  test->footer("Further arguments go to ctest: squall test -R election");
  test->callback([options, test, &chosen] {
    options->ctest = test->remaining();
    chosen = [options] { return commands::test(*options); };
  });
}

// Where the first word is no subcommand, and no option: what was meant by it.
bool is_unknown_command(const CLI::App& app, const std::string& word) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; }))
    names.push_back(command->get_name());
  if (word.starts_with('-') || std::find(names.begin(), names.end(), word) != names.end()) {
    return false;
  }
  const std::vector<std::string_view> candidates(names.begin(), names.end());
  std::fprintf(stderr, "squall: no such command: '%s'%s\n", word.c_str(),
               scenario::did_you_mean(word, candidates).c_str());
  return true;
}

int parse_and_run(int argc, char** argv) {
  CLI::App app("A cluster testbed for Raft: scenarios of faults, run and judged.", "squall");
  app.footer(kExitCodes);
  app.set_version_flag("--version",
                       std::string("squall " SQUALL_VERSION ", commit ") + runner::built_from());
  Command chosen;
  add_run(app, chosen);
  add_soak(app, chosen);
  add_validate(app, chosen);
  add_check(app, chosen);
  add_check_history(app, chosen);
  add_logs(app, chosen);
  add_ls(app, chosen);
  add_test(app, chosen);
  app.require_subcommand(1);
  if (argc > 1 && is_unknown_command(app, argv[1])) return runner::kUsage;
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& success) {
    return app.exit(success);
  } catch (const CLI::ParseError& error) {
    app.exit(error);
    return runner::kUsage;
  }
  return chosen();
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // a run goes on although nobody reads its account any more
  try {
    return parse_and_run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "squall: %s\n", error.what());
    return runner::kHarnessError;
  }
}
