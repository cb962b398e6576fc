// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/verify/log_bytes.h"

#include <fmt/format.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "node/little_endian.h"

namespace verify {
namespace {

constexpr std::uint8_t kLittleEndian = 1;  // how every command begins
constexpr std::uint8_t kLastOp = 3;

void append_text(std::string& out, std::string_view text) {
  node::append_u32(out, static_cast<std::uint32_t>(text.size()));
  out += text;
}

std::string list_of(std::string_view name, const std::vector<raft::NodeId>& nodes) {
  std::string out(name);
  for (const raft::NodeId node : nodes)
    out += fmt::format("{}{}", out.size() == name.size() ? "" : ",", node.value);
  return out;
}

}  // namespace

std::string bytes_of(const ClientCommand& command) {
  std::string out;
  node::append_u8(out, kLittleEndian);
  append_text(out, command.client);
  node::append_u64(out, command.request);
  node::append_u8(out, static_cast<std::uint8_t>(command.op));
  append_text(out, command.key);
  append_text(out, command.value);
  append_text(out, command.expected);
  node::append_u64(out, command.since.value);
  return out;
}

std::optional<ClientCommand> command_from(std::string_view bytes) {
  node::ByteReader in(bytes);
  const auto text = [&in] { return std::string(in.bytes(in.u32())); };
  const bool little_endian = in.u8() == kLittleEndian;
  ClientCommand command;
  command.client = text();
  command.request = in.u64();
  const std::uint8_t op = in.u8();
  command.key = text();
  command.value = text();
  command.expected = text();
  command.since = {in.u64()};
  const bool whole = little_endian && in.ok() && in.remaining() == 0 && op <= kLastOp;
  if (!whole || command.client.empty() || command.request == 0) return std::nullopt;
  command.op = static_cast<node::OpKind>(op);
  return command;
}

std::string bytes_of(const Configuration& configuration) {
  std::string out = list_of("voters=", configuration.voters);
  if (configuration.joint()) out += list_of(" old=", configuration.old_voters);
  if (!configuration.learners.empty()) out += list_of(" learners=", configuration.learners);
  return out;
}

std::uint64_t chained(std::uint64_t before, raft::Index index, raft::Term term, EntryKind kind,
                      std::string_view bytes) {
  std::string all;
  node::append_u64(all, index.value);
  node::append_u64(all, term.value);
  node::append_u8(all, static_cast<std::uint8_t>(kind));
  all += bytes;
  return XXH64(all.data(), all.size(), before);
}

std::uint64_t digest_of(std::string_view bytes) {
  return XXH64(bytes.data(), bytes.size(), 0);
}

}  // namespace verify
