// SPDX-License-Identifier: Apache-2.0
// T0: the order that the cluster's log claims, taken as a hint and verified. A pass is a proof,
// whatever the log says.
#pragma once

#include <span>
#include <vector>

#include "orchestrator/verify/linearizability/history.h"
#include "orchestrator/verify/linearizability/verdict.h"
#include "orchestrator/verify/linearizability/witness.h"

namespace linearizability {

struct Claims {
  enum class Ruling : std::uint8_t {
    proven,   // `order` proves that the operations are linearizable
    refuted,  // the order that is claimed is no proof, as `flaw` says. In a right store it is one:
              // an internal breach. Of the clients' history it says nothing
    missing,  // too little is claimed to tell: no place for a mutation that was acknowledged, or
              // for one of unknown outcome that may have taken effect
  };
  Ruling ruling = Ruling::missing;
  std::vector<Place> order;
  Flaw flaw;
};

// Mutations in the order of their indexes. A read, or a refused compare-and-set, that has an index
// stands behind the mutations up to it and before later ones; among its like by call. One that has
// none is put at the first place where it can stand (time allows it and the state is as it saw):
// if any order with these mutations is a proof, then so is this one. `operations` are those of one
// key, by call. `log_is_whole`: a mutation of unknown outcome that has no index took no effect.
Claims check_claims(const History& history, std::span<const Place> operations, bool log_is_whole);

}  // namespace linearizability
