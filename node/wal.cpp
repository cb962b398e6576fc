// SPDX-License-Identifier: Apache-2.0
#include "node/wal.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "node/little_endian.h"
#include "node/snapshot_file.h"
#include "proxy/wire/crc32c.h"
#include "raft/assert.h"

namespace node {
namespace {

constexpr std::string_view kFileName = "wal";
constexpr std::string_view kNewFileName = "wal.new";
constexpr std::string_view kMagic = "squallwl";
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kFileHeader = 16;
constexpr std::size_t kRecordHeader = 24;
constexpr std::size_t kAlignment = 8;
constexpr std::size_t kMaxBody = std::size_t{1} << 30;
constexpr std::uint64_t kAllocationStep = 1 << 20;
constexpr std::size_t kSmallestEntry = 9;

// What `contents` adds up.
constexpr std::uint8_t kHardState = 1;
constexpr std::uint8_t kTruncation = 2;
constexpr std::uint8_t kEntries = 4;
constexpr std::uint8_t kBase = 8;

std::uint64_t round_up(std::uint64_t value, std::uint64_t step) {
  return (value + step - 1) / step * step;
}

std::string file_header(std::uint32_t version) {
  std::string header(kMagic);
  append_u32(header, version);
  append_u32(header, proxy::crc32c(header));
  return header;
}

void append_body(std::string& out, const raft::Write& write) {
  const int contents = (write.hard_state ? kHardState : 0) +
                       (write.truncate_from ? kTruncation : 0) +
                       (write.entries.empty() ? 0 : kEntries) + (write.base ? kBase : 0);
  append_u8(out, static_cast<std::uint8_t>(contents));
  if (write.hard_state) {
    append_u64(out, write.hard_state->current_term.value);
    append_u64(out, write.hard_state->voted_for.value);
  }
  if (write.base) {
    append_u64(out, write.base->index.value);
    append_u64(out, write.base->term.value);
    append_u8(out, write.base->discard_log ? 1 : 0);
  }
  if (write.truncate_from) append_u64(out, write.truncate_from->value);
  if (write.entries.empty()) return;
  append_u64(out, write.first_index.value);
  append_u32(out, static_cast<std::uint32_t>(write.entries.size()));
  for (const raft::Entry& entry : write.entries) {
    append_u64(out, entry.term.value);
    append_u8(out, static_cast<std::uint8_t>(entry.kind));
    if (entry.kind == raft::EntryKind::noop) continue;
    RAFT_ASSERT(entry.command != nullptr);
    append_u32(out, static_cast<std::uint32_t>(entry.command->size()));
    out += *entry.command;
  }
}

struct Record {
  std::uint64_t durable;
  std::string_view body;
  std::uint64_t end;  // where the next one stands
};

// The record at `position`, if a valid one is there.
std::optional<Record> record_at(std::string_view file, std::uint64_t position) {
  ByteReader in(file.substr(std::min<std::uint64_t>(position, file.size())));
  const std::uint32_t checksum = in.u32();
  const std::uint32_t length = in.u32();
  if (length == 0 || length > kMaxBody || in.u64() != position) return std::nullopt;
  const std::uint64_t durable = in.u64();
  const std::uint64_t size = round_up(kRecordHeader + length, kAlignment);
  if (!in.ok() || file.size() - position < size) return std::nullopt;
  if (proxy::crc32c(file.substr(position + 4, size - 4)) != checksum) return std::nullopt;
  return Record{durable, in.bytes(length), position + size};
}

std::vector<raft::Entry> read_entries(ByteReader& in) {
  std::vector<raft::Entry> read;
  const std::uint32_t count = in.u32();
  read.reserve(std::min<std::size_t>(count, in.remaining() / kSmallestEntry));
  for (std::uint32_t i = 0; i < count && in.ok(); ++i) {
    raft::Entry& entry = read.emplace_back();
    entry.term = raft::Term{in.u64()};
    entry.kind = static_cast<raft::EntryKind>(in.u8());
    if (entry.kind == raft::EntryKind::noop) continue;
    entry.command = std::make_shared<const std::string>(in.bytes(in.u32()));
  }
  return read;
}

raft::Index last_index(const raft::Restored& restored) {
  return restored.base_index + restored.entries.size();
}

// "discard the entire log", or what of it lies up to the new base. Returns what is wrong, or null.
const char* replay_base(ByteReader& in, raft::Restored& restored) {
  const raft::Index index{in.u64()};
  const raft::Term term{in.u64()};
  const bool discard_log = in.u8() != 0;
  if (discard_log) {
    restored.entries.clear();
  } else {
    if (index < restored.base_index || index > last_index(restored)) {
      return "a compaction is not of the log";
    }
    const auto gone = static_cast<std::ptrdiff_t>(index - restored.base_index);
    restored.entries.erase(restored.entries.begin(), restored.entries.begin() + gone);
  }
  restored.base_index = index;
  restored.base_term = term;
  return nullptr;
}

// Carries out one write. Returns what is wrong with it, or null.
const char* replay(std::string_view body, raft::Restored& restored) {
  ByteReader in(body);
  const std::uint8_t contents = in.u8();
  if ((contents & ~(kHardState | kTruncation | kEntries | kBase)) != 0)
    return "a record has contents that are not known";
  if ((contents & kHardState) != 0) {
    restored.hard_state.current_term = raft::Term{in.u64()};
    restored.hard_state.voted_for = raft::NodeId{in.u64()};
  }
  if ((contents & kBase) != 0) {
    if (const char* wrong = replay_base(in, restored)) return wrong;
  }
  if ((contents & kTruncation) != 0) {
    const raft::Index from{in.u64()};
    if (from <= restored.base_index || from > last_index(restored))
      return "a truncation is not of the log";
    restored.entries.resize(from - restored.base_index.next());
  }
  if ((contents & kEntries) != 0) {
    if (raft::Index{in.u64()} != last_index(restored).next())
      return "entries do not follow the log's last";
    for (raft::Entry& entry : read_entries(in)) {
      if (entry.kind > raft::EntryKind::configuration) return "an entry's kind is not known";
      restored.entries.push_back(std::move(entry));
    }
  }
  return in.ok() && in.remaining() == 0 ? nullptr : "a record's parts do not fill it";
}

// The size of `file` without the zeros at its end.
std::size_t size_without_zeros(std::string_view file) {
  static constexpr std::array<char, 4096> kZeros{};  // most of the file, usually: taken by the page
  const std::string_view zeros(kZeros.data(), kZeros.size());
  while (file.ends_with(zeros))
    file.remove_suffix(zeros.size());
  while (!file.empty() && file.back() == '\0')
    file.remove_suffix(1);
  return file.size();
}

// Where a valid record stands, from `first` and before `end`, that was written after `first` was
// synced; nothing if there is none.
std::optional<std::uint64_t> witness(std::string_view file, std::uint64_t first,
                                     std::uint64_t end) {
  for (std::uint64_t p = round_up(first, kAlignment); p < end; p += kAlignment) {
    const auto record = record_at(file, p);
    if (record && record->durable > first) return p;
  }
  return std::nullopt;
}

// Whether the file's header is whole; if not, its making was cut short. Throws CorruptLog.
bool has_header(const std::string& name, std::string_view file) {
  const std::string expected = file_header(kVersion);
  const std::string_view found = file.substr(0, kFileHeader);
  if (found == expected) return true;
  bool cut_short = true;
  for (std::size_t i = 0; i < found.size(); ++i)
    cut_short = cut_short && (found[i] == expected[i] || found[i] == '\0');
  if (cut_short) return false;
  ByteReader in(found.substr(std::min(found.size(), kMagic.size())));
  const std::uint32_t version = in.u32();
  if (found == file_header(version)) {
    throw CorruptLog(name, 0, fmt::format("its format has version {}, not {}", version, kVersion));
  }
  throw CorruptLog(name, 0, "its header is not that of a write-ahead log");
}

}  // namespace

CorruptLog::CorruptLog(const std::string& file, std::uint64_t offset, const std::string& what)
    : std::runtime_error(fmt::format("{} is corrupt at byte {}: {}", file, offset, what)),
      offset_(offset) {}

namespace {

// Of the log alone, without the snapshot.
Recovered recover_log(Directory& directory) {
  Recovered recovered;
  if (!directory.exists(kFileName)) return recovered;
  const auto opened = directory.open(kFileName);
  const std::string file = opened->read_all();
  if (has_header(opened->name(), file)) {
    recovered.wal_bytes = kFileHeader;
    while (const auto record = record_at(file, recovered.wal_bytes)) {
      if (const char* wrong = replay(record->body, recovered.restored)) {
        throw CorruptLog(opened->name(), recovered.wal_bytes, wrong);
      }
      recovered.wal_bytes = record->end;
      ++recovered.records;
    }
  }
  const std::size_t end = size_without_zeros(file);
  if (end <= recovered.wal_bytes) return recovered;
  recovered.torn_bytes = end - recovered.wal_bytes;
  if (const auto later = witness(file, recovered.wal_bytes, end)) {
    throw CorruptLog(
        opened->name(), recovered.wal_bytes,
        fmt::format("the record at byte {} was written after this was synced", *later));
  }
  return recovered;
}

}  // namespace

Recovered recover(Directory& directory) {
  Recovered recovered = recover_log(directory);
  recovered.restored.snapshot = read_snapshot(directory);
  return recovered;
}

Wal::Wal(Directory& directory, const Recovered& recovered, std::uint64_t rewrite_from)
    : directory_(directory), rewrite_from_(rewrite_from), end_(recovered.wal_bytes) {
  for (const std::string_view left : {kNewFileName, kNewSnapshotFileName}) {
    if (directory_.exists(left)) directory_.remove(left);
  }
  file_ = directory_.exists(kFileName) ? directory_.open(kFileName) : directory_.create(kFileName);
  if (recovered.torn_bytes > 0 || end_ == 0) file_->truncate(end_);
  prepare_file();
  directory_.sync();
}

// Makes room in the file, and its header if it has none.
void Wal::prepare_file() {
  allocated_ = round_up(std::max(file_->size(), end_ + 1), kAllocationStep);
  file_->allocate(allocated_);
  if (end_ == 0) {
    file_->write_at(0, file_header(kVersion));
    end_ = kFileHeader;
  }
  file_->sync();
}

void Wal::append(const raft::Write& write) {
  if (write.snapshot) {
    sync();
    snapshot_ = write.snapshot;
  }
  compacted_ = compacted_ || write.base.has_value();
  const std::size_t start = batch_.size();
  batch_.append(kRecordHeader, '\0');
  append_body(batch_, write);
  const std::size_t length = batch_.size() - start - kRecordHeader;
  if (length > kMaxBody) throw DiskError("write", file_->name(), EFBIG);
  batch_.append(round_up(batch_.size(), kAlignment) - batch_.size(), '\0');

  std::string header;
  append_u32(header, static_cast<std::uint32_t>(length));
  append_u64(header, end_ + start);
  append_u64(header, end_);
  batch_.replace(start + 4, header.size(), header);
  std::string checksum;
  append_u32(checksum, proxy::crc32c(std::string_view(batch_).substr(start + 4)));
  batch_.replace(start, checksum.size(), checksum);
}

void Wal::sync() {
  if (batch_.empty()) return;
  if (snapshot_) write_snapshot(directory_, *snapshot_);
  snapshot_.reset();
  sync_batch();
  // What is left of a log may be large as well: only one that has doubled is written again.
  if (compacted_ && end_ >= std::max(rewrite_from_, 2 * rewritten_size_)) rewrite();
  compacted_ = false;
}

void Wal::sync_batch() {
  const std::uint64_t end = end_ + batch_.size();
  if (end > allocated_) {
    allocated_ = round_up(end, kAllocationStep);
    file_->allocate(allocated_);
  }
  file_->write_at(end_, batch_);
  file_->sync();
  end_ = end;
  batch_.clear();
}

// Replaces the file by one that holds what is left of the log, in one record. Whenever a crash
// comes, one of the two is there under the name, whole.
void Wal::rewrite() {
  raft::Restored left = recover_log(directory_).restored;
  raft::Write write;
  write.hard_state = left.hard_state;
  write.base = raft::Write::Base{left.base_index, left.base_term, true};
  write.first_index = left.base_index.next();
  write.entries = std::move(left.entries);
  file_ = directory_.create(kNewFileName);
  end_ = 0;
  prepare_file();
  append(write);
  sync_batch();
  rewritten_size_ = end_;
  directory_.rename(kNewFileName, kFileName);
  directory_.sync();
  file_ = directory_.open(kFileName);
}

}  // namespace node
