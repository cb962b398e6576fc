// SPDX-License-Identifier: Apache-2.0
// The snapshot's file: as it comes, and once more behind a header that fits.
#include "node/snapshot_file.h"

#include "node/little_endian.h"
#include "node/memory_file.h"
#include "node/wal.h"
#include "proxy/wire/crc32c.h"
#include "tests/fuzz/fuzz.h"

namespace {

void read(std::string_view bytes) {
  node::MemoryDirectory found;
  found.create("snapshot")->write_at(0, bytes);
  std::optional<raft::Snapshot> snapshot;
  const node::AllocationMeter meter;
  try {
    snapshot = node::read_snapshot(found);
  } catch (const node::CorruptLog&) {
    fuzz::must_be_measured(meter, bytes.size());
    return;
  }
  fuzz::must_be_measured(meter, bytes.size());
  fuzz::must(snapshot && snapshot->data, "a file that is there is read or refused");
  node::MemoryDirectory written;
  node::write_snapshot(written, *snapshot);
  const auto again = node::read_snapshot(written);
  fuzz::must(again && again->index == snapshot->index && again->term == snapshot->term &&
                 again->configuration == snapshot->configuration && *again->data == *snapshot->data,
             "a snapshot is read as it was written");
}

std::string sealed(std::string_view body) {
  std::string file = "squallsn";
  node::append_u32(file, 1);
  node::append_u32(file, proxy::crc32c(body));
  return file.append(body);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes = fuzz::text_of(data, size);
  read(bytes);
  read(sealed(bytes));
  return 0;
}
