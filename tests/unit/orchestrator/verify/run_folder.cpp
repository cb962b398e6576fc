// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/orchestrator/verify/run_folder.h"

#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>
#include <stdexcept>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "orchestrator/verify/check.h"
#include "orchestrator/verify/reader.h"

namespace verify {
namespace {

constexpr unsigned kNodes = 5;

std::string with(const std::string& fields) {
  return fields.empty() ? "" : "," + fields;
}

std::string quote(const std::string& text) {
  return fmt::format("\"{}\"", text);
}

void put(const std::filesystem::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
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
  line("started", fmt::format("\"pid\":1,\"seed\":1,\"settings\":{{{},\"max_sessions\":{}}}",
                              fields_of(first), max_sessions));
  return line(
      "recovered",
      fmt::format("\"voted_for\":{},{},\"log_term\":{},\"snapshot_index\":{},\"snapshot_term\":{},"
                  "\"snapshot_digest\":\"{}\",\"state_digest\":\"{}\",\"wal_bytes\":0,"
                  "\"torn_bytes\":0",
                  voted_for_, tip(), entry_at(log_index()).term, snapshot_.index,
                  snapshot_.entry.term, digest(snapshot_.entry.digest), digest(77)));
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
                fmt::format("{},\"cause\":{{\"kind\":\"message\",\"type\":\"append_entries\","
                            "\"prev_log_index\":{},\"entries\":1,\"leader_commit\":{}}}",
                            advanced, index - 1, index));
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
                          "\"log_index\":{},\"digest\":\"{}\"",
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

RunFolder::RunFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "squall-run-XXXXXX").string();
  if (!mkdtemp(name.data())) throw std::runtime_error("mkdtemp failed");
  path_ = name;
  nodes_.reserve(kNodes);
  for (unsigned i = 1; i <= kNodes; ++i)
    nodes_.emplace_back(*this, i);
}

RunFolder::~RunFolder() {
  std::filesystem::remove_all(path_);
}

NodeScript& RunFolder::node(unsigned number) {
  return nodes_.at(number - 1);
}

std::string RunFolder::stamp() {
  ++clock_;
  return fmt::format("\"time\":\"2026-11-21T00:00:00.{:06}Z\",\"mono_us\":{}", clock_,
                     1000 * clock_);
}

RunFolder& RunFolder::fault(const std::string& event, const std::string& fields) {
  faults_ += fmt::format("{{{},\"event\":\"{}\"{}}}\n", stamp(), event, with(fields));
  return *this;
}

RunFolder& RunFolder::network(const std::string& event, const std::string& fields) {
  network_ += fmt::format("{{{},\"event\":\"{}\"{}}}\n", stamp(), event, with(fields));
  return *this;
}

RunFolder& RunFolder::history(const std::string& what, const std::string& fields) {
  const auto parts = words(what);
  history_ += fmt::format(
      "{{{},\"event\":\"{}\",\"client\":\"{}\",\"request\":{},\"op\":\"{}\",\"key\":\"{}\"{}}}\n",
      stamp(), parts.at(0), parts.at(1), parts.at(2), parts.at(3), parts.at(4), with(fields));
  return *this;
}

RunFolder& RunFolder::history_bytes(const std::string& text) {
  history_ += text;
  return *this;
}

// Of a network that had nothing to do.
constexpr const char* kSums =
    "{\"time\":\"2026-11-21T00:00:09Z\",\"mono_us\":9000000,\"event\":\"network_total\","
    "\"sent\":{\"messages\":0,\"bytes\":0},\"balanced\":true}\n";

// Nodes that no test's line has ended were killed at the end.
std::string RunFolder::last_ends() const {
  std::set<std::string> running;
  std::istringstream lines(faults_);
  for (std::string text; std::getline(lines, text);) {
    const auto line = nlohmann::json::parse(text, nullptr, false);
    if (line.is_discarded() || !line.contains("node")) continue;
    const std::string who =
        fmt::format("\"node\":{},\"inc\":{}", line["node"].dump(), line["inc"].dump());
    if (line["event"] == "node_started") running.insert(who);
    if (line["event"] == "node_exited") running.erase(who);
  }
  std::string ends;
  for (const std::string& who : running) {
    ends += fmt::format(
        "{{\"time\":\"2026-11-21T00:00:09Z\",\"mono_us\":9000000,\"event\":\"node_exited\",{},"
        "\"expected\":true,\"exit_code\":-1,\"signal\":9,\"reason\":\"\"}}\n",
        who);
  }
  return ends;
}

