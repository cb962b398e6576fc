// SPDX-License-Identifier: Apache-2.0
#include "node/wal.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "node/little_endian.h"
#include "proxy/wire/crc32c.h"
#include "raft/assert.h"

namespace node {
namespace {

constexpr std::string_view kFileName = "wal";
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
                       (write.entries.empty() ? 0 : kEntries);
  append_u8(out, static_cast<std::uint8_t>(contents));
  if (write.hard_state) {
    append_u64(out, write.hard_state->current_term.value);
    append_u64(out, write.hard_state->voted_for.value);
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

// Carries out one write. Returns what is wrong with it, or null.
const char* replay(std::string_view body, raft::Restored& restored) {
  ByteReader in(body);
  const std::uint8_t contents = in.u8();
  if ((contents & ~(kHardState | kTruncation | kEntries)) != 0)
    return "a record has contents that are not known";
  if ((contents & kHardState) != 0) {
    restored.hard_state.current_term = raft::Term{in.u64()};
    restored.hard_state.voted_for = raft::NodeId{in.u64()};
  }
  if ((contents & kTruncation) != 0) {
    const std::uint64_t from = in.u64();
    if (from == 0 || from > restored.entries.size()) return "a truncation is not of the log";
    restored.entries.resize(from - 1);
  }
  if ((contents & kEntries) != 0) {
    if (in.u64() != restored.entries.size() + 1) return "entries do not follow the log's last";
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

Recovered recover(Directory& directory) {
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

Wal::Wal(Directory& directory, const Recovered& recovered)
    : file_(directory.exists(kFileName) ? directory.open(kFileName) : directory.create(kFileName)),
      end_(recovered.wal_bytes) {
  if (recovered.torn_bytes > 0 || end_ == 0) file_->truncate(end_);
  allocated_ = round_up(std::max(file_->size(), end_ + 1), kAllocationStep);
  file_->allocate(allocated_);
  if (end_ == 0) {
    file_->write_at(0, file_header(kVersion));
    end_ = kFileHeader;
  }
  file_->sync();
  directory.sync();
}

void Wal::append(const raft::Write& write) {
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

}  // namespace node
