// SPDX-License-Identifier: Apache-2.0
// Is an order of operations the proof that their history is linearizable? Three conditions say so,
// and they are the definition (Herlihy and Wing 1990): each operation that was answered stands in
// it once, and one of unknown outcome at most once; none stands behind one that was called after it
// had returned; executed in this order, each answers what its client was told. Who made the order
// does not matter: it exists, or it does not. So a log that lies can't make a history pass, and the
// checkers' own orders are verified by what knows nothing of how they were found.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "orchestrator/verify/linearizability/history.h"
#include "orchestrator/verify/linearizability/verdict.h"

namespace linearizability {

// Why an order is no proof.
struct Flaw {
  std::string rule;               // which condition, with what is wrong, in a sentence
  std::vector<Place> operations;  // the offending one last
};

// Nothing: `order` proves that `operations`, of one key or of many, are linearizable. Takes time
// linear in them and in the bytes of their texts; compares texts and not their digests.
std::optional<Flaw> verify_order(const History& history, std::span<const Place> operations,
                                 std::span<const Place> order);

// T0: the order that the cluster's log claims.
struct Witness {
  enum class Claim : std::uint8_t {
    proven,   // `order` proves that they are linearizable
    refuted,  // the claimed order is no proof, as `flaw` says, and no other is claimed. An internal
              // breach: in a right store it is one. Of the clients' history it says nothing
    missing,  // too little is claimed to tell: no place for an acknowledged mutation, or for one of
              // unknown outcome that may have taken effect
  };
  Claim claim = Claim::missing;
  std::vector<Place> order;
  Flaw flaw;
};

// Mutations in the order of their indexes. A read, or a refused compare-and-set, that has an index
// stands behind the mutations up to it, before later ones; among its like by call. One that has
// none is put at the first place where it can stand (time allows it and the state is as it saw):
// if any order with these mutations is a proof, then so is this one. `operations` are those of one
// key, by call. `log_is_whole`: a mutation of unknown outcome that has no index took no effect.
Witness check_claims(const History& history, std::span<const Place> operations, bool log_is_whole);

}  // namespace linearizability
