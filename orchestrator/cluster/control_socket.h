// SPDX-License-Identifier: Apache-2.0
// The orchestrator's end of its connections to the nodes and the proxy, which each connect under
// their name.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <poll.h>

namespace cluster {

class ControlSocket {
 public:
  // Binds. Throws HarnessError with the endpoint and what is wrong with it.
  explicit ControlSocket(const std::string& endpoint);
  ~ControlSocket();

  // Never waits. False where no such peer is connected, or it does not read.
  bool send(std::string_view peer, std::string_view text);

  struct Received {
    std::string peer;  // its routing id: any bytes
    std::string text;
    const char* malformed = nullptr;  // what is wrong with the frames, where they are no message
    std::size_t bytes = 0;
  };
  // What came next, if anything has come.
  std::optional<Received> receive();

  // Waits until something has come or one of the descriptors is ready, which their `revents` then
  // say. May return without either.
  void wait(std::vector<pollfd>& descriptors);

 private:
  struct Socket;
  std::unique_ptr<Socket> socket_;
};

}  // namespace cluster
