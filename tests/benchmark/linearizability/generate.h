// SPDX-License-Identifier: Apache-2.0
// Histories to be judged: clients of one atomic store, each operation taking effect at a random
// moment between its call and its return. All is decided by the seed.
#pragma once

#include <cstdint>

#include "orchestrator/verify/linearizability/history.h"

namespace benchmark {

struct Clients {
  // kv: 45 % get, 5 % put, 50 % append, as Porcupine's recorded histories have them, of texts that
  // are unique. Else a compare-and-set register: 40 % read, 30 % write, 30 % cas.
  bool kv = true;
  unsigned keys = 10;
  unsigned clients = 20;
  unsigned operations = 10'000;
  // Register: so many values, each written again and again, and a refused cas is told no more than
  // that; 0: unique ones, each cas expects what its client saw last, and is told what is there.
  unsigned values = 0;
  // So many have no known outcome, and half of these take effect. Their clients go on under new
  // names, as Jepsen's do.
  unsigned timeouts_per_mille = 0;
  bool claims = false;  // the log's places are told
  bool stale = false;   // one read, at four fifths, sees what was overwritten long ago
  std::uint64_t seed = 1;
};

linearizability::History generate(const Clients& clients);

}  // namespace benchmark
