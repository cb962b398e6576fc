// SPDX-License-Identifier: Apache-2.0
// A relay in a thread, its controller, and nodes as bare sockets. Waits are for messages; a
// deadline only ends a test that would otherwise hang.
#pragma once

#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

#include "proxy/control.h"
#include "proxy/relay.h"

namespace zmq {
class context_t;
class socket_t;
}  // namespace zmq

namespace proxy {

/// A directory of its own under /tmp, so that socket paths are short; removed at the end.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// The controller's side: a ROUTER that one proxy connects to.
class Controller {
 public:
  Controller(zmq::context_t& context, const std::string& endpoint);
  ~Controller();
  Report receive();
  void send(std::string_view text);
  /// Sends a command and waits for its answer.
  Report ask(const std::variant<Change, AskTotals, Stop>& request);
  /// Fails the test unless the change is acknowledged.
  void must(const Change& change);
  Sums totals();
  /// Asks for the sums until they meet the condition.
  void await(const std::function<bool(const Sums&)>& condition);

 private:
  std::unique_ptr<zmq::socket_t> socket_;
  std::uint64_t next_id_ = 1;
};

class TestNode {
 public:
  TestNode(zmq::context_t& context, const std::string& endpoint, Address address,
           Incarnation incarnation, int receive_queue = 1000);
  ~TestNode();
  /// The id of the message sent.
  MessageId send(Address dst, std::string_view payload);
  void send_raw(const std::vector<std::string>& frames);
  /// The payload of the next message, checked in full.
  std::string receive();

 private:
  std::unique_ptr<zmq::socket_t> socket_;
  Address address_;
  Incarnation incarnation_;
  MessageId next_id_ = 1;
};

class RelayTest : public testing::Test {
 protected:
  RelayTest();
  ~RelayTest() override;
  void start(RelaySettings settings = {});
  /// Announces a node and returns once messages to it arrive there.
  std::unique_ptr<TestNode> join(Address address, Incarnation incarnation = Incarnation{1});
  /// Stops by command. Returns the final sums.
  Sums stop();
  std::string log() const;
  void TearDown() override;

  static constexpr std::uint32_t kNodes = 3;
  static constexpr Address kN1{1};
  static constexpr Address kN2{2};
  static constexpr Address kN3{3};

  TemporaryDirectory directory_;
  std::string network_ = "ipc://" + directory_.path() + "/net";
  std::string control_ = "ipc://" + directory_.path() + "/ctl";
  std::unique_ptr<zmq::context_t> context_;
  std::optional<Controller> controller_;
  std::vector<std::string> warnings_;  // the relay's; read them after stop()
  RelaySettings settings_;
  std::future<void> relay_;
};

}  // namespace proxy
