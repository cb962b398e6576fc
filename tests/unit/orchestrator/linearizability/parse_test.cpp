// SPDX-License-Identifier: Apache-2.0
// What becomes of others' histories: which operations, with which answers, and what is refused.
#include <array>
#include <filesystem>
#include <string>
#include <tuple>
#include <vector>

#include <gmock/gmock.h>

#include "orchestrator/verify/linearizability/read_history.h"

namespace linearizability {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

const char* answer_of(const Operation& operation) {
  switch (operation.answer) {
    case Answer::done:
      return "done";
    case Answer::refused:
      return "refused";
    case Answer::refused_mute:
      return "mute";
    case Answer::none:
      break;
  }
  return "unknown";
}

// "p0 key write 3 done": who, under which key, what and how it ended; then of a read "saw 3", of a
// compare-and-set "from 1", where it was refused "saw 2", and what the log claims, "at 7".
std::string told(const History& history, const Operation& o) {
  const auto text = [&](Value value) {
    return value == kInitial ? std::string("-") : std::string(history.values.at(value));
  };
  constexpr std::array kKinds = {"read", "write", "append", "cas"};
  std::string words = "p" + history.clients.at(o.client) + ' ' + history.keys.at(o.key) + ' ' +
                      kKinds.at(static_cast<std::size_t>(o.kind));
  if (o.kind == Kind::cas) words += " from " + text(o.expected) + " to";
  if (o.kind != Kind::read) words += ' ' + text(o.argument);
  words += std::string(" ") + answer_of(o);
  const bool saw = o.answer == Answer::refused || o.kind == Kind::read;
  if (saw) words += " saw " + text(o.output);
  if (o.log_index != 0) words += " at " + std::to_string(o.log_index);
  return words;
}

std::vector<std::string> operations(const std::string& text, Model model) {
  const ReadHistory read = read_history(text, "h", model);
  EXPECT_EQ(read.error, "");
  std::vector<std::string> all;
  for (const Operation& operation : read.history.operations)
    all.push_back(told(read.history, operation));
  return all;
}

std::string error(const std::string& text, Model model) {
  return read_history(text, "h", model).error;
}

constexpr Model kRegister = Model::plain_register;
constexpr Model kCas = Model::cas_register;
constexpr Model kKv = Model::key_value;

TEST(ReadHistory, MapsOfEdnAlone) {
  EXPECT_THAT(operations("{:process 0, :type :invoke, :f :write, :value 3}\n"
                         "{:process 1 :type :invoke :f :read :value nil :time 12 :index 1}\n"
                         "{:type :ok, :f :read, :process 1, :value 3}\n"
                         "{:process 0, :type :ok, :f :write, :value 3}\n",
                         kRegister),
              ElementsAre("p0 register write 3 done", "p1 register read done saw 3"));
}

TEST(ReadHistory, AVectorOfMapsIsTheSame) {
  const std::string maps =
      "{:process 0, :type :invoke, :f :write, :value 3}\n"
      "{:process 0, :type :ok, :f :write, :value 3}\n";
  EXPECT_EQ(operations("[" + maps + "]", kRegister), operations(maps, kRegister));
  EXPECT_EQ(operations("[[0 :invoke :write 3]\n [0 :ok :write 3]]", kRegister),
            operations(maps, kRegister));
  EXPECT_EQ(operations("[0 :invoke :write 3]\n[0 :ok :write 3]\n", kRegister),
            operations(maps, kRegister));
  EXPECT_EQ(operations("0\t:invoke\t:write\t3\r\n0 :ok :write 3", kRegister),
            operations(maps, kRegister));
  EXPECT_EQ(operations("#jepsen.history.Op" + maps, kRegister), operations(maps, kRegister));
}

TEST(ReadHistory, LinesOfJepsensLog) {
  EXPECT_THAT(
      operations("INFO  jepsen.core - Worker 2 starting\n"
                 "INFO  jepsen.util - 0\t:invoke\t:cas\t[1 3]\n"
                 "INFO  jepsen.util - :nemesis :info :start nil\n"
                 "INFO  jepsen.util - 2 :invoke :read   nil\n"
                 "INFO  jepsen.util - 1 :invoke :write  1\n"
                 "INFO  jepsen.util - 3 :invoke :cas    [1 4]\n"
                 "INFO  jepsen.util - 0 :fail :cas [1 3]\n"
                 "INFO  jepsen.util - 1 :info :write  :timed-out\n"
                 "INFO  jepsen.util - 2 :fail :read :timed-out\n"
                 "INFO  jepsen.util - 2 :invoke :cas [1 3]\n"
                 "INFO  jepsen.util - 2 :ok :cas [1 3]\n"
                 "INFO  jepsen.util - 3 :info :cas :timed-out\n",
                 kCas),
      ElementsAre("p0 register cas from 1 to 3 mute", "p1 register write 1 unknown",
                  "p3 register cas from 1 to 4 unknown", "p2 register cas from 1 to 3 done"));
}

TEST(ReadHistory, TextsUnderKeysAsTheLabsHaveThem) {
  EXPECT_THAT(
      operations(
          "{:process 9, :type :invoke, :f :append, :key \"0\", :value \"x 9 0 y\"}\n"
          "{:process 1, :type :invoke, :f :get, :key \"9\", :value nil}\n"
          "{:process 1, :type :ok, :f :get, :key \"9\", :value \"\"}\n"
          "{:process 9, :type :ok, :f :append, :key \"0\", :value \"x 9 0 y\"}\n"
          "{:process 1, :type :invoke, :f :get, :key \"0\", :value nil}\n"
          "{:process 2, :type :invoke, :f :get, :key \"8\"}\n"
          "{:process 1, :type :ok, :f :get, :key \"0\", :value \"x 9 0 y\"}\n"
          "{:process 2, :type :ok, :f :get, :key \"8\", :value nil}\n"
          "{:process 2, :type :invoke, :f :put, :key \"8\", :value \"a\\n\\u00e9\\\"\\\\\"}\n",
          kKv),
      ElementsAre("p9 0 append x 9 0 y done", "p1 9 read done saw -", "p1 0 read done saw x 9 0 y",
                  "p2 8 read done saw -", "p2 8 write a\n\u00e9\"\\ unknown"));
}

TEST(ReadHistory, IndependentKeysStandInFrontOfTheValue) {
  EXPECT_THAT(
      operations("{:process 0 :type :invoke :f :write :value [7 3]}\n"
                 "{:process 1 :type :invoke :f :cas :value [8 [nil 4]]}\n"
                 "{:process 0 :type :ok :f :write :value [7 3]}\n"
                 "{:process 1 :type :fail :f :cas :value [8 [nil 4]]}\n"
                 "{:process 0 :type :invoke :f :read :value [7 nil]}\n"
                 "{:process 0 :type :ok :f :read :value [7 3]}\n",
                 kCas),
      ElementsAre("p0 7 write 3 done", "p1 8 cas from - to 4 mute", "p0 7 read done saw 3"));
}

// A key, process or register value is what is written: 1 is not "1".
TEST(ReadHistory, ATextIsNotTheNumberThatLooksLikeIt) {
  const ReadHistory read = read_history(
      "[0 :invoke :write [1 1]]\n[0 :ok :write [1 1]]\n"
      "[\"0\" :invoke :write [\"1\" \"1\"]]\n[\"0\" :ok :write [\"1\" \"1\"]]\n",
      "h", kRegister);
  ASSERT_EQ(read.error, "");
  ASSERT_EQ(read.history.operations.size(), 2U);
  const Operation& first = read.history.operations[0];
  const Operation& second = read.history.operations[1];
  EXPECT_NE(first.key, second.key);
  EXPECT_NE(first.client, second.client);
  EXPECT_NE(first.argument, second.argument);
}

TEST(ReadHistory, WhatIsDiscardedIsPassedOver) {
  const std::string text =
      "\xEF\xBB\xBF#_[0 :invoke :write 1]\n"
      "{:process 0 #_:x :type :invoke #_#_ :f :cas :f :write :value #_2 1N}\n"
      "[0 :ok :write +1] #_{:a #_#{} (1)}";
  const ReadHistory read = read_history(text, "h", kRegister);
  EXPECT_EQ(read.error, "");
  ASSERT_EQ(read.history.operations.size(), 1u);
  EXPECT_EQ(read.history.operations[0].answer, Answer::done);
  EXPECT_EQ(read.history.operations[0].line, 2u);
  EXPECT_EQ(read.history.values.at(read.history.operations[0].argument), "1");
  std::string nested;
  for (int i = 0; i < 100'000; ++i)
    nested += "#_ ";
  EXPECT_EQ(error(nested + "1", kRegister), "h:1: it is nested too deeply");
}

TEST(ReadHistory, LinesOfJson) {
  EXPECT_THAT(
      operations(R"({"process":0,"type":"invoke","f":"cas","key":"k","value":["a","b"]})"
                 "\n"
                 R"({"process":1,"type":"invoke","f":"read","key":"k","value":null,"time":3})"
                 "\n\n"
                 R"({"process":0,"type":"fail","f":"cas","key":"k","value":["a","b"]})"
                 "\n"
                 R"({"process":1,"type":"ok","f":"read","key":"k","value":"\u0061"})",
                 kKv),
      ElementsAre("p0 k cas from a to b mute", "p1 k read done saw a"));
  EXPECT_THAT(
      operations(R"({"process":0,"type":"invoke","f":"cas","value":[-5,[1.5,true]]})", kCas),
      ElementsAre("p0 -5 cas from 1.5 to true unknown"));
}

// A line of history.jsonl with what every line has.
std::string own(const std::string& event, const std::string& client, int request,
                const std::string& op, const std::string& rest = "") {
  return R"({"time":"t","mono_us":1,"event":")" + event + R"(","client":")" + client +
         R"(","request":)" + std::to_string(request) + R"(,"op":")" + op + R"(","key":"k1")" +
         rest + "}\n";
}

