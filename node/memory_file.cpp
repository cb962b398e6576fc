// SPDX-License-Identifier: Apache-2.0
#include "node/memory_file.h"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace node {

class MemoryDirectory::OpenFile final : public File {
 public:
  OpenFile(MemoryDirectory& disk, std::string_view name, ContentPointer content)
      : disk_(disk), name_(name), content_(std::move(content)) {}

  const std::string& name() const override { return name_; }
  std::uint64_t size() override { return content_->bytes.size(); }

  std::string read_all() override { return content_->bytes; }

  void write_at(std::uint64_t offset, std::string_view bytes) override {
    const std::uint64_t limit = size() + disk_.room();
    const std::uint64_t fits = limit > offset ? limit - offset : 0;
    const std::string_view kept = bytes.substr(0, fits);
    if (!kept.empty()) {
      change(offset, kept.size());
      if (size() < offset + kept.size()) content_->bytes.resize(offset + kept.size());
      content_->bytes.replace(offset, kept.size(), kept);
    }
    if (kept.size() < bytes.size()) throw DiskError("write", name_, ENOSPC);
  }

  void allocate(std::uint64_t new_size) override {
    if (new_size <= size()) return;
    if (new_size - size() > disk_.room()) throw DiskError("make room in", name_, ENOSPC);
    change(size(), 0);
    content_->bytes.resize(new_size);
  }

  void truncate(std::uint64_t new_size) override {
    allocate(new_size);
    if (new_size == size()) return;
    change(new_size, size() - new_size);
    content_->bytes.resize(new_size);
  }

  void sync() override {
    if (std::exchange(disk_.fail_sync_, false)) throw DiskError("sync", name_, EIO);
    content_->journal.clear();
  }

 private:
  // Journals the bytes that are about to change.
  void change(std::uint64_t offset, std::uint64_t length) {
    const std::string& bytes = content_->bytes;
    content_->journal.push_back(
        {bytes.size(), offset, offset < bytes.size() ? bytes.substr(offset, length) : ""});
  }

  MemoryDirectory& disk_;
  std::string name_;
  ContentPointer content_;
};

std::vector<std::string> MemoryDirectory::list() {
  std::vector<std::string> names;
  for (const auto& [name, content] : entries_)
    names.push_back(name);
  return names;
}

bool MemoryDirectory::exists(std::string_view name) {
  return entries_.find(name) != entries_.end();
}

std::unique_ptr<File> MemoryDirectory::open(std::string_view name) {
  const auto entry = entries_.find(name);
  if (entry == entries_.end()) throw DiskError("open", name, ENOENT);
  return std::make_unique<OpenFile>(*this, name, entry->second);
}

std::unique_ptr<File> MemoryDirectory::create(std::string_view name) {
  if (exists(name)) throw DiskError("create", name, EEXIST);
  set_entry(name, std::make_shared<Content>());
  return open(name);
}

void MemoryDirectory::rename(std::string_view from, std::string_view to) {
  const auto entry = entries_.find(from);
  if (entry == entries_.end()) throw DiskError("rename", from, ENOENT);
  if (from == to) return;
  set_entry(to, entry->second);
  set_entry(from, nullptr);
}

void MemoryDirectory::remove(std::string_view name) {
  if (!exists(name)) throw DiskError("remove", name, ENOENT);
  set_entry(name, nullptr);
}

void MemoryDirectory::sync() {
  journal_.clear();
}

void MemoryDirectory::crash() {
  for (; !journal_.empty(); journal_.pop_back()) {
    auto& [name, old_content] = journal_.back();
    if (old_content) {
      entries_[name] = std::move(old_content);
    } else {
      entries_.erase(name);
    }
  }
  for (auto& [name, content] : entries_) {
    for (; !content->journal.empty(); content->journal.pop_back()) {
      const FileChange& change = content->journal.back();
      content->bytes.resize(change.old_size);
      content->bytes.replace(change.offset, change.old_bytes.size(), change.old_bytes);
    }
  }
}

// A null `content` removes the name.
void MemoryDirectory::set_entry(std::string_view name, ContentPointer content) {
  ContentPointer& entry = entries_[std::string(name)];
  journal_.push_back({std::string(name), std::exchange(entry, std::move(content))});
  if (!entry) entries_.erase(std::string(name));
}

std::uint64_t MemoryDirectory::room() const {
  std::uint64_t used = 0;
  for (const auto& [name, content] : entries_)
    used += content->bytes.size();
  return capacity_ > used ? capacity_ - used : 0;
}

}  // namespace node
