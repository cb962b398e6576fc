// SPDX-License-Identifier: Apache-2.0
#include "node/store.h"

#include <gtest/gtest.h>

#include "node/digest.h"

namespace node {
namespace {

Operation get(const char* key) {
  return {.kind = OpKind::get, .key = key, .value = {}, .expected = {}};
}
Operation put(const char* key, const char* value) {
  return {.kind = OpKind::put, .key = key, .value = value, .expected = {}};
}
Operation append(const char* key, const char* value) {
  return {.kind = OpKind::append, .key = key, .value = value, .expected = {}};
}
Operation cas(const char* key, const char* expected, const char* value) {
  return {.kind = OpKind::cas, .key = key, .value = value, .expected = expected};
}

// A store with one client that never retries, for what has nothing to do with sessions.
class StoreTest : public testing::Test {
 protected:
  OpResult run(const Operation& operation) {
    const Applied applied = store.apply({"reader", ++request_, operation});
    EXPECT_EQ(applied.effect, Effect::effective);
    return applied.result;
  }
  Store store;

 private:
  std::uint64_t request_ = 0;
};

TEST_F(StoreTest, an_absent_key_holds_the_empty_string) {
  EXPECT_EQ(run(get("k")).value, "");
  EXPECT_EQ(run(append("k", "a")), OpResult{});
  EXPECT_EQ(run(get("k")).value, "a");
  EXPECT_EQ(run(cas("other", "", "b")), (OpResult{"", true}));
  EXPECT_EQ(run(get("other")).value, "b");
}

TEST_F(StoreTest, put_replaces_and_append_adds) {
  run(put("k", "one"));
  run(put("k", "two"));
  run(append("k", "+three"));
  EXPECT_EQ(run(get("k")).value, "two+three");
  EXPECT_EQ(run(get("l")).value, "");
}

TEST_F(StoreTest, compare_and_set_returns_what_it_saw_and_stores_only_on_a_match) {
  run(put("k", "one"));
  EXPECT_EQ(run(cas("k", "two", "three")), (OpResult{"one", false}));
  EXPECT_EQ(run(get("k")).value, "one");
  EXPECT_EQ(run(cas("k", "one", "two")), (OpResult{"one", true}));
  EXPECT_EQ(run(get("k")).value, "two");
}

TEST_F(StoreTest, a_retry_has_no_effect_and_gets_the_first_answer) {
  run(put("k", "a"));
  const ClientRequest request{"c1", 1, cas("k", "a", "b")};
  EXPECT_EQ(store.apply(request).result, (OpResult{"a", true}));
  run(put("k", "c"));
  const Applied retried = store.apply(request);
  EXPECT_EQ(retried.effect, Effect::duplicate);
  EXPECT_EQ(retried.result, (OpResult{"a", true}));
  EXPECT_EQ(run(get("k")).value, "c");
}

TEST_F(StoreTest, an_overtaken_request_has_no_effect_and_no_answer) {
  store.apply({"c1", 1, append("k", "1")});
  store.apply({"c1", 2, append("k", "2")});
  const Applied late = store.apply({"c1", 1, append("k", "1")});
  EXPECT_EQ(late.effect, Effect::stale);
  EXPECT_EQ(late.result, OpResult{});
  EXPECT_EQ(run(get("k")).value, "12");
  EXPECT_EQ(store.apply({"c1", 2, append("k", "2")}).effect, Effect::duplicate);
}

TEST_F(StoreTest, a_client_may_skip_numbers) {
  EXPECT_EQ(store.apply({"c1", 5, append("k", "5")}).effect, Effect::effective);
  EXPECT_EQ(store.apply({"c1", 9, append("k", "9")}).effect, Effect::effective);
  EXPECT_EQ(store.apply({"c1", 7, append("k", "7")}).effect, Effect::stale);
  EXPECT_EQ(run(get("k")).value, "59");
}

TEST_F(StoreTest, sessions_of_different_clients_are_apart) {
  store.apply({"c1", 3, append("k", "1")});
  EXPECT_EQ(store.apply({"c2", 3, append("k", "2")}).effect, Effect::effective);
  EXPECT_EQ(store.apply({"c2", 2, append("k", "3")}).effect, Effect::stale);
  EXPECT_EQ(run(get("k")).value, "12");
}

// The expected value comes from another implementation of XXH64, over the bytes that store.h gives.
TEST(StateDigest, is_that_of_the_documented_bytes) {
  Store store;
  EXPECT_EQ(digest_text(store.state_digest()), "af09f71516247c32");
  store.apply({"c2", 1, put("a", "1")});
  store.apply({"c1", 1, append("b", "x")});
  store.apply({"c1", 2, append("b", "y")});
  store.apply({"c2", 7, cas("a", "1", "2")});
  EXPECT_EQ(digest_text(store.state_digest()), "3950f0c28aa7ed17");
}

TEST(StateDigest, is_the_same_however_the_state_came_about) {
  Store one;
  one.apply({"c1", 1, put("a", "1")});
  one.apply({"c2", 1, put("b", "2")});
  Store two;
  two.apply({"c2", 1, put("b", "2")});
  two.apply({"c1", 1, put("a", "1")});
  two.apply({"c2", 1, put("b", "2")});
  EXPECT_EQ(one.state_digest(), two.state_digest());
}

TEST(StateDigest, covers_keys_and_sessions) {
  const auto digest_after = [](const std::vector<ClientRequest>& requests) {
    Store store;
    for (const ClientRequest& request : requests)
      store.apply(request);
    return store.state_digest();
  };
  const std::uint64_t base = digest_after({{"c1", 1, put("k", "v")}});
  EXPECT_NE(digest_after({{"c1", 1, put("k", "w")}}), base);
  EXPECT_NE(digest_after({{"c1", 1, put("l", "v")}}), base);
  EXPECT_NE(digest_after({{"c1", 2, put("k", "v")}}), base);
  EXPECT_NE(digest_after({{"c2", 1, put("k", "v")}}), base);
  EXPECT_NE(digest_after({{"c1", 1, cas("k", "", "v")}}), base) << "the answer kept for a retry";
}

}  // namespace
}  // namespace node
