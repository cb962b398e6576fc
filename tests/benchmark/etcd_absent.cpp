// SPDX-License-Identifier: Apache-2.0
// Stands for etcd.cpp in a build without gRPC.
#include "tests/benchmark/etcd.h"

namespace benchmark {

std::optional<System> etcd(std::string& why) {
  why = "built without gRPC (libgrpc++-dev libprotobuf-dev protobuf-compiler-grpc)";
  return std::nullopt;
}

}  // namespace benchmark
