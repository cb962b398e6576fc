// SPDX-License-Identifier: Apache-2.0
// Anybody's history: the first byte chooses the model, the rest is the file. What can be read is
// judged as well, as far as a small budget goes.
#include "orchestrator/verify/linearizability/judge.h"
#include "orchestrator/verify/linearizability/read_history.h"
#include "tests/fuzz/fuzz.h"

namespace {

using namespace linearizability;

constexpr std::size_t kMostJudged = 64;  // operations

void must_be_whole(const History& history) {
  Stamp last = 0;
  for (const Operation& operation : history.operations) {
    fuzz::must(operation.call > last, "operations stand by call");
    last = operation.call;
    fuzz::must(operation.ret > operation.call, "a return follows its call");
    fuzz::must(operation.known() == (operation.ret != kNever), "what is answered has returned");
    fuzz::must(operation.known() || operation.kind != Kind::read, "a read without answer is none");
    fuzz::must(operation.key < history.keys.size() && operation.client < history.clients.size(),
               "keys and clients have names");
    for (const Value value : {operation.argument, operation.expected, operation.output})
      fuzz::must(value < history.values.size(), "values have texts");
  }
}

void must_agree_with_itself(const History& history) {
  const Judgement judgement = judge(history, {.configurations = 5000, .bytes = 1 << 24});
  std::size_t operations = 0;
  for (const KeyJudgement& key : judgement.keys) {
    operations += key.operations;
    fuzz::must((key.ruling == Ruling::not_linearizable) == !key.core.empty(),
               "what fails is shown, and nothing else");
  }
  fuzz::must(operations == history.operations.size(), "each operation is judged");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto model = static_cast<Model>(data[0] % 3);
  const node::AllocationMeter meter;
  const ReadHistory read = read_history(fuzz::text_of(data + 1, size - 1), "history", model);
  // An operation of sixteen bytes brings a client, a key and a value with it, in tables that grow.
  fuzz::must(meter.total() <= 100 * size + 400'000, "memory is taken by the measure of the input");
  must_be_whole(read.history);
  if (read.history.operations.size() <= kMostJudged) must_agree_with_itself(read.history);
  return 0;
}