TEST(ReadHistory, SquallsOwn) {
  const std::string swapped_not = R"(,"swapped":false,"value":"v","log_index":8,"node":"n1")";
  const std::string swapped = R"(,"swapped":true,"value":"v","log_index":9,"node":"n1")";
  EXPECT_THAT(
      operations(own("invoke", "c1", 1, "put", R"(,"value":"v")") +
                     own("invoke", "c2", 1, "cas", R"(,"value":"w","expected":"u")") +
                     own("invoke", "c3", 1, "cas", R"(,"value":"x","expected":"v")") +
                     own("ok", "c1", 1, "put", R"(,"log_index":7,"term":1,"node":"n1")") +
                     own("ok", "c2", 1, "cas", swapped_not) + own("ok", "c3", 1, "cas", swapped) +
                     own("invoke", "c1", 2, "get") +
                     own("ok", "c1", 2, "get", R"(,"value":"x","log_index":9,"node":"n2")") +
                     own("invoke", "c2", 2, "append", R"(,"value":"z")") +
                     own("info", "c2", 2, "append", R"(,"error":"timeout")") +
                     own("invoke", "c3", 2, "cas", R"(,"value":"","expected":"")") +
                     own("fail", "c3", 2, "cas", R"(,"error":"unavailable")"),
                 kKv),
      ElementsAre("pc1 k1 write v done at 7", "pc2 k1 cas from u to w refused saw v at 8",
                  "pc3 k1 cas from v to x done at 9", "pc1 k1 read done saw x at 9",
                  "pc2 k1 append z unknown"));
  EXPECT_EQ(error(own("invoke", "c1", 1, "get") + own("ok", "c1", 2, "get", R"(,"value":"")"), kKv),
            "h:2: it is of another operation than the one that process c1 invoked in line 1");
  EXPECT_EQ(error(own("invoke", "c1", 1, "get"), kCas),
            "h:1: a history of squall's own is of the model kv");
}

