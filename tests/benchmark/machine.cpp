// SPDX-License-Identifier: Apache-2.0
#include "tests/benchmark/machine.h"

#include <cerrno>
#include <fstream>
#include <system_error>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "proxy/edge/descriptor.h"
#include "tests/benchmark/load.h"

namespace benchmark {
namespace {

constexpr int kSyncs = 300;

std::string processor() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    const auto colon = line.find(": ");
    if (line.starts_with("model name") && colon != line.npos) return line.substr(colon + 2);
  }
  return "CPU";
}

// The type of the mount that the folder's device is, as /proc/self/mountinfo has it:
//   36 35 98:0 /root /mount options - type source ...
std::string filesystem_type(const std::filesystem::path& folder) {
  struct stat status {};
  if (::stat(folder.c_str(), &status) != 0) return "unknown filesystem";
  const std::string device = fmt::format(" {}:{} ", major(status.st_dev), minor(status.st_dev));
  std::ifstream file("/proc/self/mountinfo");
  for (std::string line; std::getline(file, line);) {
    const auto dash = line.find(" - ");
    if (dash == line.npos || line.find(device) > dash) continue;
    const auto type = dash + 3;
    return line.substr(type, line.find(' ', type) - type);
  }
  return "unknown filesystem";
}

}  // namespace

std::string machine(const std::filesystem::path& folder) {
  utsname system{};
  ::uname(&system);
  struct sysinfo memory {};
  ::sysinfo(&memory);
  const double gib = static_cast<double>(memory.totalram) * memory.mem_unit / (1 << 30);
  return fmt::format("{} x {}, {:.1f} GiB, {} {}, {}", std::thread::hardware_concurrency(),
                     processor(), gib, system.sysname, system.release, filesystem_type(folder));
}

double sync_time(const std::filesystem::path& folder, std::size_t bytes) {
  const auto path = folder / "sync_time";
  const auto fail = [&] { throw std::system_error(errno, std::generic_category(), path.string()); };
  const proxy::Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644),
                               path.string());
  const std::string record(bytes, 'x');
  if (::posix_fallocate(file.get(), 0, static_cast<off_t>(kSyncs * bytes)) != 0) fail();
  std::vector<double> times;
  for (int i = 0; i < kSyncs; ++i) {
    const Time begun = proxy::monotonic_now();
    if (::write(file.get(), record.data(), bytes) != static_cast<ssize_t>(bytes)) fail();
    if (::fdatasync(file.get()) != 0) fail();
    times.push_back(static_cast<double>((proxy::monotonic_now() - begun).count()));
  }
  std::filesystem::remove(path);
  return median(times);
}

}  // namespace benchmark
