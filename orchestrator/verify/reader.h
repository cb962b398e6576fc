// SPDX-License-Identifier: Apache-2.0
// Reads evidence from files, line by line. What a kill tore is passed over: a last line without its
// end, or one that the next incarnation's first line follows on the same line of the file. Anything
// else that is not as docs/evidence.md says is damage: what comes after it in that file is not
// read, since it might accuse the innocent.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/verify/evidence.h"
#include "orchestrator/verify/json_record.h"
#include "orchestrator/verify/line_reader.h"

namespace verify {

// One file's events, one after another. Event is NodeEvent, Operation, FaultEvent or NetworkEvent.
template <class Event>
class EventReader {
 public:
  // A file that is not there has no events. `file` is the number it has in Where.
  EventReader(const std::filesystem::path& path, std::uint32_t file);

  // The next event, which lasts until the next call; null at the end or where damage is.
  const Event* next();
  // What is damaged, with file and line; empty where nothing is.
  const std::string& damage() const { return damage_; }
  std::uint64_t lines() const { return line_; }

 private:
  bool read_line();
  std::string decode_line();
  std::string check_sequence();

  LineReader lines_;
  std::string_view text_;
  std::uint32_t file_;
  std::uint32_t line_ = 0;
  JsonRecord record_;
  Event event_;
  std::uint32_t incarnation_ = 0;
  std::uint64_t seq_ = 0;
  Time at_{};
  std::string damage_;
};

struct Damage {
  std::vector<std::string> found;  // empty: the evidence is whole as far as its lines go
  std::uint64_t lines = 0;         // read in all
};

// All events of a run, while it goes on or afterwards.
class RunReader {
 public:
  // Throws std::runtime_error where the folder is not that of a run.
  explicit RunReader(std::filesystem::path folder);

  // Hands what was written since the last call to `observer`: the orchestrator's files first, then
  // node after node. So what a client asked for comes before what a node did about it, where it was
  // written in that order.
  void read(Observer& observer);
  // Of a run that is over.
  Damage damage() const;

 private:
  std::filesystem::path folder_;
  EventReader<FaultEvent> faults_;
  EventReader<Operation> history_;
  EventReader<NetworkEvent> network_;
  std::map<NodeId, EventReader<NodeEvent>> nodes_;
};

// The nodes that have a log in the folder, in order.
std::vector<NodeId> nodes_of(const std::filesystem::path& folder);
std::filesystem::path node_log(const std::filesystem::path& folder, NodeId node);

}  // namespace verify
