// SPDX-License-Identifier: Apache-2.0
// Measures the linearizability checkers on generated histories and on those of a folder, beside
// Porcupine where there is its program, and prints one table.
#include <cstdio>
#include <exception>
#include <optional>
#include <stdexcept>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "orchestrator/verify/linearizability/read_history.h"
#include "tests/benchmark/linearizability/generate.h"
#include "tests/benchmark/linearizability/measure.h"
#include "tests/benchmark/linearizability/porcupine.h"
#include "tests/benchmark/linearizability/written.h"
#include "tests/benchmark/machine.h"
#include "tests/benchmark/table.h"

namespace benchmark {
namespace {

using linearizability::History;
using linearizability::Model;
using linearizability::Ruling;

struct Options {
  PorcupineOptions porcupine;
  std::filesystem::path recorded;  // Porcupine's test_data
  unsigned scale = 1;
};

class Benchmark {
 public:
  explicit Benchmark(const Options& options) : options_(options) {
    table_.row("ms", "squall", options.porcupine.program.empty() ? "no Porcupine" : "Porcupine");
  }

  void run() {
    generated();
    parsing();
    if (!options_.recorded.empty()) recorded();
    fmt::print(
        "{}\n{}\nMedians (and ranges) of {} repetitions; milliseconds of processor time, from a "
        "parsed history.\n",
        table_.text(), machine(options_.porcupine.folder), options_.porcupine.repetitions);
    for (const std::string& note : notes_)
      fmt::print("{}\n", note);
  }

 private:
  // The tiers that are measured besides the verdict as a whole.
  enum class Also : std::uint8_t { nothing, search, memory };

