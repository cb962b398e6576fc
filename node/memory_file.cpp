// SPDX-License-Identifier: Apache-2.0
#include "node/memory_file.h"

#include <algorithm>
#include <cerrno>
#include <exception>
#include <utility>

namespace node {
namespace {

// With contents of its own.
Folder copy_of(const Folder& folder) {
  std::map<const FileContent*, FileContentPointer> copies;
  const auto take_copy = [&copies](FileContentPointer& content) {
    if (!content) return;
    FileContentPointer& copy = copies[content.get()];
    if (!copy) copy = std::make_shared<FileContent>(*content);
    content = copy;
  };
  Folder copy = folder;
  for (auto& [name, content] : copy.entries)
    take_copy(content);
  for (EntryChange& change : copy.journal)
    take_copy(change.old_content);
  return copy;
}

}  // namespace

class MemoryDirectory::OpenFile final : public File {
 public:
  OpenFile(MemoryDirectory& disk, std::string_view name, FileContentPointer content)
      : disk_(disk), name_(name), content_(std::move(content)) {}

  const std::string& name() const override { return name_; }
  std::uint64_t size() override { return content_->bytes.size(); }

  std::string read_all() override { return content_->bytes; }

  void write_at(std::uint64_t offset, std::string_view bytes) override {
    const std::uint64_t limit = size() + disk_.room();
    const std::uint64_t fits = limit > offset ? limit - offset : 0;
    const std::string_view kept = bytes.substr(0, fits);
    if (!kept.empty()) {
      change(offset, kept.size(),
             offset < size() ? content_->bytes.substr(offset, kept.size()) : "");
      if (size() < offset + kept.size()) content_->bytes.resize(offset + kept.size());
      content_->bytes.replace(offset, kept.size(), kept);
    }
    if (kept.size() < bytes.size()) throw DiskError("write", name_, ENOSPC);
  }

  void allocate(std::uint64_t new_size) override {
    if (new_size <= size()) return;
    if (new_size - size() > disk_.room()) throw DiskError("make room in", name_, ENOSPC);
    change(size(), 0, "");
    content_->bytes.resize(new_size);
  }

  void truncate(std::uint64_t new_size) override {
    allocate(new_size);
    if (new_size == size()) return;
    change(new_size, 0, content_->bytes.substr(new_size));
    content_->bytes.resize(new_size);
  }

  void sync() override {
    disk_.begin_sync();
    if (std::exchange(disk_.fail_sync_, false)) throw DiskError("sync", name_, EIO);
    content_->journal.clear();
  }

 private:
  // Journals what is about to change.
  void change(std::uint64_t offset, std::uint64_t length, std::string old_bytes) {
    content_->journal.push_back({offset, length, size(), std::move(old_bytes)});
  }

  MemoryDirectory& disk_;
  std::string name_;
  FileContentPointer content_;
};

std::vector<std::string> MemoryDirectory::list() {
  std::vector<std::string> names;
  for (const auto& [name, content] : folder_.entries)
    names.push_back(name);
  return names;
}

bool MemoryDirectory::exists(std::string_view name) {
  return folder_.entries.find(name) != folder_.entries.end();
}

std::unique_ptr<File> MemoryDirectory::open(std::string_view name) {
  const auto entry = folder_.entries.find(name);
  if (entry == folder_.entries.end()) throw DiskError("open", name, ENOENT);
  return std::make_unique<OpenFile>(*this, name, entry->second);
}

std::unique_ptr<File> MemoryDirectory::create(std::string_view name) {
  if (exists(name)) throw DiskError("create", name, EEXIST);
  ++operations_;
  set_entry(name, std::make_shared<FileContent>());
  return open(name);
}

void MemoryDirectory::rename(std::string_view from, std::string_view to) {
  const auto entry = folder_.entries.find(from);
  if (entry == folder_.entries.end()) throw DiskError("rename", from, ENOENT);
  if (from == to) return;
  ++operations_;
  set_entry(to, entry->second);
  set_entry(from, nullptr);
}

void MemoryDirectory::remove(std::string_view name) {
  if (!exists(name)) throw DiskError("remove", name, ENOENT);
  ++operations_;
  set_entry(name, nullptr);
}

void MemoryDirectory::sync() {
  begin_sync();
  folder_.journal.clear();
}

void MemoryDirectory::crash(std::optional<std::uint64_t> seed) {
  std::map<std::string, std::string> image = crash_image(folder_, seed);
  folder_ = {};
  for (auto& [name, bytes] : image)
    folder_.entries.emplace(name, std::make_shared<FileContent>(FileContent{std::move(bytes), {}}));
}

void MemoryDirectory::crash_during(const std::function<void()>& work, raft::Random& random) {
  Ending ending{random};
  std::exception_ptr failed;
  ending_ = &ending;
  try {
    work();
  } catch (...) {
    failed = std::current_exception();
  }
  ending_ = nullptr;
  if (ending.syncs > 0) folder_ = std::move(ending.folder);
  crash(random.next());
  if (failed) std::rethrow_exception(failed);
}

void MemoryDirectory::begin_sync() {
  // The n-th takes the place of the one before with a chance of 1 in n: all are as likely.
  if (ending_ && ending_->random.below(++ending_->syncs) == 0) ending_->folder = copy_of(folder_);
}

// A null `content` removes the name.
void MemoryDirectory::set_entry(std::string_view name, FileContentPointer content) {
  FileContentPointer& entry = folder_.entries[std::string(name)];
  folder_.journal.push_back(
      {operations_, std::string(name), std::exchange(entry, std::move(content))});
  if (!entry) folder_.entries.erase(std::string(name));
}

std::uint64_t MemoryDirectory::room() const {
  std::uint64_t used = 0;
  for (const auto& [name, content] : folder_.entries)
    used += content->bytes.size();
  return capacity_ > used ? capacity_ - used : 0;
}

}  // namespace node
