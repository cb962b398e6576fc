// SPDX-License-Identifier: Apache-2.0
// Histories that others wrote, and squall's own, as the checkers read them. docs/linearizability.md
// has the formats: Jepsen's EDN and its log lines, JSON lines of the same, and history.jsonl.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "orchestrator/verify/linearizability/history.h"

namespace linearizability {

// What the operations are about, which a file does not say.
enum class Model : std::uint8_t {
  plain_register,  // read and write of any value
  cas_register,    // and compare-and-set; one that fails found another value
  key_value,       // texts under keys: get, put, append, compare-and-set
};
const char* name_of(Model model);  // register, cas, kv
std::optional<Model> model_from(std::string_view name);

struct ReadHistory {
  History history;
  // Operations that are not in it: those that certainly took no effect and told nothing of the
  // state, and reads that were never answered.
  std::uint64_t left_out = 0;
  // Where and what is wrong first, "file:line: what"; empty where nothing is. Then the history is
  // that of the lines before.
  std::string error;
};

// `name` is what errors call it. Takes any bytes.
ReadHistory read_history(std::string_view text, std::string_view name, Model model);
// A file that can't be read is an error too.
ReadHistory read_history_file(const std::filesystem::path& path, Model model);

}  // namespace linearizability
