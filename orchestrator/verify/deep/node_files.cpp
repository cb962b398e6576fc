// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/verify/deep/node_files.h"

#include <fstream>
#include <iterator>

#include <fmt/format.h>

#include "node/little_endian.h"
#include "proxy/wire/crc32c.h"

namespace verify {
namespace {

using raft::Index;

constexpr std::uint64_t kHeader = 16;
constexpr std::uint64_t kRecordHeader = 24;
constexpr std::uint64_t kAlignment = 8;
enum Contents : std::uint8_t { hard_state = 1, truncation = 2, entries = 4, base = 8 };

std::optional<std::string> bytes_of_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(in), {});
}

// One record's body, carried out.
class Replay {
 public:
  explicit Replay(NodeFiles& files) : files_(files) {}

  // What is wrong with it, or nothing.
  std::string record(std::string_view body) {
    node::ByteReader in(body);
    const std::uint8_t contents = in.u8();
    std::string problem;
    if (contents & Contents::hard_state) {
      files_.term = {in.u64()};
      files_.voted_for = {in.u64()};
    }
    if (contents & Contents::base) problem = move_base(in);
    if (problem.empty() && (contents & Contents::truncation)) problem = truncate(in);
    if (problem.empty() && (contents & Contents::entries)) problem = append(in);
    if (!problem.empty()) return problem;
    if (contents > 15 || !in.ok() || in.remaining() > 0) return "its parts do not fill it";
    return {};
  }

 private:
  std::string move_base(node::ByteReader& in) {
    const Index index{in.u64()};
    const raft::Term term{in.u64()};
    if (in.u8() == 1) {
      files_.entries.clear();
    } else if (index < files_.base || index > files_.last_index()) {
      return fmt::format("it cuts the log's beginning at {}", index.value);
    } else {
      const auto gone = static_cast<std::ptrdiff_t>(index - files_.base);
      files_.entries.erase(files_.entries.begin(), files_.entries.begin() + gone);
    }
    files_.base = index;
    files_.base_term = term;
    return {};
  }

  std::string truncate(node::ByteReader& in) {
    const Index from{in.u64()};
    if (from <= files_.base || from > files_.last_index()) {
      return fmt::format("it cuts the log's end from {} on", from.value);
    }
    files_.entries.resize(from - files_.base - 1);
    return {};
  }

  std::string append(node::ByteReader& in) {
    const Index first{in.u64()};
    if (first != files_.last_index().next()) {
      return fmt::format("its entries begin at {}", first.value);
    }
    for (std::uint32_t left = in.u32(); left > 0 && in.ok(); --left) {
      StoredEntry entry;
      entry.term = {in.u64()};
      const std::uint8_t kind = in.u8();
      if (kind > static_cast<std::uint8_t>(EntryKind::configuration)) return "an entry's kind";
      entry.kind = static_cast<EntryKind>(kind);
      if (entry.kind != EntryKind::noop) entry.bytes = in.bytes(in.u32());
      files_.entries.push_back(std::move(entry));
    }
    return {};
  }

  NodeFiles& files_;
};

// The log ends where no valid record stands.
std::string read_log(std::string_view file, NodeFiles& files) {
  node::ByteReader header(file);
  const bool is_log = header.bytes(8) == "squallwl" && header.u32() == 1 &&
                      header.u32() == proxy::crc32c(file.substr(0, 12)) && header.ok();
  if (!is_log) return "its header is not that of a log";
  Replay replay(files);
  std::uint64_t at = kHeader;
  while (at + kRecordHeader <= file.size()) {
    node::ByteReader in(file.substr(at));
    const std::uint32_t checksum = in.u32();
    const std::uint64_t length = in.u32();
    const std::uint64_t size = (kRecordHeader + length + kAlignment - 1) / kAlignment * kAlignment;
    const bool valid = length > 0 && in.u64() == at && file.size() - at >= size &&
                       proxy::crc32c(file.substr(at + 4, size - 4)) == checksum;
    if (!valid) break;
    const std::string problem = replay.record(file.substr(at + kRecordHeader, length));
    if (!problem.empty()) return fmt::format("the record at byte {} is wrong: {}", at, problem);
    at += size;
    ++files.records;
  }
  return {};
}

std::string read_snapshot(std::string_view file, NodeFiles& files) {
  node::ByteReader in(file);
  const bool is_snapshot = in.bytes(8) == "squallsn" && in.u32() == 1;
  const std::uint32_t checksum = in.u32();
  if (!is_snapshot || !in.ok() || checksum != proxy::crc32c(file.substr(kHeader))) {
    return "it is no whole snapshot";
  }
  StoredSnapshot snapshot;
  snapshot.index = {in.u64()};
  snapshot.term = {in.u64()};
  snapshot.configuration = in.bytes(in.u32());
  snapshot.digest = in.u64();
  if (!in.ok()) return "its parts do not fill it";
  snapshot.state = in.bytes(in.remaining());
  files.snapshot = std::move(snapshot);
  return {};
}

// "A crash between the two leaves a log that the snapshot overlaps": what the snapshot stands for
// is not needed of the log, and a log that does not reach it, or has something else there, has
// given way to it.
void reconcile(NodeFiles& files) {
  if (!files.snapshot || files.snapshot->index <= files.base) return;
  const Index end = files.snapshot->index;
  const bool reaches = end <= files.last_index() && files.at(end).term == files.snapshot->term;
  if (!reaches) {
    files.entries.clear();
  } else {
    const auto gone = static_cast<std::ptrdiff_t>(end - files.base);
    files.entries.erase(files.entries.begin(), files.entries.begin() + gone);
  }
  files.base = end;
  files.base_term = files.snapshot->term;
}

}  // namespace

NodeFiles read_node_files(const std::filesystem::path& folder, std::string& problem) {
  NodeFiles files;
  if (const auto log = bytes_of_file(folder / "wal")) {
    const std::string wrong = read_log(*log, files);
    if (!wrong.empty()) problem = "wal: " + wrong;
  }
  if (const auto snapshot = bytes_of_file(folder / "snapshot")) {
    const std::string wrong = read_snapshot(*snapshot, files);
    if (!wrong.empty() && problem.empty()) problem = "snapshot: " + wrong;
  }
  reconcile(files);
  return files;
}

}  // namespace verify
