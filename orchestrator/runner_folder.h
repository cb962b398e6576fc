// SPDX-License-Identifier: Apache-2.0
// Where a run leaves its evidence: OUT/<scenario>/<UTC time>-<seed>/, and OUT/latest.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "orchestrator/scenario/interpreter_output.h"
#include "orchestrator/scenario/scenario.h"
#include "proxy/edge/descriptor.h"

namespace runner {

// A folder that was not there before. Throws cluster::HarnessError.
std::filesystem::path make_run_folder(const std::filesystem::path& out, const std::string& scenario,
                                      std::uint64_t seed, std::chrono::microseconds wall);

// Makes OUT/latest name this folder, in one step. Throws cluster::HarnessError.
void point_latest_at(const std::filesystem::path& out, const std::filesystem::path& folder);

// Writes the whole file. Throws cluster::HarnessError.
void write_file(const std::filesystem::path& path, std::string_view text);

// faults.jsonl and history.jsonl of a run. Each call of record() is one write, done when it
// returns; what clients got is written in batches. Throws cluster::HarnessError.
class Journal {
 public:
  Journal(const std::filesystem::path& folder, std::chrono::microseconds wall_offset);

  void record(const std::vector<scenario::Happening>& happenings, raft::Time at);
  void record(const std::vector<workload::Event>& events, raft::Time now);
  void flush();

  std::uint64_t history_lines() const { return history_count_; }
  std::chrono::microseconds wall_offset() const { return wall_offset_; }

 private:
  std::chrono::microseconds wall_offset_;
  proxy::AppendFile faults_;
  proxy::AppendFile history_;
  std::string lines_;
  std::string history_lines_;
  std::uint64_t history_count_ = 0;
  raft::Time flushed_at_{};
};

}  // namespace runner
