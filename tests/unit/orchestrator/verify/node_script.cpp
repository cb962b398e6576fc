// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/orchestrator/verify/node_script.h"

#include <fmt/format.h>

#include "tests/unit/orchestrator/verify/run_folder.h"

namespace verify {
namespace {

constexpr std::uint64_t kOfNoKeys = 0xbb3302e8a9608868;  // and no sessions: a state's digest

std::string list_of(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names)
    list += (list.empty() ? "" : ",") + quote(name);
  return "[" + list + "]";
}

std::string fields_of(const Members& members) {
  std::string fields = "\"voters\":" + list_of(members.voters);
  if (!members.old_voters.empty()) fields += ",\"old_voters\":" + list_of(members.old_voters);
  return fields + ",\"learners\":" + list_of(members.learners);
}

}  // namespace

std::string digest(std::uint64_t number) {
  return fmt::format("{:016x}", number);
}

std::string with(const std::string& fields) {
  return fields.empty() ? "" : "," + fields;
}

std::string quote(const std::string& text) {
  return fmt::format("\"{}\"", text);
}

std::vector<std::string> words(const std::string& text) {
  std::vector<std::string> found(1);
  for (const char c : text) {
    if (c == ' ' || c == '/') {
      found.emplace_back();
    } else {
      found.back() += c;
    }
  }
  return found;
}

std::string append_entries_cause(unsigned prev_log_index, unsigned entries,
                                 unsigned leader_commit) {
  return fmt::format(
      "\"cause\":{{\"kind\":\"message\",\"msg_id\":\"n1.1.7\",\"src\":\"n1\","
      "\"type\":\"append_entries\",\"term\":1,\"prev_log_index\":{},\"prev_log_term\":1,"
      "\"entries\":{},\"leader_commit\":{},\"round\":1}}",
      prev_log_index, entries, leader_commit);
}

std::string install_snapshot_cause(unsigned last_included_index) {
  return fmt::format(
      "\"cause\":{{\"kind\":\"message\",\"msg_id\":\"n1.1.7\",\"src\":\"n1\","
      "\"type\":\"install_snapshot\",\"term\":1,\"last_included_index\":{},"
      "\"last_included_term\":1,\"voters\":[\"n1\",\"n2\",\"n3\"],\"learners\":[],"
      "\"size\":9,\"offset\":0,\"bytes\":9,\"round\":1}}",
      last_included_index);
}

NodeScript& NodeScript::line(const std::string& event, const std::string& fields) {
  text_ += fmt::format(
      "{{{},\"level\":\"info\",\"msg\":\"\",\"node\":\"n{}\",\"inc\":{},\"seq\":{},"
      "\"event\":\"{}\",\"term\":{},\"role\":\"{}\"{}}}\n",
      folder_.stamp(), node_, incarnation_, ++seq_, event, term_, role_, with(fields));
  return *this;
}

NodeScript& NodeScript::bytes(const std::string& text) {
  text_ += text;
  return *this;
}

NodeScript::Entry NodeScript::entry_at(unsigned index) const {
  if (index == base_) return base_entry_;
  return log_.at(index - base_ - 1);
}

std::string NodeScript::tip() const {
  return fmt::format("\"log_index\":{},\"digest\":\"{}\"", log_index(),
                     digest(entry_at(log_index()).digest));
}

NodeScript& NodeScript::compact_every(unsigned entries) {
  compaction_ = fmt::format(
      ",\"snapshot_threshold\":{},\"snapshot_chunk_bytes\":65536,"
      "\"max_snapshot_bytes\":1073741824",
      entries);
  return *this;
}

NodeScript& NodeScript::start(unsigned voters) {
  Members first;
  for (unsigned i = 1; i <= voters; ++i)
    first.voters.push_back(fmt::format("n{}", i));
  return start(first);
}

