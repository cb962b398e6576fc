// SPDX-License-Identifier: Apache-2.0
// What checks are made of: lines of JSON, what a disk may hold, a node's log, the store's model.
#include <string>

#include <gmock/gmock.h>

#include "orchestrator/verify/committed_sequence.h"
#include "orchestrator/verify/describe.h"
#include "orchestrator/verify/json_record.h"
#include "orchestrator/verify/node_configuration.h"
#include "orchestrator/verify/node_log.h"
#include "orchestrator/verify/on_disk.h"
#include "orchestrator/verify/sessions.h"
#include "orchestrator/verify/store_model.h"
#include "orchestrator/verify/written_values.h"

namespace verify {
namespace {

TEST(JsonRecord, FindsFieldsInAnyOrder) {
  JsonRecord record;
  ASSERT_TRUE(record.parse(
      R"({"a":1,"b":"two","c":[3,[4,5],{"a":6}],"d":{"a":-7,"x":null},"e":true,"f":1.5})"));
  const JsonValue root = record.root();
  EXPECT_EQ(root.field("e").flag(), true);
  EXPECT_EQ(root.field("a").number(), 1u);
  EXPECT_EQ(root.field("b").text(), "two");
  EXPECT_EQ(root.field("d").field("a").integer(), -7);
  EXPECT_TRUE(root.field("d").field("x").is_null());
  EXPECT_FALSE(root.field("nowhere"));
  EXPECT_FALSE(root.field("f").number());
  JsonValue element = root.field("c").first();
  EXPECT_EQ(element.number(), 3u);
  element = element.next();
  EXPECT_EQ(element.first().next().number(), 5u);
  EXPECT_FALSE(element.first().next().next());
  element = element.next();
  EXPECT_EQ(element.field("a").number(), 6u);
  EXPECT_FALSE(element.next());
}

TEST(JsonRecord, NamesWhatStandsInAnObject) {
  JsonRecord record;
  ASSERT_TRUE(record.parse(R"({"match":{"n1":5,"n2":[6]},"none":{}})"));
  JsonValue field = record.root().field("match").first();
  EXPECT_EQ(field.name(), "n1");
  EXPECT_EQ(field.number(), 5u);
  field = field.next();
  EXPECT_EQ(field.name(), "n2");
  EXPECT_EQ(field.first().name(), "");
  EXPECT_FALSE(field.next());
  EXPECT_FALSE(record.root().field("none").first());
}

TEST(JsonRecord, TakesNothingButOneObject) {
  JsonRecord record;
  for (const char* text : {"", "1", "[]", "null", "{", "{}{}", "{\"a\":}", "{\"a\":1}x"}) {
    EXPECT_FALSE(record.parse(text)) << text;
    EXPECT_FALSE(record.root().field("a")) << text;
  }
  EXPECT_FALSE(record.parse(std::string("{\"a\":") + std::string(100'000, '[')));
  EXPECT_TRUE(record.parse("{}"));
}

TEST(JsonRecord, SurvivesEveryTruncationAndEveryByte) {
  const std::string line = R"({"a":1,"b":"t\u00e9\"","c":[3,[4,{"d":null}]],"e":true,"f":-1.5e3})";
  JsonRecord record;
  for (std::size_t size = 0; size < line.size(); ++size)
    EXPECT_FALSE(record.parse(std::string_view(line).substr(0, size))) << size;
  for (std::size_t at = 0; at < line.size(); ++at) {
    for (int byte = 0; byte < 256; ++byte) {
      std::string changed = line;
      changed[at] = static_cast<char>(byte);
      if (!record.parse(changed)) continue;
      for (JsonValue v = record.root().field("c").first(); v; v = v.next())
        (void)v.first().next().field("d").text();
    }
  }
}

TEST(OnDisk, HoldsTheLastDurableStateOrALaterDecision) {
  OnDisk<int> disk(0);
  disk.decided(1);
  disk.decided(2);
  disk.decided(3);
  EXPECT_TRUE(disk.persisted(2));
  EXPECT_FALSE(disk.persisted(1));
  EXPECT_TRUE(disk.persisted(2));  // once more, by a write that changed something else
  auto lost = disk;
  EXPECT_FALSE(lost.recovered(1));
  auto kept = disk;
  EXPECT_TRUE(kept.recovered(2));
  EXPECT_TRUE(disk.recovered(3));
  EXPECT_FALSE(disk.recovered(2));
}

NodeEvent event(unsigned term, decltype(NodeEvent::what) what) {
  NodeEvent e;
  e.node = {1};
  e.term = {term};
  e.what = std::move(what);
  return e;
}

TEST(NodeLog, RemembersALogThatWasCut) {
  NodeLog log;
  EXPECT_FALSE(
      log.take(event(1, EntriesAppended{{{{1}, {1}, 11}, {{2}, {1}, 12}, {{3}, {1}, 13}}})));
  const Tip before = log.tip();
  EXPECT_FALSE(log.take(event(2, LogTruncated{{2}, {3}})));
  EXPECT_FALSE(log.take(event(2, EntriesAppended{{{{2}, {2}, 22}}})));
  EXPECT_EQ(log.tip(), (Tip{{2}, 22}));
  EXPECT_EQ(log.entry_of(before, {3})->digest, 13u);
  EXPECT_EQ(log.entry_of(before, {2})->digest, 12u);
  EXPECT_EQ(log.entry_of(before, {1})->digest, 11u);
  EXPECT_FALSE(log.entry_of(before, {4}));
  EXPECT_FALSE(log.entry_of({{3}, 99}, {3}));
  EXPECT_EQ(log.entry_of(log.tip(), {2})->digest, 22u);
}

TEST(NodeLog, ComesBackAsItWas) {
  NodeLog log;
  log.take(event(1, EntriesAppended{{{{1}, {1}, 11}, {{2}, {1}, 12}}}));
  log.take(event(1, Persisted{{}, {2}, 12, {}}));
  log.take(event(2, LogTruncated{{2}, {2}}));
  log.take(event(2, EntriesAppended{{{{2}, {2}, 22}, {{3}, {2}, 23}}}));
  EXPECT_FALSE(log.take(event(2, Recovered{{}, {{2}, {1}, 12}, {}, 0, 0})));
  EXPECT_EQ(log.tip(), (Tip{{2}, 12}));
  EXPECT_TRUE(log.take(event(2, Recovered{{}, {{3}, {2}, 23}, {}, 0, 0})));
}

TEST(NodeLog, BeginsAfterASnapshotThatWasInstalled) {
  NodeLog log;
  log.take(event(1, EntriesAppended{{{{1}, {1}, 11}, {{2}, {1}, 12}}}));
  const Tip before = log.tip();
  EXPECT_FALSE(log.take(event(2, SnapshotInstalled{{2}, {{9}, {2}, 29}})));
  EXPECT_FALSE(log.take(event(2, EntriesAppended{{{{10}, {2}, 30}}})));
  EXPECT_EQ(log.base_index(), Index{9});
  EXPECT_EQ(log.tip(), (Tip{{10}, 30}));
  EXPECT_EQ(log.entry_of(log.tip(), {9})->term, Term{2});
  EXPECT_FALSE(log.entry_of(log.tip(), {8}));
  EXPECT_EQ(log.entry_of(before, {1})->digest, 11u);
  const Tip after = log.tip();
  EXPECT_FALSE(log.take(event(2, Recovered{{}, {{2}, {1}, 12}, {}, 0, 0})));  // nothing was durable
  EXPECT_EQ(log.tip(), before);
  EXPECT_EQ(log.entry_of(after, {10})->digest, 30u);
  EXPECT_EQ(log.entry_of(after, {9})->digest, 29u);
  EXPECT_FALSE(log.entry_of(after, {2}));
}

const Configuration kFirst{{{1}, {2}, {3}}, {}, {}};
const Configuration kSecond{{{1}, {2}, {4}}, {{1}, {2}, {3}}, {}};

TEST(Configuration, WantsAMajorityOfBothHalvesWhileItIsJoint) {
  EXPECT_TRUE(is_quorum(kFirst, {{1}, {3}}));
  EXPECT_FALSE(is_quorum(kFirst, {{1}, {4}, {5}}));
  EXPECT_FALSE(is_quorum(kFirst, {{1}, {1}}));
  EXPECT_FALSE(is_quorum(kFirst, {}));
  EXPECT_TRUE(is_quorum(kSecond, {{1}, {2}}));
  EXPECT_FALSE(is_quorum(kSecond, {{1}, {4}}));
  EXPECT_FALSE(is_quorum(kSecond, {{1}, {3}}));
  EXPECT_TRUE(is_quorum(kSecond, {{1}, {3}, {4}}));
  EXPECT_FALSE(is_quorum({{{1}, {2}}, {}, {}}, {{1}}));
}

TEST(NodeConfiguration, IsTheLatestOfTheLog) {
  NodeConfiguration node;
  EXPECT_EQ(node.latest(), nullptr);
  node.take(event(1, Started{1, kFirst, 0}));
  EXPECT_EQ(node.latest()->configuration, kFirst);
  node.take(event(1, EntriesAppended{{{{1}, {1}, 11}}}));
  node.take(event(1, Persisted{{}, {1}, 11, {}}));
  node.take(event(1, EntriesAppended{{{{2}, {1}, 12}, {{3}, {1}, 13}}}));
  node.take(event(1, ConfigChanged{{2}, kSecond}));
  EXPECT_EQ(node.latest()->index, Index{2});
  EXPECT_EQ(node.in_force_at({1})->configuration, kFirst);
  EXPECT_EQ(node.in_force_at({9})->configuration, kSecond);
  node.take(event(2, LogTruncated{{2}, {3}}));
  node.take(event(2, ConfigChanged{{0}, kFirst}));
  EXPECT_EQ(node.latest()->index, Index{0});
}

// What stood in the log before the snapshot need not have been committed.
TEST(NodeConfiguration, IsTheSnapshotsWhereOneTookThePlaceOfTheLog) {
  NodeConfiguration node;
  node.take(event(1, Started{1, kFirst, 0}));
  node.take(event(1, EntriesAppended{{{{1}, {1}, 11}}}));
  node.take(event(1, ConfigChanged{{1}, kSecond}));
  node.take(event(2, SnapshotInstalled{{2}, {{9}, {2}, 29}}));
  node.take(event(2, ConfigChanged{{9}, kFirst}));
  EXPECT_EQ(node.latest()->configuration, kFirst);
  EXPECT_TRUE(node.latest()->by_snapshot);
  EXPECT_EQ(node.in_force_at({8}), nullptr);
}

TEST(NodeConfiguration, ComesBackWithTheLogThatIsFound) {
  NodeConfiguration node;
  node.take(event(1, Started{1, kFirst, 0}));
  node.take(event(1, EntriesAppended{{{{1}, {1}, 11}, {{2}, {1}, 12}}}));
  node.take(event(1, ConfigChanged{{2}, kSecond}));
  node.take(event(1, Persisted{{}, {2}, 12, {}}));
  node.take(event(2, LogTruncated{{2}, {2}}));
  node.take(event(2, ConfigChanged{{0}, kFirst}));
  node.take(event(2, Started{1, kFirst, 0}));
  node.take(event(2, Recovered{{}, {{2}, {1}, 12}, {}, 0, 0}));  // the cut was not durable
  EXPECT_EQ(node.latest()->configuration, kSecond);
  node.take(event(2, EntriesAppended{{{{3}, {2}, 13}}}));
  node.take(event(2, Recovered{{}, {{7}, {2}, 97}, {}, 0, 0}));  // what it can't be
  EXPECT_EQ(node.latest(), nullptr);
}

TEST(NodeConfiguration, StandsAtTheSnapshotThatTheServerStartsFrom) {
  NodeConfiguration node;
  node.take(event(1, Started{1, kFirst, 0}));
  node.take(event(1, EntriesAppended{{{{1}, {1}, 11}, {{2}, {1}, 12}, {{3}, {1}, 13}}}));
  node.take(event(1, ConfigChanged{{3}, kSecond}));
  node.take(event(1, Persisted{{}, {3}, 13, {2}}));
  node.take(event(1, Recovered{{}, {{3}, {1}, 13}, {{2}, {1}, 12}, 0, 0}));
  EXPECT_EQ(node.latest()->index, Index{3});
  EXPECT_EQ(node.in_force_at({2})->index, Index{2});
  EXPECT_EQ(node.in_force_at({2})->configuration, kFirst);
  node.take(event(2, LogTruncated{{3}, {3}}));
  node.take(event(2, ConfigChanged{{2}, kFirst}));
  EXPECT_EQ(node.latest()->index, Index{2});
  EXPECT_EQ(node.latest()->before, nullptr);
}

TEST(NodeConfiguration, NothingIsLeftOfALogThatASnapshotReplaced) {
  NodeConfiguration node;
  node.take(event(1, Started{1, kFirst, 0}));
  node.take(event(1, EntriesAppended{{{{1}, {1}, 11}, {{2}, {1}, 12}}}));
  node.take(event(1, ConfigChanged{{2}, kSecond}));  // never committed
  SnapshotInstalled installed;
  installed.last = {{9}, {2}, 99};
  node.take(event(2, installed));
  node.take(event(2, ConfigChanged{{9}, kFirst}));
  EXPECT_EQ(node.latest()->index, Index{9});
  EXPECT_EQ(node.latest()->before, nullptr);
  EXPECT_EQ(node.in_force_at({5}), nullptr);
}

TEST(CommittedSequence, FillsTheGapThatASnapshotLeaves) {
  const auto applies = [](Index first, Index last) {
    Applied applied;
    for (Index i = first; i <= last; ++i)
      applied.entries.push_back({{i, {1}, 10 + i.value}, "c1", i.value, Effect::effective, ""});
    return applied;
  };
  CommittedSequence sequence;
  NodeEvent line = event(1, Stalled{});
  sequence.take(line, applies({1}, {2}));
  sequence.take(line, applies({6}, {8}));
  EXPECT_EQ(sequence.last_index(), Index{2});
  EXPECT_FALSE(sequence.find("c1", 7));
  line.node = {2};
  sequence.take(line, applies({1}, {7}));
  EXPECT_EQ(sequence.last_index(), Index{8});
  EXPECT_EQ(sequence.find("c1", 7), Index{7});
  EXPECT_EQ(sequence.at({5}).node, NodeId{2});
  EXPECT_EQ(sequence.at({8}).digest, 18u);
}

TEST(StoreModel, DoesWhatTheOperationsSay) {
  StoreModel model;
  EXPECT_EQ(model.execute({1}, {node::OpKind::get, "k", "", ""}).value, "");
  model.execute({2}, {node::OpKind::append, "k", "a", ""});
  model.execute({3}, {node::OpKind::append, "k", "b", ""});
  EXPECT_EQ(model.execute({4}, {node::OpKind::get, "k", "", ""}).value, "ab");
  model.execute({5}, {node::OpKind::put, "k", "c", ""});
  auto answer = model.execute({6}, {node::OpKind::cas, "k", "d", "ab"});
  EXPECT_FALSE(answer.swapped);
  EXPECT_EQ(answer.value, "c");
  answer = model.execute({7}, {node::OpKind::cas, "k", "d", "c"});
  EXPECT_TRUE(answer.swapped);
  EXPECT_EQ(answer.value, "c");
  EXPECT_EQ(model.execute({8}, {node::OpKind::get, "k", "", ""}).value, "d");
  EXPECT_TRUE(model.execute({9}, {node::OpKind::cas, "new", "x", ""}).swapped);
}

TEST(StoreModel, KnowsWhatAKeyHeld) {
  StoreModel model;
  model.execute({2}, {node::OpKind::append, "k", "a", ""});
  model.execute({5}, {node::OpKind::append, "k", "b", ""});
  model.execute({7}, {node::OpKind::put, "k", "c", ""});
  model.execute({8}, {node::OpKind::cas, "k", "d", "no"});
  model.execute({9}, {node::OpKind::cas, "k", "e", "c"});
  EXPECT_EQ(model.value_at("k", {1}), ValueDigest(""));
  EXPECT_EQ(model.value_at("k", {2}), ValueDigest("a"));
  EXPECT_EQ(model.value_at("k", {4}), ValueDigest("a"));
  EXPECT_EQ(model.value_at("k", {6}), ValueDigest("ab"));
  EXPECT_EQ(model.value_at("k", {8}), ValueDigest("c"));
  EXPECT_EQ(model.value_at("k", {20}), ValueDigest("e"));
  EXPECT_EQ(model.value_at("other", {20}), ValueDigest(""));
  EXPECT_NE(ValueDigest("ab"), ValueDigest("ba"));
}

TEST(Sessions, TakeEachRequestOnceInRisingOrder) {
  Sessions sessions;
  EXPECT_EQ(sessions.take("c1", 1, {1}, {}), Effect::effective);
  EXPECT_EQ(sessions.take("c1", 1, {2}, {}), Effect::duplicate);
  EXPECT_EQ(sessions.take("c1", 5, {3}, {}), Effect::effective);
  EXPECT_EQ(sessions.take("c1", 4, {4}, {}), Effect::stale);
  EXPECT_EQ(sessions.take("c2", 4, {5}, {}), Effect::effective);
}

TEST(Sessions, AreForgottenThatWereUsedLongestAgo) {
  Sessions sessions;
  sessions.limit(2);
  sessions.take("c1", 1, {1}, {});
  sessions.take("c2", 1, {2}, {});
  EXPECT_EQ(sessions.take("c1", 2, {3}, {}), Effect::effective);
  EXPECT_EQ(sessions.take("c2", 1, {4}, {}), Effect::duplicate);  // that is no use
  EXPECT_EQ(sessions.take("c3", 1, {5}, {2}), Effect::effective);
  EXPECT_EQ(sessions.forgotten_up_to(), Index{2});
  EXPECT_EQ(sessions.take("c1", 2, {6}, {}), Effect::duplicate);  // so c2's is gone
  EXPECT_EQ(sessions.take("c2", 1, {7}, {1}), Effect::expired);
  EXPECT_EQ(sessions.take("c1", 3, {8}, {}), Effect::effective);
  EXPECT_EQ(sessions.take("c2", 2, {9}, {2}), Effect::effective);
}

TEST(WrittenValues, AreFoundAgainInWhatWasRead) {
  WrittenValues values;
  for (const char* value : {"c1.1 ", "c1.11 ", "c1.1", "c2.1 "})
    values.written(value);
  EXPECT_FALSE(values.repeated("k", ""));
  EXPECT_FALSE(values.repeated("k", "c1.1 c1.11 "));
  EXPECT_FALSE(values.repeated("k", "c1.1 c1.11 c2.1 "));
  EXPECT_FALSE(values.repeated("k", "c1.1 "));  // an older read
  EXPECT_EQ(values.repeated("k", "c1.1 c1.11 c2.1 c1.11 "), "c1.11 ");
  EXPECT_FALSE(values.repeated("other", "c1.1c1.11 c2.1 "));
  EXPECT_EQ(values.repeated("other", "c2.1 c2.1 "), "c2.1 ");
}

TEST(WrittenValues, SayNothingOfWhatTheyDoNotKnow) {
  WrittenValues values;
  values.written("a");
  EXPECT_FALSE(values.repeated("k", "axa"));
  EXPECT_FALSE(values.repeated("k", "axaa"));
  values.written("b");
  values.written("b");  // twice, so it may stand there twice
  EXPECT_FALSE(values.repeated("k", "bab"));
}

TEST(Describe, CountsAndNames) {
  EXPECT_EQ(count(1, "leader"), "1 leader");
  EXPECT_EQ(count(12'345, "entry", "entries"), "12,345 entries");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1'000'000), "1,000,000");
  EXPECT_EQ(in_quotes("ab"), "\"ab\"");
  EXPECT_EQ(in_quotes(std::string(1000, 'x')), "\"..." + std::string(40, 'x') + "\" (1,000 bytes)");
}

}  // namespace
}  // namespace verify
