// SPDX-License-Identifier: Apache-2.0
#include "tests/benchmark/roads.h"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <functional>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <vector>

#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zmq.hpp>

#include "proxy/control.h"
#include "proxy/edge/descriptor.h"
#include "proxy/edge/sockets.h"
#include "proxy/relay.h"
#include "tests/benchmark/load.h"

namespace benchmark {
namespace {

using proxy::Address;

constexpr int kQueue = 1000;
constexpr int kHelloMs = 20;     // until a hello that nobody was there to hear is said again
constexpr int kTripMs = 20'000;  // a message that takes longer was lost: the measurement fails
constexpr Address kSender{1};
constexpr Address kReceiver{2};
// The frame's byte of the type tells a hello from what is measured.
constexpr std::size_t kTypeOffset = 2;
constexpr auto kHello = proxy::MessageType::pre_vote;
constexpr auto kMeasured = proxy::MessageType::append_entries;

/// How sender and receiver talk: the receiver answers every nth message.
struct Talk {
  int window;  // messages unanswered at most
  int answer_every;
  std::size_t answer_payload;
};

struct Endpoints {
  std::string folder;
  std::string sender() const { return "ipc://" + folder + "/front"; }
  std::string receiver(Road road) const {
    return road == Road::zmq_proxy ? "ipc://" + folder + "/back" : sender();
  }
  std::string control() const { return "ipc://" + folder + "/control"; }
};

std::string frame(Address src, Address dst, proxy::MessageType type, std::size_t payload) {
  const proxy::Envelope envelope = {
      .type = type, .src = src, .src_incarnation = proxy::Incarnation{1}, .dst = dst, .id = 1};
  return proxy::encode(envelope, std::string(payload, 'x'));
}

bool is_hello(const zmq::message_t& message) {
  return message.data<char>()[kTypeOffset] == static_cast<char>(kHello);
}

zmq::socket_t connect(zmq::context_t& context, Address node, const std::string& endpoint) {
  return proxy::connect_dealer(context, proxy::node_name(node), endpoint, kQueue, -1);
}

/// Receives for ever, and answers.
void receive_all(const Endpoints& endpoints, Road road, const Talk& talk) {
  zmq::context_t context;
  zmq::socket_t socket;
  if (road == Road::direct) {
    socket = zmq::socket_t(context, zmq::socket_type::router);
    socket.bind(endpoints.sender());
  } else {
    socket = connect(context, kReceiver, endpoints.receiver(road));
  }
  // Where nothing but libzmq is between, its routing id comes first, and goes first in an answer.
  const bool has_id = road == Road::direct || road == Road::zmq_proxy;
  const std::string answer = frame(kReceiver, kSender, kMeasured, talk.answer_payload);
  const std::string hello = frame(kReceiver, kSender, kHello, 0);
  zmq::message_t id;
  zmq::message_t message;
  for (int unanswered = 0;;) {
    if (has_id && !socket.recv(id)) continue;
    if (!socket.recv(message)) continue;
    const bool greets = is_hello(message);
    if (!greets && ++unanswered < talk.answer_every) continue;
    if (!greets) unanswered = 0;
    if (has_id) socket.send(id, zmq::send_flags::sndmore);
    socket.send(zmq::buffer(greets ? hello : answer), zmq::send_flags::none);
  }
}

void relay(const Endpoints& endpoints, Road road) {
  if (road == Road::zmq_proxy) {
    zmq::context_t context;
    zmq::socket_t front(context, zmq::socket_type::router);
    zmq::socket_t back(context, zmq::socket_type::dealer);
    front.bind(endpoints.sender());
    back.bind(endpoints.receiver(road));
    zmq::proxy(front, back);
    return;
  }
  proxy::RelaySettings settings;
  settings.network_endpoint = endpoints.sender();
  settings.control_endpoint = endpoints.control();
  settings.log_path = endpoints.folder + "/network.jsonl";
  settings.network = {.seed = 1, .nodes = 2};
  settings.log_cap_bytes = road == Road::squall_proxy_logs ? ~std::uint64_t{0} : 0;
  settings.warn = [](const std::string& text) { std::fprintf(stderr, "%s\n", text.c_str()); };
  proxy::run_relay(settings);
}

zmq::message_t receive(zmq::socket_t& socket) {
  zmq::message_t message;
  if (!socket.recv(message)) throw std::runtime_error("a message was lost");
  return message;
}

/// Tells squall's proxy that both nodes are up.
void announce(zmq::socket_t& controller) {
  receive(controller);
  receive(controller);  // ready
  for (const Address node : {kSender, kReceiver}) {
    const proxy::NodeUp up{node, proxy::Incarnation{1}};
    controller.send(zmq::str_buffer("proxy"), zmq::send_flags::sndmore);
    controller.send(zmq::buffer(proxy::encode(proxy::Command{1, proxy::Change{up}})),
                    zmq::send_flags::none);
    receive(controller);
    receive(controller);  // done
  }
}

struct Sent {
  double per_second = 0;
  RoundTrips round_trips;
};

double seconds_since(proxy::Time begun) {
  return std::chrono::duration<double>(proxy::monotonic_now() - begun).count();
}

/// Greets until the road is open, then sends for the measured time.
Sent send_all(zmq::socket_t& socket, const Trip& trip, const Talk& talk) {
  const std::string hello = frame(kSender, kReceiver, kHello, 0);
  const std::string message = frame(kSender, kReceiver, kMeasured, trip.payload);
  zmq::message_t answer;
  socket.set(zmq::sockopt::rcvtimeo, kHelloMs);
  do {
    socket.send(zmq::buffer(hello), zmq::send_flags::none);
  } while (!socket.recv(answer));

  socket.set(zmq::sockopt::rcvtimeo, kTripMs);
  std::vector<double> times;
  std::size_t answered = 0;
  int unanswered = 0;
  const proxy::Time begun = proxy::monotonic_now();
  while (seconds_since(begun) < trip.seconds) {
    const auto sent_at = std::chrono::steady_clock::now();
    for (; unanswered < talk.window; ++unanswered)
      socket.send(zmq::buffer(message), zmq::send_flags::none);
    while (is_hello(receive(socket))) {
    }
    unanswered -= talk.answer_every;
    answered += static_cast<std::size_t>(talk.answer_every);
    const std::chrono::duration<double, std::micro> time =
        std::chrono::steady_clock::now() - sent_at;
    times.push_back(time.count());
  }
  return {static_cast<double>(answered) / seconds_since(begun),
          {percentile(times, 50), percentile(times, 99)}};
}

Sent send_over(const Endpoints& endpoints, const Trip& trip, const Talk& talk) {
  zmq::context_t context;
  zmq::socket_t controller(context, zmq::socket_type::router);
  controller.set(zmq::sockopt::linger, 0);
  controller.set(zmq::sockopt::rcvtimeo, kTripMs);
  controller.bind(endpoints.control());
  zmq::socket_t socket = connect(context, kSender, endpoints.sender());
  if (trip.road == Road::squall_proxy || trip.road == Road::squall_proxy_logs) announce(controller);
  return send_all(socket, trip, talk);
}

/// A process that does one thing, made by fork before this one has any context of libzmq; killed
/// with its owner.
class Process {
 public:
  explicit Process(const std::function<void()>& work) : pid_(::fork()) {
    if (pid_ < 0) throw std::runtime_error("fork failed");
    if (pid_ > 0) return;
    try {
      work();
      std::_Exit(0);
    } catch (const std::exception& error) {
      std::fprintf(stderr, "benchmark: %s\n", error.what());
      std::_Exit(1);
    }
  }
  ~Process() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

