// SPDX-License-Identifier: Apache-2.0
// The work that every system of the table gets, and what is measured of it.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace benchmark {

using Duration = std::chrono::microseconds;
using Time = std::chrono::microseconds;  // of the monotonic clock

inline constexpr unsigned kNodes = 3;
inline constexpr unsigned kKeys = 64;
inline constexpr unsigned kValueBytes = 256;

// Clients that each put a value, wait until it is committed, and put the next one: kValueBytes
// bytes, under one of kKeys keys at random.
struct Load {
  unsigned clients = 1;
  Duration warm_up{};
  Duration measured{};
};

struct Sample {
  double per_second = 0;  // puts acknowledged to the clients
  double p50 = 0;         // microseconds from a put to its acknowledgement
  double p99 = 0;
  bool leader_changed = false;  // since the load began
  std::string version;          // of the system, where it has one
};

struct System {
  std::string name;
  // Starts a fresh cluster of kNodes nodes with its files in the folder, finds its leader, applies
  // the load, and ends the cluster. Throws if a put fails: then the numbers mean nothing.
  std::function<Sample(const std::filesystem::path& folder, const Load& load)> measure;
};

// Counts the puts that end while it measures, which is after the warm-up.
class Meter {
 public:
  Meter(const Load& load, Time start)
      : from_(start + load.warm_up), until_(from_ + load.measured) {}
  Time until() const { return until_; }
  void put(Time begun, Time ended);
  Sample sample() const;

 private:
  Time from_;
  Time until_;
  std::vector<double> latencies_;
};

// The smallest value that `percent` of the values do not exceed. Throws where there are none.
double percentile(std::vector<double> values, double percent);
double median(std::vector<double> values);

}  // namespace benchmark
