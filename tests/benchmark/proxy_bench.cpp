// SPDX-License-Identifier: Apache-2.0
// What crossing squall's proxy costs, beside libzmq's own proxy and no proxy at all.
#include <array>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "proxy/wire/envelope.h"
#include "tests/benchmark/load.h"
#include "tests/benchmark/machine.h"
#include "tests/benchmark/roads.h"
#include "tests/benchmark/table.h"

namespace benchmark {
namespace {

struct Options {
  unsigned repetitions = 7;
  double seconds = 0.3;
  std::vector<std::size_t> payloads = {64, 1024, 16384};
  bool unpinned = false;
};

struct Column {
  Road road;
  const char* title;
};
constexpr std::array<Column, 4> kColumns = {{
    {Road::squall_proxy, "squall-proxy"},
    {Road::squall_proxy_logs, "... logging each"},
    {Road::zmq_proxy, "zmq_proxy"},
    {Road::direct, "no proxy"},
}};
constexpr std::size_t kBare = 2;  // the column that others are compared with

/// The repetitions of one row, by column.
struct Row {
  std::size_t payload = 0;
  std::array<std::vector<double>, kColumns.size()> rate;
  std::array<std::vector<double>, kColumns.size()> p50;
  std::array<std::vector<double>, kColumns.size()> p99;
};

// Interleaved, so that what the machine does meanwhile meets all alike.
std::vector<Row> measure(const Options& options) {
  std::vector<Row> rows;
  for (const std::size_t payload : options.payloads)
    rows.push_back({.payload = payload, .rate = {}, .p50 = {}, .p99 = {}});
  for (unsigned repetition = 1; repetition <= options.repetitions; ++repetition) {
    fmt::print(stderr, "benchmark: proxies, {} of {}\n", repetition, options.repetitions);
    for (Row& row : rows) {
      for (std::size_t i = 0; i < kColumns.size(); ++i) {
        const Trip trip{kColumns[i].road, row.payload, options.seconds, !options.unpinned};
        row.rate[i].push_back(messages_per_second(trip));
        const RoundTrips times = round_trips(trip);
        row.p50[i].push_back(times.p50);
        row.p99[i].push_back(times.p99);
      }
    }
  }
  return rows;
}

/// The median of the quotients of values measured next to each other.
double paired_ratio(const std::vector<double>& values, const std::vector<double>& others) {
  std::vector<double> ratios;
  for (std::size_t i = 0; i < values.size(); ++i)
    ratios.push_back(values[i] / others[i]);
  return median(ratios);
}

template <typename Cell>
void print_row(const std::string& what, Cell cell) {
  fmt::print("| {:<26} |", what);
  for (std::size_t i = 0; i < kColumns.size(); ++i)
    fmt::print(" {:>17} |", cell(i));
  fmt::print("\n");
}

void print(const std::vector<Row>& rows, const Options& options) {
  print_row("payload, bytes", [](std::size_t i) { return std::string(kColumns[i].title); });
  fmt::print("|{:-<28}|", "");
  for (std::size_t i = 0; i < kColumns.size(); ++i)
    fmt::print("{:-<18}:|", "");
  fmt::print("\n");
  for (const Row& row : rows) {
    print_row(fmt::format("{}: messages/s", row.payload), [&](std::size_t i) {
      return fmt::format("{:.0f}k ({:.2f})", median(row.rate[i]) / 1000,
                         paired_ratio(row.rate[i], row.rate[kBare]));
    });
    print_row(fmt::format("{}: round trip, us", row.payload), [&](std::size_t i) {
      return fmt::format("{:.0f} / {:.0f}", median(row.p50[i]), median(row.p99[i]));
    });
  }
  fmt::print(
      "\n{}\nMedians of {} interleaved repetitions of {} s; {}, over ipc, {} bytes of envelope "
      "more "
      "than\nthe payload. In parentheses: the median ratio to zmq_proxy's in the same repetition. "
      "Round trips:\np50 / p99, one message at a time.\n",
      machine("."), options.repetitions, options.seconds,
      options.unpinned ? "processes on any processor" : "all processes on one processor",
      proxy::kEnvelopeSize);
}

}  // namespace
}  // namespace benchmark

int main(int argc, char** argv) {
  benchmark::Options options;
  CLI::App app("Measures squall's proxy beside libzmq's.", "proxy_bench");
  app.add_option("--repetitions", options.repetitions)
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  app.add_option("--seconds", options.seconds, "of each measurement")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  app.add_option("--payloads", options.payloads, "bytes, one measurement for each")
      ->capture_default_str()
      ->delimiter(',')
      ->check(CLI::Range(std::size_t{0}, proxy::kMaxPayload));
  app.add_flag("--unpinned", options.unpinned, "let processes use all processors: less steady");
  CLI11_PARSE(app, argc, argv);
  try {
    benchmark::print(benchmark::measure(options), options);
  } catch (const std::exception& error) {
    fmt::print(stderr, "benchmark: {}\n", error.what());
    return 3;
  }
  return 0;
}
