// SPDX-License-Identifier: Apache-2.0
// What was received against what its sender was.
#include <fmt/format.h>

#include "tests/unit/orchestrator/verify/healthy_run.h"

namespace verify {
namespace {

class MessagesAsSentTest : public HealthyRunTest {
 protected:
  // n3 took a step for a message of n2's or n1's: fields of its own follow those that all have.
  void received(const std::string& src, const std::string& type, const std::string& fields) {
    run_.node(3).line(
        "refused",
        fmt::format(R"("reason":"x","cause":{{"kind":"message","msg_id":"{0}.1.99","src":"{0}",)"
                    R"("type":"{1}",{2}}},"before":{{"term":1,"voted_for":null}})",
                    src, type, fields));
  }
  void appended(const std::string& src, unsigned term, unsigned leader_commit) {
    received(src, "append_entries",
             fmt::format(R"("term":{},"prev_log_index":4,"prev_log_term":1,"entries":0,)"
                         R"("leader_commit":{},"round":1)",
                         term, leader_commit));
  }
  void asked(const std::string& src, const char* type, unsigned term, unsigned last_log_index) {
    received(src, type,
             fmt::format(R"("term":{},"last_log_index":{},"last_log_term":1,"transfer":false)",
                         term, last_log_index));
  }
  void stands(const char* role, unsigned term) { run_.node(2).enter_term(term).stand(role); }
};

TEST_F(MessagesAsSentTest, PassWhereTheLeaderSentThem) {
  appended("n1", 1, 4);
  expect_pass("messages_as_sent");
}

TEST_F(MessagesAsSentTest, FailWhereTheSenderDidNotLead) {
  appended("n2", 1, 4);
  expect_fail("messages_as_sent",
              testing::HasSubstr("n3 took a message of n2 in term 1, which n2 did not lead"));
}

TEST_F(MessagesAsSentTest, FailWhereTheLeaderLedAnotherTerm) {
  appended("n1", 2, 4);
  expect_fail("messages_as_sent", testing::HasSubstr("in term 2, which n1 did not lead"));
}

TEST_F(MessagesAsSentTest, FailWhereTheLeaderKnewOfLessCommitted) {
  appended("n1", 1, 5);
  expect_fail("messages_as_sent",
              testing::HasSubstr("In term 1 n1 told n3 of 5 committed entries, and knew of 4"));
}

TEST_F(MessagesAsSentTest, PassWhereACandidateAskedWithItsLog) {
  stands("candidate", 2);
  asked("n2", "request_vote", 2, 4);
  expect_pass("messages_as_sent");
}

TEST_F(MessagesAsSentTest, FailWhereACandidateLiedAboutItsLog) {
  stands("candidate", 2);
  asked("n2", "request_vote", 2, 9);
  expect_fail("messages_as_sent",
              testing::HasSubstr("asked for a vote by n2 with a log up to 9 of term 1"));
}

TEST_F(MessagesAsSentTest, FailWhereNobodyStood) {
  asked("n2", "request_vote", 2, 4);
  expect_fail("messages_as_sent",
              testing::HasSubstr("in term 2 n2 was no candidate with such a log"));
}

TEST_F(MessagesAsSentTest, HoldAPreVoteAgainstATermThatHasNotBegun) {
  stands("pre_candidate", 2);
  asked("n2", "pre_vote", 3, 4);
  expect_pass("messages_as_sent");
  asked("n2", "pre_vote", 2, 4);
  expect_fail("messages_as_sent", testing::HasSubstr("in term 1 n2 was no pre-candidate"));
}

TEST_F(MessagesAsSentTest, SenderAndItsIdAgree) {
  run_.node(3).line("refused",
                    R"("reason":"x","cause":{"kind":"message","msg_id":"n2.1.9","src":"n1",)"
                    R"("type":"timeout_now","term":1},"before":{"term":1,"voted_for":null})");
  EXPECT_NE(run_.check("evidence").message.find("msg_id is none of src"), std::string::npos);
}

}  // namespace
}  // namespace verify
