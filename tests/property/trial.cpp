// SPDX-License-Identifier: Apache-2.0
#include "tests/property/trial.h"

#include "raft/assert.h"
#include "tests/property/random_script.h"

namespace raft::property {
namespace {

Failure failure_of(const std::exception& error) {
  const std::string what = error.what();
  const bool asserted = dynamic_cast<const AssertionFailed*>(&error) != nullptr;
  const std::size_t colon = what.find(": ");
  return {asserted || colon == what.npos ? what : what.substr(0, colon), what};
}

// Plays one line; one that can't be carried out is left out.
void play_line(golden::Player& player, const std::string& line, Trial& trial) {
  try {
    player.play(line);
  } catch (const std::invalid_argument&) {
    return;
  } catch (const std::exception& error) {
    trial.failure = failure_of(error);
  }
  trial.lines.push_back(line);
}

}  // namespace

Trial play(const std::vector<std::string>& lines) {
  Trial trial;
  golden::Player player(true);
  for (const std::string& line : lines) {
    play_line(player, line, trial);
    if (trial.failure) break;
  }
  // A cluster whose own line failed was never made.
  if (trial.lines.size() > (trial.failure ? 1 : 0)) trial.coverage = player.cluster().coverage();
  return trial;
}

Trial play_random(std::uint64_t seed, const std::string& flaw) {
  Trial trial;
  golden::Player player(true);
  RandomScript script(seed);
  std::string line = script.first();
  if (!flaw.empty()) line += " flaw=" + flaw;
  while (!line.empty() && !trial.failure) {
    play_line(player, line, trial);
    if (!trial.failure) line = script.next(player.cluster());
  }
  trial.coverage = player.cluster().coverage();
  return trial;
}

std::string as_script(const std::string& prose, const std::vector<std::string>& lines) {
  std::string script = prose + "\n\n";
  for (const std::string& line : lines)
    script += line + "\n";
  return script + "----\n";
}

}  // namespace raft::property
