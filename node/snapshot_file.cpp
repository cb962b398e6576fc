// SPDX-License-Identifier: Apache-2.0
#include "node/snapshot_file.h"

#include "node/little_endian.h"
#include "node/wal.h"
#include "proxy/wire/crc32c.h"

namespace node {
namespace {

constexpr std::string_view kFileName = "snapshot";
constexpr std::string_view kMagic = "squallsn";
constexpr std::uint32_t kVersion = 1;

}  // namespace

void write_snapshot(Directory& directory, const raft::Snapshot& snapshot) {
  std::string body;
  append_u64(body, snapshot.index.value);
  append_u64(body, snapshot.term.value);
  const std::string configuration = raft::encode(snapshot.configuration);
  append_u32(body, static_cast<std::uint32_t>(configuration.size()));
  body += configuration;
  body += *snapshot.data;
  std::string header(kMagic);
  append_u32(header, kVersion);
  append_u32(header, proxy::crc32c(body));

  if (directory.exists(kNewSnapshotFileName)) directory.remove(kNewSnapshotFileName);
  const auto file = directory.create(kNewSnapshotFileName);
  file->write_at(0, header);
  file->write_at(header.size(), body);
  file->sync();
  directory.rename(kNewSnapshotFileName, kFileName);
  directory.sync();
}

std::optional<raft::Snapshot> read_snapshot(Directory& directory) {
  if (!directory.exists(kFileName)) return std::nullopt;
  const auto file = directory.open(kFileName);
  const std::string bytes = file->read_all();
  ByteReader in(bytes);
  if (in.bytes(kMagic.size()) != kMagic || in.u32() != kVersion) {
    throw CorruptLog(file->name(), 0, "its header is not that of a snapshot");
  }
  const std::uint32_t checksum = in.u32();
  if (!in.ok() ||
      checksum != proxy::crc32c(std::string_view(bytes).substr(bytes.size() - in.remaining()))) {
    throw CorruptLog(file->name(), 0, "its checksum is not that of its bytes");
  }
  raft::Snapshot snapshot;
  snapshot.index = raft::Index{in.u64()};
  snapshot.term = raft::Term{in.u64()};
  const auto configuration = raft::decode_configuration(in.bytes(in.u32()));
  if (!in.ok() || !configuration) {
    throw CorruptLog(file->name(), 16, "its parts do not fill it");
  }
  snapshot.configuration = *configuration;
  snapshot.data = std::make_shared<const std::string>(in.bytes(in.remaining()));
  return snapshot;
}

}  // namespace node
