// SPDX-License-Identifier: Apache-2.0
// What checks are made of: lines of JSON, what a disk may hold, a node's log, the store's model.
#include <string>

#include <gmock/gmock.h>

#include "orchestrator/verify/describe.h"
#include "orchestrator/verify/json_record.h"
#include "orchestrator/verify/node_log.h"
#include "orchestrator/verify/on_disk.h"
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

TEST(StoreModel, TakesEachRequestOnceInRisingOrder) {
  StoreModel model;
  EXPECT_EQ(model.judge("c1", 1, {1}, Effect::effective), Effect::effective);
  EXPECT_EQ(model.judge("c1", 1, {2}, Effect::effective), Effect::duplicate);
  EXPECT_EQ(model.judge("c1", 5, {3}, Effect::effective), Effect::effective);
  EXPECT_EQ(model.judge("c1", 4, {4}, Effect::effective), Effect::stale);
  EXPECT_EQ(model.judge("c2", 4, {5}, Effect::effective), Effect::effective);
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
