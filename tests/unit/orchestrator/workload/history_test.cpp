// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/workload/history.h"

#include <gtest/gtest.h>

namespace workload {
namespace {

Event event(EventKind kind, node::OpKind op) {
  Event event;
  event.at = raft::Time(1'500'000);
  event.kind = kind;
  event.client = "c3";
  event.request = 17;
  event.operation = {.kind = op, .key = "k1", .value = "c3.17", .expected = "c1.2"};
  event.result = {.value = "c1.2", .swapped = true};
  event.log_index = {9};
  event.term = {4};
  event.node = {2};
  return event;
}

std::string line(const Event& event) {
  std::string out;
  append_line(out, event, raft::Duration(946'684'800'000'000));
  return out;
}

constexpr const char* kStart = R"({"time":"2000-01-01T00:00:01.500000Z","mono_us":1500000,)";

TEST(History, an_invocation_says_what_was_asked) {
  EXPECT_EQ(line(event(EventKind::invoke, node::OpKind::cas)),
            std::string(kStart) +
                R"("event":"invoke","client":"c3","request":17,"op":"cas","key":"k1",)"
                R"("value":"c3.17","expected":"c1.2"})"
                "\n");
  EXPECT_EQ(line(event(EventKind::invoke, node::OpKind::get)),
            std::string(kStart) +
                R"("event":"invoke","client":"c3","request":17,"op":"get","key":"k1"})"
                "\n");
}

TEST(History, ok_says_what_came_back) {
  EXPECT_EQ(line(event(EventKind::ok, node::OpKind::cas)),
            std::string(kStart) +
                R"("event":"ok","client":"c3","request":17,"op":"cas","key":"k1",)"
                R"("swapped":true,"value":"c1.2","log_index":9,"term":4,"node":"n2"})"
                "\n");
  EXPECT_EQ(line(event(EventKind::ok, node::OpKind::append)),
            std::string(kStart) +
                R"("event":"ok","client":"c3","request":17,"op":"append","key":"k1",)"
                R"("log_index":9,"term":4,"node":"n2"})"
                "\n");
}

TEST(History, an_end_without_a_result_says_why) {
  Event end = event(EventKind::info, node::OpKind::put);
  EXPECT_EQ(line(end), std::string(kStart) +
                           R"("event":"info","client":"c3","request":17,"op":"put","key":"k1"})"
                           "\n");
  end.error = node::ClientError::truncated;
  EXPECT_NE(line(end).find(R"("error":"truncated"})"), std::string::npos);
}

}  // namespace
}  // namespace workload