  void generated() {
    const auto kv = [](unsigned clients, unsigned operations) {
      return Clients{.clients = clients, .operations = operations};
    };
    row("kv 5 clients, 10k", kv(5, 10'000), Also::search);
    row("kv 5 clients, 100k", kv(5, 100'000), Also::search);
    row("kv 20 clients, 1k", kv(20, 1'000), Also::search);
    row("kv 20 clients, 10k", kv(20, 10'000), Also::search);
    row("kv 20 clients, 100k", kv(20, 100'000), Also::search);
    log_row("  by the log's order", kv(20, 100'000), true);
    log_row("  the mutations' alone", kv(20, 100'000), false);
    Clients clients = kv(20, 100'000);
    clients.timeouts_per_mille = 50;
    row("  5 % time out", clients, Also::nothing);
    row("kv 50 clients, 1k", kv(50, 1'000), Also::search);
    row("kv 50 clients, 10k", kv(50, 10'000), Also::search);
    clients = kv(5, 100'000);
    clients.keys = 1;
    row("kv 1 key 5 clients, 100k", clients, Also::memory);
    clients = kv(20, 20'000);
    clients.stale = true;
    row("kv 20 clients, 20k, stale", clients, Also::nothing);
    clients = kv(20, 1'000'000);
    alone_row("kv 20 clients, 1M", clients);
    log_row("  by the log's order", clients, true);
    log_row("  the mutations' alone", clients, false);
    registers();
  }

  void registers() {
    const auto values_0_to_4 = [](unsigned clients, unsigned operations, unsigned timeouts) {
      return Clients{.kv = false,
                     .keys = 1,
                     .clients = clients,
                     .operations = operations,
                     .values = 5,
                     .timeouts_per_mille = timeouts};
    };
    row("register 5 clients, 1k", values_0_to_4(5, 1'000, 0), Also::nothing);
    row("register 10 clients, 10k", values_0_to_4(10, 10'000, 0), Also::nothing);
    row("  1 % time out", values_0_to_4(10, 10'000, 10), Also::nothing);
    row("register 20 clients, 1k", values_0_to_4(20, 1'000, 0), Also::nothing);
    row("  1 % time out", values_0_to_4(20, 1'000, 10), Also::nothing);
    row("register unique, 100k", {.kv = false, .keys = 1, .clients = 20, .operations = 100'000},
        Also::search);
  }

  Clients scaled(Clients clients) const {
    clients.operations = std::max(clients.operations / options_.scale, 100U);
    return clients;
  }

  // A verdict that is wrong makes all numbers worthless.
  static void expect(Ruling ruling, Ruling expected, const std::string& what) {
    if (ruling != expected) throw std::runtime_error("a wrong verdict: " + what);
  }

  std::vector<double> judged(const History& history, Ruling expected, const std::string& what) {
    return milliseconds_of(options_.porcupine.repetitions,
                           [&] { expect(linearizability::judge(history).ruling, expected, what); });
  }

  std::vector<double> searched(const History& history, Ruling expected, const std::string& what) {
    return milliseconds_of(options_.porcupine.repetitions,
                           [&] { expect(search_all(history), expected, what); });
  }

  std::string beside(const History& history, const std::vector<double>& ours, Ruling expected) {
    if (options_.porcupine.program.empty()) return "";
    const PorcupineSays says = ask_porcupine(options_.porcupine, history);
    if (says.verdict == "unknown") return "no answer";
    if ((says.verdict == "ok") != (expected == Ruling::linearizable)) return "contradicts";
    return cell(says.milliseconds, ours);
  }

  void row(const std::string& what, const Clients& clients, Also also) {
    const History history = generate(scaled(clients));
    const Ruling expected = clients.stale ? Ruling::not_linearizable : Ruling::linearizable;
    const std::vector<double> ours = judged(history, expected, what);
    table_.row(what, cell(ours), beside(history, ours, expected));
    if (also == Also::nothing) return;
    table_.row("  by search alone", cell(searched(history, expected, what)), "");
    if (also != Also::memory) return;
    const double zones = peak_mebibytes_of([&] { linearizability::judge(history); });
    const double search = peak_mebibytes_of([&] { search_all(history); });
    table_.row("  MiB, zones / search", fmt::format("{:.0f} / {:.0f}", zones, search), "");
  }

  // What Porcupine has no answer to is not asked of it again.
  void alone_row(const std::string& what, const Clients& clients) {
    table_.row(what, cell(judged(generate(scaled(clients)), Ruling::linearizable, what)), "");
  }

  // What reads claim is told as well, or they are to be placed.
  void log_row(const std::string& what, Clients clients, bool reads) {
    clients.claims = true;
    History history = generate(scaled(clients));
    for (linearizability::Operation& operation : history.operations) {
      if (!reads && !operation.mutates()) operation.log_index = 0;
    }
    table_.row(what, cell(judged(history, Ruling::linearizable, what)), "");
    for (const auto& key : linearizability::judge(history).keys) {
      if (key.tier != linearizability::Tier::witness) {
        throw std::runtime_error("the log's order was no witness");
      }
    }
  }

  void parsing() {
    const History history = generate(scaled({.clients = 20, .operations = 1'000'000}));
    for (const auto& [what, text] : {std::pair{"parsing EDN, MB/s", as_edn(history)},
                                     std::pair{"parsing JSON, MB/s", as_json(history)}}) {
      std::vector<double> rates;
      const auto times = milliseconds_of(options_.porcupine.repetitions, [&, &t = text] {
        const auto read = linearizability::read_history(t, "generated", Model::key_value);
        if (!read.error.empty()) throw std::runtime_error(read.error);
      });
      for (const double milliseconds : times)
        rates.push_back(static_cast<double>(text.size()) / 1000 / milliseconds);
      table_.row(what, median_and_range(rates), "");
    }
  }

  // Porcupine's own data: kv/*.txt, one row each, and jepsen/*.log together.
  void recorded() {
    for (const char* name : {"c01-ok", "c01-bad", "c10-ok", "c10-bad", "c50-ok", "c50-bad"}) {
      const History history =
          read(options_.recorded / "kv" / (std::string(name) + ".txt"), Model::key_value);
      const bool ok = std::string_view(name).ends_with("ok");
      const Ruling expected = ok ? Ruling::linearizable : Ruling::not_linearizable;
      const std::vector<double> ours = judged(history, expected, name);
      table_.row(name, cell(ours), beside(history, ours, expected));
      if (!ok) {
        const auto every = milliseconds_of(options_.porcupine.repetitions, [&] {
          linearizability::judge(history, {.every_key = true});
        });
        table_.row("  every key", cell(every), "");
      }
    }
    etcd();
  }

  void etcd() {
    std::vector<double> ours(options_.porcupine.repetitions);
    std::vector<double> search(options_.porcupine.repetitions);
    std::vector<double> theirs(options_.porcupine.repetitions);
    unsigned linearizable = 0;
    unsigned not_linearizable = 0;
    unsigned contradictions = 0;
    for (const auto& entry : std::filesystem::directory_iterator(options_.recorded / "jepsen")) {
      const History history = read(entry.path(), Model::cas_register);
      if (history.operations.empty()) continue;
      const Ruling ruling = linearizability::judge(history).ruling;
      ++(ruling == Ruling::linearizable ? linearizable : not_linearizable);
      add(ours, judged(history, ruling, entry.path().string()));
      add(search, searched(history, ruling, entry.path().string()));
      if (options_.porcupine.program.empty()) continue;
      const PorcupineSays says = ask_porcupine(options_.porcupine, history);
      contradictions += (says.verdict == "ok") != (ruling == Ruling::linearizable);
      add(theirs, says.milliseconds);
    }
    const bool alone = options_.porcupine.program.empty();
    table_.row("etcd, all files", cell(search), alone ? "" : cell(theirs, search));
    table_.row("  explained", cell(ours), "");
    notes_.push_back(fmt::format(
        "etcd: {} linearizable, {} not{}", linearizable, not_linearizable,
        alone ? std::string() : fmt::format("; Porcupine contradicts {} of them", contradictions)));
  }

  // Repetition by repetition; where the other one gave up early its last time stands for the rest.
  static void add(std::vector<double>& sums, const std::vector<double>& times) {
    for (std::size_t i = 0; i < sums.size() && !times.empty(); ++i)
      sums[i] += times[std::min(i, times.size() - 1)];
  }

  static History read(const std::filesystem::path& file, Model model) {
    auto read = linearizability::read_history_file(file, model);
    if (!read.error.empty()) throw std::runtime_error(read.error);
    return std::move(read.history);
  }

  const Options& options_;
  Table table_;
  std::vector<std::string> notes_;
};

}  // namespace
}  // namespace benchmark

int main(int argc, char** argv) {
  benchmark::Options options;
  CLI::App app(
      "Measures the linearizability checkers, beside Porcupine where its program is given.",
      "linearizability_benchmark");
  app.option_defaults()->always_capture_default();
  app.add_option("--repetitions", options.porcupine.repetitions)->check(CLI::PositiveNumber);
  app.add_option("--porcupine-program", options.porcupine.program, "as built by `run`")
      ->check(CLI::ExistingFile);
  app.add_option("--seconds", options.porcupine.seconds, "that Porcupine has for one history")
      ->check(CLI::PositiveNumber);
  app.add_option("--recorded", options.recorded, "Porcupine's folder test_data")
      ->check(CLI::ExistingDirectory);
  app.add_option("--folder", options.porcupine.folder, "for the events that Porcupine reads")
      ->check(CLI::ExistingDirectory);
  app.add_option("--scale", options.scale, "so many times fewer operations")
      ->check(CLI::PositiveNumber);
  CLI11_PARSE(app, argc, argv);
  try {
    benchmark::Benchmark(options).run();
  } catch (const std::exception& error) {
    fmt::print(stderr, "linearizability_benchmark: {}\n", error.what());
    return 3;
  }
  return 0;
}