const std::filesystem::path& RunFolder::write() const {
  std::filesystem::create_directories(path_ / "nodes");
  put(path_ / "faults.jsonl", faults_ + last_ends());
  const bool summed = network_.find("network_total") != std::string::npos;
  put(path_ / "network.jsonl", network_ + (summed ? "" : kSums));
  put(path_ / "history.jsonl", history_);
  for (const NodeScript& node : nodes_) {
    if (!node.text_.empty()) put(path_ / fmt::format("nodes/n{}.jsonl", node.node_), node.text_);
  }
  return path_;
}

CheckResult RunFolder::check(const std::string& name) const {
  const Result result = judge();
  for (const CheckResult& check : result.checks) {
    if (check.name == name) return check;
  }
  throw std::runtime_error("no result of " + name);
}

Result RunFolder::judge() const {
  return verify::judge(write());
}

void tell_healthy_run(RunFolder& run) {
  run.fault("run_started",
            "\"scenario\":\"healthy\",\"seed\":7,\"cluster\":\"processes\",\"nodes\":3");
  for (unsigned i = 1; i <= 3; ++i) {
    run.fault("node_started", fmt::format("\"node\":\"n{}\",\"inc\":1,\"pid\":{}", i, i));
    run.node(i).start();
    run.fault("node_ready", fmt::format("\"node\":\"n{}\",\"inc\":1", i));
  }
  run.node(1).enter_term(1).vote("n1").persist();
  run.node(2).enter_term(1).vote("n1").persist();
  run.node(3).enter_term(1).vote("n1").persist();
  run.node(1).lead({"n1", "n2"}).append({11});
  run.history("invoke c1/1 append k1", "\"value\":\"c1.1 \"");
  run.node(1).append({12}).persist();
  run.node(2).append({11, 12}).persist();
  run.node(3).append({11, 12});  // not durable: the crash takes it
  run.fault("node_killed", "\"node\":\"n3\",\"inc\":1");
  run.fault("node_exited",
            "\"node\":\"n3\",\"inc\":1,\"expected\":true,\"exit_code\":null,"
            "\"signal\":9,\"reason\":\"\"");
  run.node(1).commit(2).apply({"noop", "c1/1"});
  run.history("ok c1/1 append k1", "\"log_index\":2,\"term\":1,\"node\":\"n1\"");
  run.history("invoke c2/1 get k1");
  run.node(1).append({13}).persist().commit(3).apply({"c2/1"});
  run.history("ok c2/1 get k1", "\"value\":\"c1.1 \",\"log_index\":3,\"term\":1,\"node\":\"n1\"");
  run.fault("node_started", "\"node\":\"n3\",\"inc\":2,\"pid\":9");
  run.node(3).start();
  run.fault("node_ready", "\"node\":\"n3\",\"inc\":2");
  run.fault("finishing", "\"converge\":true");
  run.history("invoke probe/1 put probe", "\"value\":\"probe.1\"");
  run.node(1).append({14}).persist().commit(4).apply({"probe/1"});
  run.history("ok probe/1 put probe", "\"log_index\":4,\"term\":1,\"node\":\"n1\"");
  run.fault("probe", "\"log_index\":4");
  run.node(2).append({13, 14}).persist().commit(4).apply({"noop", "c1/1", "c2/1", "probe/1"});
  run.node(3).append({11, 12, 13, 14}).persist().commit(4);
  run.node(3).apply({"noop", "c1/1", "c2/1", "probe/1"});
  run.fault("converged", fmt::format("\"log_index\":4,\"digest\":\"{}\"", digest(14)));
  for (unsigned i = 1; i <= 3; ++i)
    run.node(i).stop();
  for (unsigned i = 1; i <= 3; ++i) {
    run.fault("node_exited", fmt::format("\"node\":\"n{}\",\"inc\":{},\"expected\":true,"
                                         "\"exit_code\":0,\"signal\":null,\"reason\":\"\"",
                                         i, i == 3 ? 2 : 1));
  }
  run.network("network_total",
              "\"sent\":{\"messages\":20,\"bytes\":900},\"delivered\":{\"messages\":20,"
              "\"bytes\":900},\"in_flight\":{\"messages\":0,\"bytes\":0},\"dropped\":{},"
              "\"balanced\":true");
  run.fault("run_ended", "\"reason\":\"completed\"");
}

}  // namespace verify
