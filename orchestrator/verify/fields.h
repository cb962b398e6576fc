// SPDX-License-Identifier: Apache-2.0
// Reads the fields of a line by name and type. One that is missing or of another type gives 0 or
// empty and is noted, so that one look at problem() at the end is enough.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/verify/json_record.h"
#include "raft/types.h"

namespace verify {

class Fields {
 public:
  explicit Fields(JsonValue object) : object_(object) {}

  // What is wrong first, in a few words; empty where nothing is.
  const std::string& problem() const { return problem_; }
  void note(std::string problem);

  bool has(std::string_view name) const { return !object_.field(name).is_null(); }
  std::uint64_t number(std::string_view name);
  std::int64_t integer(std::string_view name);
  double real(std::string_view name);
  bool flag(std::string_view name);
  std::string text(std::string_view name);
  // The same as it stands in the record, until that parses the next line.
  std::string_view view(std::string_view name);
  std::uint64_t digest(std::string_view name);
  raft::NodeId node(std::string_view name);            // not null
  raft::NodeId node_or_nobody(std::string_view name);  // null is nobody
  std::vector<raft::NodeId> nodes(std::string_view name);
  std::vector<std::string> texts(std::string_view name);
  JsonValue array(std::string_view name);
  JsonValue object(std::string_view name);

  raft::Index index(std::string_view name) { return {number(name)}; }
  raft::Term term(std::string_view name) { return {number(name)}; }
  std::uint32_t small(std::string_view name);  // below 2^32
  raft::Time time(std::string_view name) { return raft::Time{integer(name)}; }

  // The same of a value that is not a field; `what` names it where something is wrong.
  std::uint64_t number_of(JsonValue value, std::string_view what);
  std::string text_of(JsonValue value, std::string_view what) {
    return std::string(view_of(value, what));
  }
  std::string_view view_of(JsonValue value, std::string_view what);
  std::uint64_t digest_of(JsonValue value, std::string_view what);
  raft::NodeId node_of(JsonValue value, std::string_view what);

 private:
  JsonValue object_;
  std::string problem_;
};

}  // namespace verify
