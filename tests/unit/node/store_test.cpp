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

// A store whose commands stand one after another in the log, with one client that never retries,
// for what has nothing to do with sessions.
class StoreTest : public testing::Test {
 protected:
  OpResult run(const Operation& operation) {
    const Applied applied = apply({"reader", ++request_, operation});
    EXPECT_EQ(applied.effect, Effect::effective);
    return applied.result;
  }
  Applied apply(const ClientRequest& request) { return store.apply(++index_, request); }

  Store store;
  raft::Index index_;

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
  EXPECT_EQ(apply(request).result, (OpResult{"a", true}));
  run(put("k", "c"));
  const Applied retried = apply(request);
  EXPECT_EQ(retried.effect, Effect::duplicate);
  EXPECT_EQ(retried.result, (OpResult{"a", true}));
  EXPECT_EQ(run(get("k")).value, "c");
}

TEST_F(StoreTest, an_overtaken_request_has_no_effect_and_no_answer) {
  apply({"c1", 1, append("k", "1")});
  apply({"c1", 2, append("k", "2")});
  const Applied late = apply({"c1", 1, append("k", "1")});
  EXPECT_EQ(late.effect, Effect::stale);
  EXPECT_EQ(late.result, OpResult{});
  EXPECT_EQ(run(get("k")).value, "12");
  EXPECT_EQ(apply({"c1", 2, append("k", "2")}).effect, Effect::duplicate);
}

TEST_F(StoreTest, a_client_may_skip_numbers) {
  EXPECT_EQ(apply({"c1", 5, append("k", "5")}).effect, Effect::effective);
  EXPECT_EQ(apply({"c1", 9, append("k", "9")}).effect, Effect::effective);
  EXPECT_EQ(apply({"c1", 7, append("k", "7")}).effect, Effect::stale);
  EXPECT_EQ(run(get("k")).value, "59");
}

TEST_F(StoreTest, sessions_of_different_clients_are_apart) {
  apply({"c1", 3, append("k", "1")});
  EXPECT_EQ(apply({"c2", 3, append("k", "2")}).effect, Effect::effective);
  EXPECT_EQ(apply({"c2", 2, append("k", "3")}).effect, Effect::stale);
  EXPECT_EQ(run(get("k")).value, "12");
}

// Two sessions at the most.
class SessionTest : public StoreTest {
 protected:
  SessionTest() { store = Store(2); }
  static ClientRequest append_by(const char* client, std::uint64_t request, raft::Index since) {
    return {client, request, append("k", client), since};
  }
};

TEST_F(SessionTest, the_least_recently_used_session_is_forgotten) {
  apply(append_by("c1", 1, {}));   // 1
  apply(append_by("c2", 1, {}));   // 2
  apply(append_by("c1", 2, {1}));  // 3
  EXPECT_EQ(apply(append_by("c3", 1, {})).effect, Effect::effective) << "none was forgotten before";
  EXPECT_EQ(apply(append_by("c1", 2, {1})).effect, Effect::duplicate);
  EXPECT_EQ(apply(append_by("c2", 1, {})).effect, Effect::expired) << "c2 was the oldest";
  EXPECT_EQ(store.get("k").value, "c1c2c1c3");
}

TEST_F(SessionTest, no_request_of_a_forgotten_session_is_executed_twice) {
  apply(append_by("c1", 7, {}));  // 1
  apply(append_by("c2", 1, {}));  // 2
  apply(append_by("c3", 1, {}));  // 3: c1 is forgotten up to 1
  EXPECT_EQ(apply(append_by("c1", 7, {})).effect, Effect::expired);
  EXPECT_EQ(apply(append_by("c4", 1, {})).effect, Effect::expired) << "might be one as well";
  EXPECT_EQ(store.get("k").value, "c1c2c3");
  EXPECT_EQ(apply(append_by("c4", 1, {1})).effect, Effect::effective)
      << "what was forgotten had no command after 1, and c4 none up to 1";
}

TEST_F(SessionTest, an_expired_command_opens_no_session) {
  apply(append_by("c1", 1, {}));
  apply(append_by("c2", 1, {}));
  apply(append_by("c3", 1, {}));
  apply(append_by("c4", 1, {}));
  EXPECT_EQ(apply(append_by("c2", 1, {})).effect, Effect::duplicate);
  EXPECT_EQ(apply(append_by("c3", 1, {})).effect, Effect::duplicate);
}

TEST_F(SessionTest, a_saved_state_comes_back_with_its_sessions) {
  apply(append_by("c1", 1, {}));
  apply(append_by("c2", 1, {}));
  apply({"c3", 4, cas("k", "c1c2", "new"), {}});
  const std::string saved = store.save();
  Store other(2);
  other.apply({9}, {"x", 1, put("gone", "x")});
  ASSERT_TRUE(other.load(saved));
  EXPECT_EQ(other.save(), saved);
  EXPECT_EQ(other.state_digest(), store.state_digest());
  EXPECT_EQ(other.get("gone").value, "");
  const Applied retried = other.apply({4}, {"c3", 4, cas("k", "c1c2", "new"), {}});
  EXPECT_EQ(retried.effect, Effect::duplicate);
  EXPECT_EQ(retried.result, (OpResult{"c1c2", true}));
  EXPECT_EQ(other.apply({5}, append_by("c1", 1, {})).effect, Effect::expired);
  EXPECT_EQ(other.apply({6}, append_by("c4", 1, {5})).effect, Effect::effective);
  EXPECT_EQ(other.apply({7}, append_by("c2", 1, {})).effect, Effect::expired)
      << "c2, not c3, was the oldest after the load too";
}

TEST_F(SessionTest, what_is_no_saved_state_changes_nothing) {
  apply(append_by("c1", 1, {}));
  apply(append_by("c2", 1, {}));
  const std::string saved = store.save();
  for (std::size_t size = 0; size < saved.size(); ++size)
    EXPECT_FALSE(store.load(std::string_view(saved).substr(0, size))) << size;
  EXPECT_FALSE(store.load(saved + '\0'));
  std::string endless = saved;
  endless.replace(0, 8, 8, '\xff');
  EXPECT_FALSE(store.load(endless));
  EXPECT_EQ(store.save(), saved);
}

// The expected value comes from another implementation of XXH64, over the bytes that store.h gives.
TEST(StateDigest, is_that_of_the_documented_bytes) {
  Store store;
  EXPECT_EQ(digest_text(store.state_digest()), "bb3302e8a9608868");
  store.apply({1}, {"c2", 1, put("a", "1")});
  store.apply({2}, {"c1", 1, append("b", "x")});
  store.apply({3}, {"c1", 2, append("b", "y")});
  store.apply({4}, {"c2", 7, cas("a", "1", "2")});
  EXPECT_EQ(digest_text(store.state_digest()), "7fdb6a200a511af2");
}

TEST(StateDigest, is_the_same_on_every_node_that_applied_the_same) {
  Store one;
  Store two;
  for (Store* store : {&one, &two}) {
    store->apply({1}, {"c1", 1, put("a", "1")});
    store->apply({2}, {"c2", 1, put("b", "2")});
    store->apply({3}, {"c1", 1, put("a", "1")});
  }
  EXPECT_EQ(one.state_digest(), two.state_digest());
}

TEST(StateDigest, covers_keys_and_sessions) {
  const auto digest_after = [](const std::vector<ClientRequest>& requests) {
    Store store;
    raft::Index index;
    for (const ClientRequest& request : requests)
      store.apply(++index, request);
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
