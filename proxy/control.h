// SPDX-License-Identifier: Apache-2.0
// How the network is told what to do: JSON objects, one a message, between a controller (ROUTER)
// and the proxy (DEALER, routing id "proxy"). A simulator passes the same values as they are.
//
// To the proxy; every command has an id of the controller's choice, which its answer repeats:
//   {"type":"node_up","id":1,"node":"n1","incarnation":1}
//   {"type":"node_down","id":2,"node":"n1"}
//   {"type":"add_rule","id":3,"rule":RULE}
//   {"type":"remove_rule","id":4,"rule":"cut"}
//   {"type":"heal_all","id":5}
//   {"type":"totals","id":6}
//   {"type":"stop","id":7}     drop what is in flight, write the totals, answer, exit
// RULE is {"id":"slow","fault":FAULT,...} with the fault's own fields, and where the rule is not
// about all messages "src":["n1"], "dst":["n2","n3"], "messages":["append_entries"]:
//   loss       "percent":15
//   delay      "latency_us":80000 and, for others than "constant", "jitter_us":40000,
//              "distribution":"normal"
//   partition  "links":[["n1","n2"],["n2","n1"]]
//
// From the proxy:
//   {"type":"ready","endpoint":"ipc:///run/net"}        once, when nodes can connect there
//   {"type":"done","id":1}                              the command has taken effect
//   {"type":"totals","id":6,"links":[{"src":"n1","dst":"n2",SUMS}],
//    "types":[{"type":"append_entries","kind":"request",SUMS}],
//    "rules":[{"rule":"slow","matched":3,"affected":3}],"malformed":{"messages":0,"bytes":0}}
//                                                       the answer to totals and stop; SUMS as in
//                                                       proxy/sums.h
//   {"type":"error","id":3,"what":"no node n9 among 5"}     nothing was changed; no id where the
//                                                           command's could not be read
// A field that is missing, unknown, of another type or out of range makes a message malformed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "proxy/network.h"
#include "proxy/sums.h"

namespace proxy {

struct AskTotals {
  friend bool operator==(const AskTotals&, const AskTotals&) = default;
};
struct Stop {
  friend bool operator==(const Stop&, const Stop&) = default;
};

struct Command {
  std::uint64_t id = 0;
  std::variant<Change, AskTotals, Stop> request;
  friend bool operator==(const Command&, const Command&) = default;
};

struct Ready {
  std::string endpoint;
  friend bool operator==(const Ready&, const Ready&) = default;
};
struct Done {
  std::uint64_t id = 0;
  friend bool operator==(const Done&, const Done&) = default;
};
struct Totals {
  std::uint64_t id = 0;
  Sums sums;
  friend bool operator==(const Totals&, const Totals&) = default;
};
struct Refused {
  std::optional<std::uint64_t> id;
  std::string what;
  friend bool operator==(const Refused&, const Refused&) = default;
};
using Report = std::variant<Ready, Done, Totals, Refused>;

/// Longer control messages are malformed.
inline constexpr std::size_t kMaxControlMessage = std::size_t{4} << 20;  // bytes

std::string encode(const Command& command);
/// Refused says what is wrong with the text, ready to be sent back.
std::variant<Command, Refused> decode_command(std::string_view text);

std::string encode(const Report& report);
/// A std::string says what is wrong with the text.
std::variant<Report, std::string> decode_report(std::string_view text);

}  // namespace proxy