NodeScript& NodeScript::start(const Members& first, unsigned max_sessions) {
  ++incarnation_;
  seq_ = 0;
  term_ = disk_.term;
  voted_for_ = disk_.voted_for;
  base_ = disk_.base;
  base_entry_ = disk_.base_entry;
  log_ = disk_.log;
  snapshot_ = disk_.snapshot;
  role_ = "follower";
  commit_ = applied_ = snapshot_.index;
  line("started", fmt::format("\"pid\":1,\"seed\":1,\"settings\":{{{},\"max_sessions\":{},"
                              "\"election_timeout_min_us\":150000,"
                              "\"election_timeout_max_us\":300000,"
                              "\"heartbeat_interval_us\":50000{}}}",
                              fields_of(first), max_sessions, compaction_));
  return line(
      "recovered",
      fmt::format("\"voted_for\":{},{},\"log_term\":{},\"snapshot_index\":{},\"snapshot_term\":{},"
                  "\"snapshot_digest\":\"{}\",\"state_digest\":\"{}\",\"wal_bytes\":0,"
                  "\"torn_bytes\":0",
                  voted_for_, tip(), entry_at(log_index()).term, snapshot_.index,
                  snapshot_.entry.term, digest(snapshot_.entry.digest),
                  digest(snapshot_.index == 0 ? kOfNoKeys : 77)));
}

NodeScript& NodeScript::enter_term(unsigned term) {
  const unsigned from = term_;
  term_ = term;
  voted_for_ = "null";
  role_ = "follower";
  return line("term_advanced", fmt::format("\"from_term\":{}", from));
}

NodeScript& NodeScript::vote(const std::string& candidate) {
  voted_for_ = quote(candidate);
  return line(
      "vote_granted",
      fmt::format("\"candidate\":{},\"candidate_term\":{},\"pre_vote\":false", voted_for_, term_));
}

NodeScript& NodeScript::pre_vote(const std::string& candidate, unsigned term) {
  return line("vote_granted",
              fmt::format("\"candidate\":{},\"candidate_term\":{},\"pre_vote\":true",
                          quote(candidate), term));
}

NodeScript& NodeScript::persist_silently() {
  disk_ = {term_, voted_for_, base_, base_entry_, log_, snapshot_};
  return *this;
}

NodeScript& NodeScript::lose_vote() {
  disk_.voted_for = "null";
  return *this;
}

NodeScript& NodeScript::lose_entry() {
  disk_.log.pop_back();
  return *this;
}

NodeScript& NodeScript::lose_snapshot() {
  disk_.snapshot = {};
  return *this;
}

NodeScript& NodeScript::forget_term(unsigned found) {
  disk_.term = found;
  disk_.voted_for = "null";
  return *this;
}

NodeScript& NodeScript::persist() {
  persist_silently();
  return line("persisted", fmt::format("\"write\":1,\"voted_for\":{},{},\"snapshot_index\":{}",
                                       voted_for_, tip(), snapshot_.index));
}

NodeScript& NodeScript::lead(const std::vector<std::string>& votes) {
  role_ = "leader";
  return line("role_changed",
              fmt::format("\"from_role\":\"candidate\",\"reason\":\"votes\",\"votes\":{},{},"
                          "\"log_term\":{}",
                          list_of(votes), tip(), entry_at(log_index()).term));
}

NodeScript& NodeScript::stand(const std::string& role) {
  const std::string from = role_;
  role_ = role;
  return line("role_changed",
              fmt::format("\"from_role\":\"{}\",\"reason\":\"election_timeout\",{},\"log_term\":{}",
                          from, tip(), entry_at(log_index()).term));
}

NodeScript& NodeScript::follow() {
  const std::string from = role_;
  role_ = "follower";
  return line("role_changed",
              fmt::format("\"from_role\":\"{}\",\"reason\":\"newer_term\",{},\"log_term\":{}", from,
                          tip(), entry_at(log_index()).term));
}

NodeScript& NodeScript::append(const std::vector<unsigned>& digests, unsigned term) {
  std::string entries;
  for (const unsigned number : digests) {
    log_.push_back({term == 0 ? term_ : term, number});
    entries += fmt::format("{}[{},{},\"{}\"]", entries.empty() ? "" : ",", log_index(),
                           log_.back().term, digest(number));
  }
  return line("entries_appended", fmt::format("\"entries\":[{}]", entries));
}

