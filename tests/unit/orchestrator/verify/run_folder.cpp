// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/orchestrator/verify/run_folder.h"

#include <algorithm>
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

void put(const std::filesystem::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

}  // namespace

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
  const char* more = event == "run_ended" ? ",\"history_lines\":@" : "";
  faults_ += fmt::format("{{{},\"event\":\"{}\"{}{}}}\n", stamp(), event, with(fields), more);
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
    "\"sent\":{\"messages\":0,\"bytes\":0},\"delivered\":{\"messages\":0,\"bytes\":0},"
    "\"in_flight\":{\"messages\":0,\"bytes\":0},\"dropped\":{},\"balanced\":true}\n";

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
  std::string faults = faults_ + last_ends();
  const std::string lines = std::to_string(std::count(history_.begin(), history_.end(), '\n'));
  for (std::size_t at = faults.find('@'); at != faults.npos; at = faults.find('@'))
    faults.replace(at, 1, lines);
  put(path_ / "faults.jsonl", faults);
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

std::vector<std::string> checks_of_scripts() {
  std::vector<std::string> names = check_names();
  std::erase(names, "digests_recomputed");
  return names;
}

void tell_healthy_run(RunFolder& run) {
  std::string checks;
  for (const std::string& name : checks_of_scripts())
    checks += (checks.empty() ? "" : ",") + quote(name);
  run.fault("run_started",
            "\"scenario\":\"healthy\",\"seed\":7,\"cluster\":\"processes\",\"nodes\":3,"
            "\"run_again\":\"./squall run 'a b.yaml' --seed 7\",\"commit\":\"0123456789ab-dirty\","
            "\"checks\":[" +
                checks + "]");
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
  run.node(1).append({13}).persist();
  run.node(2).append({13}).persist();
  run.node(1).commit(3).apply({"c2/1"});
  run.history("ok c2/1 get k1", "\"value\":\"c1.1 \",\"log_index\":3,\"term\":1,\"node\":\"n1\"");
  run.fault("node_started", "\"node\":\"n3\",\"inc\":2,\"pid\":9");
  run.node(3).start();
  run.fault("node_ready", "\"node\":\"n3\",\"inc\":2");
  run.fault("finishing", "\"converge\":true");
  run.history("invoke probe/1 put probe", "\"value\":\"probe.1\"");
  run.node(1).append({14}).persist();
  run.node(2).append({14}).persist();
  run.node(1).commit(4).apply({"probe/1"});
  run.history("ok probe/1 put probe", "\"log_index\":4,\"term\":1,\"node\":\"n1\"");
  run.fault("probe", "\"log_index\":4");
  run.node(2).commit(4).apply({"noop", "c1/1", "c2/1", "probe/1"});
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
  run.network("type_total",
              "\"type\":\"append_entries\",\"kind\":\"request\",\"sent\":{\"messages\":10,"
              "\"bytes\":500},\"delivered\":{\"messages\":10,\"bytes\":500}");
  run.network("type_total",
              "\"type\":\"append_entries\",\"kind\":\"reply\",\"sent\":{\"messages\":10,"
              "\"bytes\":400},\"delivered\":{\"messages\":10,\"bytes\":400}");
  run.network("network_total",
              "\"sent\":{\"messages\":20,\"bytes\":900},\"delivered\":{\"messages\":20,"
              "\"bytes\":900},\"in_flight\":{\"messages\":0,\"bytes\":0},\"dropped\":{},"
              "\"balanced\":true");
  run.fault("run_ended", "\"reason\":\"completed\"");
}

}  // namespace verify
