// SPDX-License-Identifier: Apache-2.0
// Pieces of the sentences that checks say.
#pragma once

#include <string>
#include <string_view>

#include "orchestrator/verify/evidence.h"

namespace verify {

// "1 leader", "3 leaders".
std::string count(std::uint64_t number, std::string_view noun, std::string_view plural = {});
// "12,345".
std::string grouped(std::uint64_t number);
// "n2", or "nobody".
std::string name_of_node(NodeId node);
// "n1 n2 n3".
std::string names_of_nodes(const std::vector<NodeId>& nodes);
// Whose line it is: "n2".
std::string writer_of(Where where);
// "c1/7".
std::string request_name(std::string_view client, std::uint64_t request);
// A value as a message shows it: quoted, long ones by their end and size.
std::string in_quotes(std::string_view value);

}  // namespace verify
