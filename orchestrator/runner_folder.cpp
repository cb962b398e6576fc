// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/runner_folder.h"

#include <algorithm>
#include <cctype>
#include <ctime>
#include <system_error>

#include <fmt/format.h>
#include <unistd.h>

#include "orchestrator/cluster/harness_error.h"
#include "orchestrator/scenario/interpreter_lines.h"

namespace runner {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kHistoryBatch = std::size_t{1} << 16;     // bytes
constexpr std::chrono::microseconds kHistoryInterval{100'000};  // at most so late

// At making a folder within one that others remove whenever it is empty, as a run that shares it
// does where it keeps nothing.
constexpr unsigned kAttempts = 1000;

std::string folder_name(std::string name) {
  std::replace_if(
      name.begin(), name.end(),
      [](unsigned char c) { return std::isalnum(c) == 0 && c != '-' && c != '_'; }, '_');
  return name;
}

std::string utc_name(std::chrono::microseconds wall) {
  const std::time_t seconds = wall.count() / 1'000'000;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Y%m%dT%H%M%SZ", &parts)};
}

// What the environment refuses is a harness error.
template <class Act>
auto act_on(const fs::path& path, Act&& act) {
  try {
    return act();
  } catch (const fs::filesystem_error& error) {
    throw cluster::HarnessError(fmt::format("{}: {}", path.string(), error.code().message()));
  } catch (const std::system_error& error) {
    throw cluster::HarnessError(error.what());
  }
}

}  // namespace

fs::path make_run_folder(const fs::path& out, const std::string& scenario, std::uint64_t seed,
                         std::chrono::microseconds wall) {
  const fs::path parent = fs::absolute(out) / folder_name(scenario);
  const std::string name = fmt::format("{}-{}", utc_name(wall), seed);
  return act_on(parent, [&] {
    fs::path folder = parent / name;
    unsigned copy = 1;
    for (unsigned attempt = 1;; ++attempt) {
      std::error_code error;
      fs::create_directories(parent, error);
      if (!error && fs::create_directory(folder, error)) return folder;
      if (!error) {
        folder = parent / fmt::format("{}-{}", name, ++copy);
      } else if (attempt >= kAttempts) {
        throw fs::filesystem_error("", folder, error);
      }
    }
  });
}

void point_latest_at(const fs::path& out, const fs::path& folder) {
  const fs::path latest = fs::absolute(out) / "latest";
  act_on(latest, [&] {
    const fs::path fresh = fs::absolute(out) / fmt::format(".latest-{}", ::getpid());
    fs::remove(fresh);
    fs::create_directory_symlink(folder.lexically_relative(fs::absolute(out)), fresh);
    fs::rename(fresh, latest);
  });
}

void write_file(const fs::path& path, std::string_view text) {
  act_on(path, [&] {
    fs::remove(path);
    proxy::AppendFile(path.string()).append(text);
  });
}

Journal::Journal(const fs::path& folder, std::chrono::microseconds wall_offset)
    : wall_offset_(wall_offset) {
  act_on(folder, [&] {
    faults_ = proxy::AppendFile((folder / "faults.jsonl").string());
    history_ = proxy::AppendFile((folder / "history.jsonl").string());
  });
}

void Journal::record(const std::vector<scenario::Happening>& happenings, raft::Time at) {
  if (happenings.empty()) return;
  lines_.clear();
  for (const scenario::Happening& happening : happenings)
    scenario::append_line(lines_, happening, at, wall_offset_);
  act_on("faults.jsonl", [&] { faults_.append(lines_); });
}

void Journal::record(const std::vector<workload::Event>& events, raft::Time now) {
  for (const workload::Event& event : events)
    workload::append_line(history_lines_, event, wall_offset_);
  history_count_ += events.size();
  if (history_lines_.size() >= kHistoryBatch || now >= flushed_at_ + kHistoryInterval) {
    flushed_at_ = now;
    flush();
  }
}

void Journal::flush() {
  if (history_lines_.empty()) return;
  act_on("history.jsonl", [&] { history_.append(history_lines_); });
  history_lines_.clear();
}

}  // namespace runner
