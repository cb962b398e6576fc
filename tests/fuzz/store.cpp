// SPDX-License-Identifier: Apache-2.0
// The state machine's state, as a snapshot brings it; and that a store that was saved and loaded
// goes on like the one it was saved from.
#include "node/store.h"

#include "tests/fuzz/fuzz.h"

namespace {

void load(std::string_view bytes) {
  node::Store store;
  store.apply(raft::Index{1}, {"c1", 1, {node::OpKind::put, "k", "v", ""}, {}});
  const std::string before = store.save();
  const node::AllocationMeter meter;
  const bool loaded = store.load(bytes);
  fuzz::must_be_measured(meter, bytes.size());
  fuzz::must(store.save() == (loaded ? std::string(bytes) : before),
             "a state is taken as a whole, or not at all");
}

node::ClientRequest request_of(fuzz::Input& in, raft::Index index) {
  node::ClientRequest request;
  request.client = 'c' + std::to_string(in.below(4));
  request.request = 1 + in.below(4);
  request.since = raft::Index{in.byte() % index.value};
  request.operation.kind = static_cast<node::OpKind>(in.below(4));
  request.operation.key = 'k' + std::to_string(in.below(2));
  request.operation.value = in.bytes(in.below(4));
  request.operation.expected = in.bytes(in.below(4));
  return request;
}

void apply(fuzz::Input& in) {
  const std::uint64_t max_sessions = in.below(4);
  node::Store store(max_sessions);
  node::Store copy(max_sessions);
  for (raft::Index index{1}; !in.empty(); ++index) {
    if (in.below(4) == 0) {
      fuzz::must(copy.load(store.save()), "what was saved can be loaded");
    }
    const node::ClientRequest request = request_of(in, index);
    const node::Applied one = store.apply(index, request);
    const node::Applied other = copy.apply(index, request);
    fuzz::must(one.effect == other.effect && one.result == other.result &&
                   store.state_digest() == copy.state_digest(),
               "all replicas do the same");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  load(fuzz::text_of(data, size));
  fuzz::Input in(data, size);
  apply(in);
  return 0;
}
