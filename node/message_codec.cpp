// SPDX-License-Identifier: Apache-2.0
#include "node/message_codec.h"

#include "node/cereal_bytes.h"

// Found by Cereal through their arguments' namespace.
namespace raft {

template <class Archive, class Tag>
void serialize(Archive& archive, Number<Tag>& number) {
  archive(number.value);
}

template <class Archive>
void save(Archive& archive, const Entry& entry) {
  archive(entry.term, static_cast<std::uint8_t>(entry.kind));
  if (entry.kind == EntryKind::noop) return;
  RAFT_ASSERT(entry.command != nullptr);
  node::save_text(archive, *entry.command);
}

template <class Archive>
void load(Archive& archive, Entry& entry) {
  archive(entry.term, node::Enumerator{entry.kind, EntryKind::configuration});
  if (entry.kind == EntryKind::noop) return;
  auto command = std::make_shared<std::string>();
  node::load_text(archive, *command);
  entry.command = std::move(command);
}

template <class Archive>
void serialize(Archive& archive, Configuration& configuration) {
  archive(node::Sequence{configuration.voters}, node::Sequence{configuration.old_voters},
          node::Sequence{configuration.learners});
}

template <class Archive>
void serialize(Archive& archive, RequestVote& m) {
  archive(m.term, m.last_log_index, m.last_log_term, node::Flag{m.pre_vote},
          node::Flag{m.transfer});
}

template <class Archive>
void serialize(Archive& archive, RequestVoteReply& m) {
  archive(m.term, m.asked_in, node::Flag{m.vote_granted}, node::Flag{m.pre_vote});
}

template <class Archive>
void serialize(Archive& archive, AppendEntries& m) {
  archive(m.term, m.prev_log_index, m.prev_log_term, node::Sequence{m.entries}, m.leader_commit,
          m.round);
}

template <class Archive>
void serialize(Archive& archive, AppendEntriesReply& m) {
  archive(m.term, m.asked_in, m.prev_log_index, node::Flag{m.success}, m.match_index,
          m.conflict_index, m.conflict_term, m.round);
}

template <class Archive>
void save(Archive& archive, const InstallSnapshot& m) {
  RAFT_ASSERT(m.data != nullptr);
  archive(m.term, m.last_included_index, m.last_included_term, m.configuration, m.size, m.offset);
  node::save_text(archive, *m.data);
  archive(m.round);
}

template <class Archive>
void load(Archive& archive, InstallSnapshot& m) {
  archive(m.term, m.last_included_index, m.last_included_term, m.configuration, m.size, m.offset);
  auto data = std::make_shared<std::string>();
  node::load_text(archive, *data);
  m.data = std::move(data);
  archive(m.round);
}

template <class Archive>
void serialize(Archive& archive, InstallSnapshotReply& m) {
  archive(m.term, m.asked_in, m.last_included_index, m.next_offset, node::Flag{m.installed},
          m.round);
}

template <class Archive>
void serialize(Archive& archive, TimeoutNow& m) {
  archive(m.term);
}

template <class Archive>
void serialize(Archive& archive, ReadIndex& m) {
  archive(m.term, m.read);
}

template <class Archive>
void serialize(Archive& archive, ReadIndexReply& m) {
  archive(m.term, m.asked_in, m.read, node::Flag{m.granted}, m.index);
}

}  // namespace raft

namespace node {
namespace {

// Which message it is, its place in the variant, and then the message itself. A type of their own,
// for a message of one kind turns into a raft::Message by itself and Cereal would see two ways to
// write it.
struct MessageToSave {
  const raft::Message& message;

  template <class Archive>
  void save(Archive& archive) const {
    archive(static_cast<std::uint8_t>(message.index()));
    std::visit([&archive](const auto& m) { archive(m); }, message);
  }
};

struct MessageToLoad {
  raft::Message& message;

  template <class Archive>
  void load(Archive& archive) {
    std::uint8_t tag = 0;
    archive(tag);
    load_alternative<0>(archive, tag);
  }

 private:
  template <std::size_t Index, class Archive>
  void load_alternative(Archive& archive, std::size_t tag) {
    if constexpr (Index == std::variant_size_v<raft::Message>) {
      throw cereal::Exception("no such message");
    } else if (tag == Index) {
      archive(message.emplace<Index>());
    } else {
      load_alternative<Index + 1>(archive, tag);
    }
  }
};

}  // namespace

std::string encode_message(const raft::Message& message) {
  return to_bytes(MessageToSave{message});
}

std::size_t encoded_size(const raft::Message& message) {
  return size_of_bytes(MessageToSave{message});
}

std::optional<raft::Message> decode_message(std::string_view bytes) {
  std::optional<raft::Message> message(std::in_place);
  MessageToLoad loaded{*message};
  if (!from_bytes(bytes, loaded)) return std::nullopt;
  return message;
}

}  // namespace node
