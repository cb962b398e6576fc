// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/commands/run.h"

#include <algorithm>
#include <cctype>
#include <iterator>
#include <limits>

#include <fmt/format.h>

#include "orchestrator/report/account.h"
#include "orchestrator/scenario/reader.h"
#include "orchestrator/scenario/values.h"
#include "proxy/wire/json.h"

namespace commands {
namespace {

namespace fs = std::filesystem;
using Colour = report::Account::Colour;

struct Item {
  std::string path;
  scenario::Scenario scenario;
};

std::vector<std::string> files_of(const std::vector<std::string>& paths) {
  std::vector<std::string> files;
  for (const std::string& path : paths) {
    if (!fs::is_directory(path)) {
      files.push_back(path);
      continue;
    }
    std::vector<std::string> inside;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(path)) {
      if (entry.is_regular_file() && entry.path().extension() == ".yaml") {
        inside.push_back(entry.path().string());
      }
    }
    std::sort(inside.begin(), inside.end());
    std::move(inside.begin(), inside.end(), std::back_inserter(files));
  }
  return files;
}

// All are read before the first is run. False where one of them is not a scenario.
bool read_all(const RunOptions& options, std::vector<Item>& items, report::Account& account) {
  bool good = true;
  for (const std::string& file : files_of(options.paths)) {
    scenario::ReadResult read = scenario::read_scenario(fs::path(file));
    if (const auto* errors = std::get_if<scenario::Errors>(&read)) {
      good = false;
      for (const scenario::Error& error : *errors)
        account.prose(error.text() + "\n");
      continue;
    }
    auto& scenario = std::get<scenario::Scenario>(read);
    const bool wanted = file.find(options.filter) != file.npos ||
                        scenario.name.find(options.filter) != std::string::npos;
    if (!wanted) continue;
    if (options.time_limit) scenario.time_limit = *options.time_limit;
    items.push_back({file, std::move(scenario)});
  }
  return good;
}

std::string command_for(const RunOptions& options, const std::string& path, std::uint64_t seed) {
  std::string command = fmt::format("./squall run {}{} --seed {}",
                                    how_of(options.simulate, options.encoded), quoted(path), seed);
  if (options.time_limit) {
    command += fmt::format(" --time-limit {}", scenario::duration_text(*options.time_limit));
  }
  return command;
}

const char* word_for(int exit_code) {
  switch (exit_code) {
    case runner::kPass:
      return "PASS";
    case runner::kFail:
      return "FAIL";
    case runner::kUnknown:
      return "UNKNOWN";
    case runner::kHarnessError:
      return "HARNESS ERROR";
    default:
      return "INTERRUPTED";
  }
}

Colour colour_for(int exit_code) {
  return exit_code == runner::kPass ? Colour::good : Colour::bad;
}

std::string folder_text(const fs::path& folder) {
  std::error_code ignored;
  const fs::path relative = fs::relative(folder, ignored);
  return relative.empty() ? folder.string() : relative.string();
}

void tell(const runner::RunResult& result, const scenario::Scenario& scenario,
          const std::string& run_again, const RunOptions& options, report::Account& account) {
  account.prose(fmt::format(
      "\n{}  {}{}\n", account.coloured(colour_for(result.exit_code), word_for(result.exit_code)),
      scenario.name, result.folder.empty() ? "" : "  " + folder_text(result.folder)));
  if (!result.error.empty()) account.prose(result.error + "\n");
  if (result.exit_code != runner::kPass) {
    account.prose(how_again(options.simulate, run_again, options.commit));
  }
  std::string line;
  proxy::JsonLine json(line);
  json.field("event", "result")
      .field("scenario", scenario.name)
      .field("seed", scenario.seed)
      .field("cluster", options.simulate ? "simulated" : "processes")
      .field("exit_code", result.exit_code)
      .field("folder", result.folder.string());
  if (result.error.empty()) {
    json.field("verdict", verify::name_of(result.verdict.verdict));
  } else {
    json.field("error", result.error);
  }
  json.end_line();
  account.json(line);
}

class Suite {
 public:
  Suite(const RunOptions& options, report::Account& account)
      : options_(options), account_(account) {}

  int go(std::vector<Item>& items) {
    constexpr std::uint64_t kLast = std::numeric_limits<std::uint64_t>::max();
    for (std::uint64_t round = 0; options_.until_fail || round < options_.repeat; ++round) {
      for (Item& item : items) {
        const std::uint64_t first = options_.seed.value_or(item.scenario.seed);
        if (round > kLast - first || !go(item, first + round)) return finish();
      }
    }
    return finish();
  }

 private:
  // False where nothing more is to be run.
  bool go(const Item& item, std::uint64_t seed) {
    scenario::Scenario scenario = item.scenario;
    scenario.seed = seed;
    const std::string run_again = command_for(options_, item.path, seed);
    report::Account account = account_;
    if (runs_ > 0) account.prose("\n");
    const runner::RunResult result = runner::run(scenario,
                                                 {options_.simulate, options_.encoded, options_.out,
                                                  options_.keep, run_again, options_.commit},
                                                 account);
    tell(result, scenario, run_again, options_, account);
    ++runs_;
    passed_ += result.exit_code == runner::kPass ? 1 : 0;
    exit_code_ = worse(exit_code_, result.exit_code);
    const bool stopped = result.exit_code >= runner::kSignalled ||
                         (options_.until_fail && result.exit_code != runner::kPass);
    return !stopped;
  }

  int finish() {
    if (runs_ > 1) {
      account_.prose(
          fmt::format("\n{}\n", account_.coloured(colour_for(exit_code_),
                                                  fmt::format("{} of {} passed", passed_, runs_))));
    }
    return exit_code_;
  }

  const RunOptions& options_;
  report::Account& account_;
  unsigned runs_ = 0;
  unsigned passed_ = 0;
  int exit_code_ = runner::kPass;
};

}  // namespace

int worse(int a, int b) {
  constexpr int kBadness[] = {runner::kPass, runner::kUnknown, runner::kFail,
                              runner::kHarnessError};
  const auto badness = [&](int code) {
    return std::find(std::begin(kBadness), std::end(kBadness), code) - std::begin(kBadness);
  };
  return badness(a) >= badness(b) ? a : b;
}

std::string quoted(const std::string& word) {
  const bool plain = !word.empty() && std::all_of(word.begin(), word.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 ||
           std::string_view("-_./+,:=@%").find(static_cast<char>(c)) != std::string_view::npos;
  });
  if (plain) return word;
  std::string out = "'";
  for (char c : word)
    out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

std::string how_again(bool simulate, const std::string& run_again, const std::string& commit) {
  return fmt::format("{}: {}\ncommit: {}\n", simulate ? "reproduces" : "runs it again", run_again,
                     commit);
}

const char* how_of(bool simulate, bool encoded) {
  if (!simulate) return "";
  return encoded ? "--simulate --encoded " : "--simulate ";
}

int run(const RunOptions& options) {
  report::Account account(
      {.prose = true, .colour = report::colour_wanted(options.no_color), .json = options.json});
  std::vector<Item> items;
  if (!read_all(options, items, account)) return runner::kUsage;
  if (items.empty()) {
    account.prose("no scenario matched\n");
    return runner::kNothingMatched;
  }
  return Suite(options, account).go(items);
}

}  // namespace commands