NodeScript& NodeScript::truncate(unsigned first) {
  const unsigned last = log_index();
  log_.resize(first - base_ - 1);
  return line("log_truncated",
              fmt::format("\"first_log_index\":{},\"last_log_index\":{}", first, last));
}

NodeScript& NodeScript::configure(unsigned index, const Members& members) {
  return line("config_changed", fmt::format("\"log_index\":{},{}", index, fields_of(members)));
}

NodeScript& NodeScript::commit(unsigned index, const std::string& match) {
  const unsigned from = commit_;
  commit_ = index;
  const Entry entry = entry_at(index);
  const std::string advanced =
      fmt::format("\"from_commit_index\":{},\"commit_index\":{},\"log_term\":{},\"digest\":\"{}\"",
                  from, index, entry.term, digest(entry.digest));
  if (role_ != "leader") {
    return line("commit_advanced",
                fmt::format("{},{}", advanced, append_entries_cause(index - 1, 1, index)));
  }
  return line(
      "commit_advanced",
      fmt::format("{},\"match\":{{{}}},\"cause\":{{\"kind\":\"write\",\"write\":1}}", advanced,
                  match.empty() ? fmt::format("\"n1\":{0},\"n2\":{0},\"n3\":0", index) : match));
}

NodeScript& NodeScript::apply(const std::vector<std::string>& entries) {
  std::string list;
  for (const std::string& text : entries) {
    const Entry entry = entry_at(++applied_);
    list += fmt::format("{}[{},{},\"{}\"", list.empty() ? "" : ",", applied_, entry.term,
                        digest(entry.digest));
    const auto parts = words(text);
    list += fmt::format(",\"{}\"", parts[0]);
    if (parts.size() > 1) list += "," + parts[1];
    if (parts.size() > 2) list += fmt::format(",\"{}\"", parts[2]);
    list += "]";
  }
  return line("applied", fmt::format("\"commit_index\":{},\"entries\":[{}]", commit_, list));
}

NodeScript& NodeScript::serve(const std::string& request, const std::string& key,
                              unsigned read_index) {
  const auto parts = words(request);
  return line("read_served",
              fmt::format("\"client\":\"{}\",\"request\":{},\"key\":\"{}\",\"read_index\":{},"
                          "\"log_index\":{},\"digest\":\"{}\",\"cause\":{{\"kind\":\"request\"}}",
                          parts.at(0), parts.at(1), key, read_index, applied_,
                          digest(entry_at(applied_).digest)));
}

NodeScript& NodeScript::take_snapshot(unsigned index, unsigned state) {
  snapshot_ = {index, entry_at(index)};
  return line("snapshot_taken", fmt::format("\"log_index\":{},\"log_term\":{},\"digest\":\"{}\","
                                            "\"state_digest\":\"{}\",\"bytes\":40",
                                            index, snapshot_.entry.term,
                                            digest(snapshot_.entry.digest), digest(state)));
}

NodeScript& NodeScript::install(unsigned index, unsigned term, unsigned number) {
  snapshot_ = {index, {term, number}};
  base_ = commit_ = index;
  base_entry_ = snapshot_.entry;
  log_.clear();
  return line("snapshot_installed",
              fmt::format("\"leader\":\"n1\",\"log_index\":{},\"log_term\":{},\"digest\":\"{}\"",
                          index, term, digest(number)));
}

NodeScript& NodeScript::restore(unsigned state) {
  applied_ = snapshot_.index;
  return line("restored", fmt::format("\"log_index\":{},\"digest\":\"{}\",\"state_digest\":\"{}\"",
                                      applied_, digest(snapshot_.entry.digest), digest(state)));
}

NodeScript& NodeScript::stop(unsigned state) {
  return line("stopped", fmt::format("\"log_index\":{},\"commit_index\":{},\"applied_index\":{},"
                                     "\"digest\":\"{}\",\"state_digest\":\"{}\"",
                                     log_index(), commit_, applied_,
                                     digest(entry_at(applied_).digest), digest(state)));
}

}  // namespace verify