 private:
  pid_t pid_;
};

class Folder {
 public:
  Folder() {
    std::string path = "/tmp/squall-XXXXXX";  // short, as socket paths must be
    if (::mkdtemp(path.data()) == nullptr) throw std::runtime_error("mkdtemp " + path);
    endpoints_.folder = path;
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(endpoints_.folder, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const Endpoints& endpoints() const { return endpoints_; }

 private:
  Endpoints endpoints_;
};

void pin_to_one_processor() {
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(0, &one);
  if (::sched_setaffinity(0, sizeof one, &one) != 0) throw std::runtime_error("can't pin");
}

Sent measure(const Trip& trip, const Talk& talk) {
  const Folder folder;
  const Endpoints& endpoints = folder.endpoints();
  int ends[2];
  if (::pipe(ends) != 0) throw std::runtime_error("pipe failed");
  const proxy::Descriptor result(ends[0], "pipe");
  proxy::Descriptor writer(ends[1], "pipe");
  const auto role = [&](const std::function<void()>& work) {
    return [work] {
      pin_to_one_processor();
      work();
    };
  };
  const Process receiver(role([&] { receive_all(endpoints, trip.road, talk); }));
  const Process between(role([&] {
    if (trip.road != Road::direct) relay(endpoints, trip.road);
  }));
  const Process sender(role([&] {
    const Sent sent = send_over(endpoints, trip, talk);
    if (::write(ends[1], &sent, sizeof sent) != sizeof sent) std::_Exit(1);
  }));
  writer = proxy::Descriptor();  // so that a sender that fails is seen as the end of the pipe
  Sent sent;
  if (::read(result.get(), &sent, sizeof sent) != sizeof sent)
    throw std::runtime_error("a measurement failed");
  return sent;
}

}  // namespace

double messages_per_second(const Trip& trip) {
  return measure(trip, {.window = 500, .answer_every = 100, .answer_payload = 0}).per_second;
}

RoundTrips round_trips(const Trip& trip) {
  return measure(trip, {.window = 1, .answer_every = 1, .answer_payload = trip.payload})
      .round_trips;
}

}  // namespace benchmark
