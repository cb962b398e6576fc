// SPDX-License-Identifier: Apache-2.0
// The histories that Porcupine's own tests judge: of a key-value store, and of etcd under Jepsen.
// They are not part of this tree: SQUALL_PORCUPINE_DATA names the folder test_data of a checkout of
// github.com/anishathalye/porcupine; without it these tests are skipped.
#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "orchestrator/verify/linearizability/judge.h"
#include "orchestrator/verify/linearizability/read_history.h"

namespace linearizability {
namespace {

constexpr std::array kLinearizable = {2,  5,  7,  18, 25, 31, 38, 45, 48,  49,  51, 53,
                                      56, 67, 75, 76, 80, 87, 92, 98, 100, 101, 102};
constexpr int kFiles = 103;
constexpr int kEmpty = 95;

class RecordedHistories : public testing::Test {
 protected:
  void SetUp() override {
    const char* folder = std::getenv("SQUALL_PORCUPINE_DATA");
    if (folder == nullptr) GTEST_SKIP() << "SQUALL_PORCUPINE_DATA is not set";
    folder_ = folder;
  }

  void expect(const std::string& file, Model model, bool linearizable) {
    const ReadHistory read = read_history_file(folder_ / file, model);
    ASSERT_EQ(read.error, "");
    const Judgement judgement = judge(read.history, {.every_key = true});
    EXPECT_EQ(judgement.ruling, linearizable ? Ruling::linearizable : Ruling::not_linearizable)
        << file;
    for (const KeyJudgement& key : judgement.keys)
      EXPECT_NE(key.ruling, Ruling::unknown) << file << " key " << key.key;
  }

  std::filesystem::path folder_;
};

TEST_F(RecordedHistories, OfAKeyValueStore) {
  for (const char* clients : {"c01", "c10", "c50"}) {
    expect(fmt::format("kv/{}-ok.txt", clients), Model::key_value, true);
    expect(fmt::format("kv/{}-bad.txt", clients), Model::key_value, false);
  }
}

TEST_F(RecordedHistories, OfEtcdUnderJepsen) {
  for (int file = 0; file < kFiles; ++file) {
    if (file == kEmpty) continue;
    const bool linearizable =
        std::find(kLinearizable.begin(), kLinearizable.end(), file) != kLinearizable.end();
    expect(fmt::format("jepsen/etcd_{:03}.log", file), Model::cas_register, linearizable);
  }
}

}  // namespace
}  // namespace linearizability
