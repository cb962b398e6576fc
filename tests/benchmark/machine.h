// SPDX-License-Identifier: Apache-2.0
// What the numbers were measured on.
#pragma once

#include <filesystem>
#include <string>

namespace benchmark {

// "2 x Intel Xeon ..., 7.8 GiB, Linux 6.1, ext4": processor, memory, kernel, and the filesystem of
// the folder.
std::string machine(const std::filesystem::path& folder);

// Microseconds of one write of `bytes` bytes with its fdatasync, the median of many, one after the
// other to a file in the folder whose space was allocated before: the least that a durable write
// takes there.
double sync_time(const std::filesystem::path& folder, std::size_t bytes);

}  // namespace benchmark