// What certainly had no effect, and what was never answered and had none to have.
TEST(ReadHistory, WhatTellsNothingIsLeftOutAndCounted) {
  const ReadHistory read = read_history(
      "[0 :invoke :write 1]\n[0 :fail :write 1]\n"
      "[0 :invoke :read nil]\n[0 :fail :read nil]\n"
      "[0 :invoke :read nil]\n[0 :info :read :timed-out]\n"
      "[0 :invoke :cas [1 2]]\n[0 :fail :cas :timed-out]\n"
      "{:process 0 :type :invoke :f :cas :value [1 2]}\n"
      "{:process 0 :type :fail :f :cas :value [1 2] :error :unavailable}\n"
      "[0 :invoke :read nil]\n[1 :invoke :write 5]\n",
      "h", kCas);
  EXPECT_EQ(read.error, "");
  EXPECT_EQ(read.left_out, 6U);
  ASSERT_EQ(read.history.operations.size(), 1U);
  EXPECT_EQ(told(read.history, read.history.operations[0]), "p1 register write 5 unknown");
  EXPECT_EQ(read.history.operations[0].ret, kNever);
  EXPECT_EQ(read.history.operations[0].line, 12U);
}

TEST(ReadHistory, StampsKeepTheOrderOfLines) {
  const ReadHistory read = read_history(
      "[0 :invoke :write 1]\n[1 :invoke :read nil]\n[0 :ok :write 1]\n[2 :invoke :read nil]\n"
      "[1 :ok :read 1]\n[2 :ok :read 1]\n",
      "h", kRegister);
  ASSERT_EQ(read.history.operations.size(), 3U);
  const auto& [write, first, second] =
      std::tie(read.history.operations[0], read.history.operations[1], read.history.operations[2]);
  EXPECT_LT(write.call, first.call);
  EXPECT_LT(first.call, write.ret);
  EXPECT_LT(write.ret, second.call);
  EXPECT_LT(second.call, first.ret);
  EXPECT_LT(first.ret, second.ret);
}

