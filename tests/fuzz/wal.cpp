// SPDX-License-Identifier: Apache-2.0
// Recovery from any file: bytes as they come, and records whose headers and checksums fit around
// bodies that come as they do.
#include "node/wal.h"

#include "node/little_endian.h"
#include "node/memory_file.h"
#include "proxy/wire/crc32c.h"
#include "tests/fuzz/fuzz.h"

namespace {

void append_record(std::string& file, std::string_view body, std::uint64_t durable) {
  std::string record;
  node::append_u32(record, static_cast<std::uint32_t>(body.size()));
  node::append_u64(record, file.size());
  node::append_u64(record, durable);
  record.append(body);
  record.resize((record.size() + 4 + 7) / 8 * 8 - 4);
  node::append_u32(file, proxy::crc32c(record));
  file += record;
}

std::string make_file(fuzz::Input& in) {
  std::string file = "squallwl";
  node::append_u32(file, 1);
  node::append_u32(file, proxy::crc32c(file));
  while (!in.empty()) {
    const std::size_t size = in.byte();
    switch (in.below(4)) {
      case 0:
        file += in.bytes(size);
        file.resize((file.size() + 7) / 8 * 8);
        break;
      case 1:
        file.append(size * 8, '\0');
        break;
      case 2:
        append_record(file, in.bytes(size), in.number() % (file.size() + 1));
        break;
      default:
        append_record(file, in.bytes(size), file.size());
    }
  }
  return file;
}

bool same(const raft::Restored& a, const raft::Restored& b) {
  bool same = a.hard_state == b.hard_state && a.base_index == b.base_index &&
              a.base_term == b.base_term && a.entries.size() == b.entries.size();
  for (std::size_t i = 0; same && i < a.entries.size(); ++i) {
    const raft::Entry& x = a.entries[i];
    const raft::Entry& y = b.entries[i];
    same = x.term == y.term && x.kind == y.kind && !x.command == !y.command &&
           (!x.command || *x.command == *y.command);
  }
  return same;
}

// What was found can be gone on from: the next write follows it, and nothing else changes.
void go_on(node::Directory& directory, const node::Recovered& found) {
  const raft::HardState hard_state{raft::Term{7}, raft::NodeId{3}};
  {
    node::Wal wal(directory, found);
    raft::Write write;
    write.hard_state = hard_state;
    wal.append(write);
    wal.sync();
  }
  const node::Recovered again = node::recover(directory);
  raft::Restored expected = found.restored;
  expected.hard_state = hard_state;
  fuzz::must(
      again.records == found.records + 1 && again.torn_bytes == 0 && same(again.restored, expected),
      "a log goes on from where recovery found its end");
}

// False where it is refused.
bool recover(node::Directory& directory, std::string_view file, node::Recovered& found) {
  directory.create("wal")->write_at(0, file);
  const node::AllocationMeter meter;
  try {
    found = node::recover(directory);
  } catch (const node::CorruptLog&) {
    fuzz::must_be_measured(meter, file.size());
    return false;
  }
  fuzz::must_be_measured(meter, file.size());
  for (const raft::Entry& entry : found.restored.entries) {
    fuzz::must(entry.kind <= raft::EntryKind::configuration &&
                   (entry.kind == raft::EntryKind::noop) == !entry.command,
               "an entry is of its kind");
  }
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  node::Recovered found;
  node::MemoryDirectory as_it_comes;
  recover(as_it_comes, fuzz::text_of(data, size), found);
  fuzz::Input in(data, size);
  node::MemoryDirectory made;
  if (recover(made, make_file(in), found)) go_on(made, found);
  return 0;
}
