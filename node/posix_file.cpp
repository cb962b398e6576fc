// SPDX-License-Identifier: Apache-2.0
#include "node/posix_file.h"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace node {
namespace {

// Repeats a system call that a signal interrupted. Throws DiskError for any other failure.
template <class Call>
auto checked(std::string_view action, const std::string& path, Call call) {
  for (;;) {
    const auto result = call();
    if (result >= 0) return result;
    if (errno != EINTR) throw DiskError(action, path, errno);
  }
}

proxy::Descriptor open_checked(std::string_view action, const std::string& path, int flags) {
  const int fd =
      checked(action, path, [&] { return ::open(path.c_str(), flags | O_CLOEXEC, 0644); });
  return {fd, path};
}

void sync_directory(const std::string& path) {
  const auto directory = open_checked("open", path, O_RDONLY | O_DIRECTORY);
  checked("sync", path, [&] { return ::fsync(directory.get()); });
}

class PosixFile final : public File {
 public:
  PosixFile(std::string path, proxy::Descriptor descriptor)
      : path_(std::move(path)), descriptor_(std::move(descriptor)) {}

  const std::string& name() const override { return path_; }

  std::uint64_t size() override {
    struct stat status {};
    checked("examine", path_, [&] { return ::fstat(descriptor_.get(), &status); });
    return static_cast<std::uint64_t>(status.st_size);
  }

  std::string read_all() override {
    std::string bytes(size(), '\0');
    std::size_t done = 0;
    while (done < bytes.size()) {
      const ssize_t got = checked("read", path_, [&] {
        return ::pread(descriptor_.get(), bytes.data() + done, bytes.size() - done,
                       static_cast<off_t>(done));
      });
      if (got == 0) break;  // cut by another since size()
      done += static_cast<std::size_t>(got);
    }
    bytes.resize(done);
    return bytes;
  }

  void write_at(std::uint64_t offset, std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t written = checked("write", path_, [&] {
        return ::pwrite(descriptor_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
      });
      bytes.remove_prefix(static_cast<std::size_t>(written));
      offset += static_cast<std::uint64_t>(written);
    }
  }

  void allocate(std::uint64_t new_size) override {
    const std::uint64_t old_size = size();
    if (new_size <= old_size) return;
    int error = 0;
    do {
      error = ::posix_fallocate(descriptor_.get(), static_cast<off_t>(old_size),
                                static_cast<off_t>(new_size - old_size));
    } while (error == EINTR);
    if (error != 0) throw DiskError("make room in", path_, error);
  }

  void truncate(std::uint64_t new_size) override {
    checked("truncate", path_,
            [&] { return ::ftruncate(descriptor_.get(), static_cast<off_t>(new_size)); });
  }

  // Not repeated when it fails: the kernel may have dropped what it could not write, and a second
  // call would then succeed.
  void sync() override {
    if (::fdatasync(descriptor_.get()) != 0) throw DiskError("sync", path_, errno);
  }

 private:
  std::string path_;
  proxy::Descriptor descriptor_;
};

}  // namespace

PosixDirectory::PosixDirectory(const std::string& path) : path_(path) {
  if (::mkdir(path.c_str(), 0755) == 0) {
    sync_directory(std::filesystem::path(path) / "..");
  } else if (errno != EEXIST) {
    throw DiskError("make", path, errno);
  }
  descriptor_ = open_checked("open", path, O_RDONLY | O_DIRECTORY);
  if (::flock(descriptor_.get(), LOCK_EX | LOCK_NB) == 0) return;
  throw DiskError("use", path + ", which another process has locked", errno);
}

std::string PosixDirectory::path_of(std::string_view name) const {
  return path_ + '/' + std::string(name);
}

std::vector<std::string> PosixDirectory::list() {
  std::vector<std::string> names;
  std::error_code error;
  std::filesystem::directory_iterator entry(path_, error);
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error))
    names.push_back(entry->path().filename().string());
  if (error) throw DiskError("list", path_, error.value());
  std::sort(names.begin(), names.end());
  return names;
}

bool PosixDirectory::exists(std::string_view name) {
  struct stat status {};
  const std::string path = path_of(name);
  if (::stat(path.c_str(), &status) == 0) return true;
  if (errno == ENOENT) return false;
  throw DiskError("examine", path, errno);
}

std::unique_ptr<File> PosixDirectory::open(std::string_view name, int flags,
                                           std::string_view action) {
  std::string path = path_of(name);
  proxy::Descriptor descriptor = open_checked(action, path, O_RDWR | flags);
  return std::make_unique<PosixFile>(std::move(path), std::move(descriptor));
}

std::unique_ptr<File> PosixDirectory::open(std::string_view name) {
  return open(name, 0, "open");
}

std::unique_ptr<File> PosixDirectory::create(std::string_view name) {
  return open(name, O_CREAT | O_EXCL, "create");
}

void PosixDirectory::rename(std::string_view from, std::string_view to) {
  const std::string source = path_of(from);
  const std::string target = path_of(to);
  checked("rename", source, [&] { return ::rename(source.c_str(), target.c_str()); });
}

void PosixDirectory::remove(std::string_view name) {
  const std::string path = path_of(name);
  checked("remove", path, [&] { return ::unlink(path.c_str()); });
}

void PosixDirectory::sync() {
  checked("sync", path_, [&] { return ::fsync(descriptor_.get()); });
}

}  // namespace node