TEST(ReadHistory, ErrorsNameTheLineAndWhatIsWrong) {
  const std::string invoke = "[0 :invoke :write 1]\n";
  EXPECT_EQ(error(invoke + invoke, kRegister),
            "h:2: process 0 invokes while its operation of line 1 is open");
  EXPECT_EQ(error("\n; comment\n[0 :ok :write 1]", kRegister),
            "h:3: process 0 has no open operation");
  EXPECT_EQ(error(invoke + "[0 :ok :write 2]", kRegister),
            "h:2: its value is 2, not that of its invocation in line 1");
  EXPECT_EQ(error(invoke + "[0 :ok :read 2]", kRegister),
            "h:2: it is of another operation than the one that process 0 invoked in line 1");
  EXPECT_EQ(error("[0 :invoke :cas [1 2]]", kRegister), "h:1: the model register has no cas");
  EXPECT_EQ(error("[0 :invoke :append 1]", kCas), "h:1: the model cas has no append");
  EXPECT_EQ(error("[0 :invoke :txn 1]", kKv), "h:1: the model kv has no txn");
  EXPECT_EQ(error("[0 :begin :write 1]", kCas), "h:1: type is begin, not invoke, ok, fail or info");
  EXPECT_EQ(error("[0 :invoke :write \"1\"]", kKv),
            "h:1: it has no key; without keys the model is register or cas");
  EXPECT_EQ(error("[0 :invoke :write \"k\" 1]", kKv),
            "h:1: a value of the model kv is a text or nil, not 1");
  EXPECT_EQ(error(invoke + "[1 :invoke :write [1 2]]", kCas),
            "h:2: it has a key, and operations before it have none");
  EXPECT_EQ(error("[0 :invoke :cas 1]", kCas), "h:1: it is no [expected new]");
  EXPECT_EQ(error("[0 :invoke :write {:a 1}]", kCas),
            "h:1: its value is no scalar, no pair of a key and a scalar, and not [expected new] of "
            "a cas");
  EXPECT_EQ(error("{:process 0 :process 1}", kCas), "h:1: it says the same twice");
  EXPECT_EQ(error("{:type :invoke :f :read}", kCas), "h:1: it has no process");
  EXPECT_EQ(error("[0 :invoke :read nil]\n[0 :ok :read]", kCas),
            "h:2: it does not say what was read");
}

TEST(ReadHistory, ErrorsOfNotation) {
  for (const std::string text : {"{",
                                 "[",
                                 "]",
                                 "}",
                                 "[0",
                                 "[0 :invoke",
                                 "[0 :invoke :write 1",
                                 "{:process",
                                 "{:process 0",
                                 "{:process }",
                                 "{:process 0 :x (1]}",
                                 "{:process 0 :x \"a}",
                                 "[0 :invoke :write \"\\q\"]",
                                 "[0 :invoke :write \"\\u12\"]",
                                 "[[[",
                                 "[{:process 0 :type :invoke :f :read}",
                                 "#",
                                 "#_ #_ 1",
                                 "{:process 0 #_}",
                                 "0",
                                 "0 :invoke",
                                 "INFO",
                                 "INFO jepsen.util 0 :invoke :read nil",
                                 "a b c d e f",
                                 "{:process 0 :x #{1 2)}",
                                 "{:process 0 :x # 1}"}) {
    EXPECT_THAT(error(text, kCas), StartsWith("h:1: ")) << text;
    EXPECT_THAT(error("\n" + text, kCas), StartsWith("h:2: ")) << text;
  }
  EXPECT_THAT(error(std::string(1, '\0'), kCas), StartsWith("h:1: "));
  EXPECT_THAT(error("{:process 0 :x " + std::string(100'000, '[') + "}", kCas),
              StartsWith("h:1: it is nested too deeply"));
  EXPECT_THAT(error("{:process 0 :x [#{1} {:a (2)} #t \"]\" \\]] :type :invoke :f :read}", kCas),
              IsEmpty());
}

TEST(ReadHistory, ErrorsOfJson) {
  const std::string fine = R"({"process":0,"type":"invoke","f":"read"})";
  for (const std::string text :
       {R"({"process":0)", R"({"process":0} {})", R"({"process":[0],"type":"invoke","f":"read"})",
        R"({"process":1,"type":5,"f":"read"})", R"({"process":1,"process":1})",
        R"({"event":"invoke","client":"c","op":"get","key":"k"})",
        R"({"process":1,"type":"ok","f":"read","value":18446744073709551617})", "[]", "nonsense"}) {
    EXPECT_THAT(error(fine + "\n" + text, kCas), StartsWith("h:2: ")) << text;
  }
  EXPECT_THAT(error(R"({"event":"ok","client":"c","op":"cas","key":"k","value":"1"})", kKv),
              StartsWith("h:1: it does not say whether it swapped"));
  EXPECT_THAT(error(R"({"event":"invoke","client":"c","op":"get","key":"k","f":"get"})", kKv),
              StartsWith("h:1: it is written as squall's own and as Jepsen's"));
}

TEST(ReadHistory, AnEmptyHistoryIsNoError) {
  EXPECT_THAT(operations("", kCas), IsEmpty());
  EXPECT_THAT(operations(" \n; nothing\n", kCas), IsEmpty());
  EXPECT_THAT(operations("[]", kCas), IsEmpty());
}

TEST(ReadHistory, AFileThatIsNotThereIsAnError) {
  EXPECT_THAT(read_history_file("/nonexistent/history", kCas).error,
              StartsWith("/nonexistent/history: "));
  EXPECT_THAT(read_history_file(std::filesystem::temp_directory_path(), kCas).error,
              Not(IsEmpty()));
}

TEST(ReadHistory, ModelsAreKnownByTheirNames) {
  for (const Model model : {kRegister, kCas, kKv})
    EXPECT_EQ(model_from(name_of(model)), model);
  EXPECT_EQ(model_from("set"), std::nullopt);
}

}  // namespace
}  // namespace linearizability
