// SPDX-License-Identifier: Apache-2.0
// One server as a value: Raft, the key-value store and the clients that wait, with everything from
// outside handed in and everything to be done handed out. The same Server runs in squall-node's
// loop over real sockets and files, and in the simulated cluster.
#pragma once

#include <map>
#include <set>
#include <variant>
#include <vector>

#include "node/digest.h"
#include "node/evidence.h"
#include "node/protocol.h"
#include "node/store.h"
#include "proxy/wire/envelope.h"
#include "raft/raft.h"

namespace node {

struct ServerSettings {
  raft::Settings raft;
  std::uint64_t snapshot_threshold = 0;    // entries applied since the newest snapshot that make it
                                           // take another; 0: it takes none of its own
  std::uint64_t max_sessions = 0;          // see Store; the same on every node
  std::uint32_t incarnation = 1;           // the orchestrator's count of this node's starts
  std::uint64_t seed = 1;                  // of this incarnation's random choices
  std::int64_t pid = 0;                    // for the evidence only
  raft::Duration stall_limit{50'000};      // a later wake-up than this is written down as `stalled`
  raft::Duration status_interval{10'000};  // between two reports of progress that nobody asked for
};

// What recovery found, apart from what Raft needs.
struct RecoveryNotes {
  std::uint64_t wal_bytes = 0;
  std::uint64_t torn_bytes = 0;  // of a record that was cut off, and ignored
};

// Inputs.
struct PeerMessage {
  proxy::Envelope envelope;
  raft::Message message;
};
struct Requests {
  std::vector<ClientRequest> requests;  // that came in one burst: proposed together
};
struct Control {
  std::variant<Go, Stop, StatusRequest, ChangeMembers, TransferLeadership> message;
};
struct Written {
  raft::WriteId up_to;  // this write and all before it are durable
};
struct Wake {};
using Input = std::variant<PeerMessage, Requests, Control, Written, Wake>;

// What came on the control socket and was not about the machine (machine.h), as an input.
Input input_of(ToNode message);

struct Send {
  proxy::Envelope envelope;
  raft::Message message;
};

// What has to be done, in this order: the evidence is written before anything else takes effect.
struct Output {
  std::string evidence;             // whole lines
  std::vector<raft::Write> writes;  // in this order
  std::vector<Send> sends;
  std::vector<FromNode> replies;
  std::optional<raft::Time> wake_at;  // when to send Wake if nothing comes before
  bool stop = false;                  // the node ends after this

  // As new, but for the memory.
  void clear();
};

class Server {
 public:
  // Throws CorruptLog where the snapshot's state can't be read.
  Server(const ServerSettings& settings, raft::Restored restored, RecoveryNotes notes);

  // The first call, once: the evidence of the start, and Ready.
  Output& start(Instant now);
  // `now` never goes back. The output, whose parts may be moved away, lasts until the next call.
  Output& step(Instant now, Input&& input);

  const raft::Raft& raft() const { return raft_; }
  const Store& store() const { return store_; }

 private:
  // A client whose command was put at an index of the log, in this term.
  struct Waiting {
    raft::Term term;
    std::string client;
    std::uint64_t request = 0;
  };
  // Gets that need no entry, of one burst, up to where the state must have come before they are
  // answered.
  struct GrantedReads {
    raft::Index read_index;
    std::vector<ClientRequest> requests;
  };
  // What will be durable once the write is.
  struct InFlightWrite {
    raft::WriteId id;
    raft::HardState hard_state;
    raft::Index log_index;
    std::uint64_t digest = 0;
    raft::Index snapshot_index;
    raft::Time handed_out{};
  };

  // server.cpp
  void handle(PeerMessage& input);
  void handle(const Control& input);
  void handle(const Written& input);
  void handle(const Wake& input);
  void run_raft(raft::Input&& input, const Cause& cause);
  void take_output(raft::Output&& output, const Cause& cause, const raft::HardState& before);
  void send(std::vector<raft::Outgoing>& messages);
  Status status(std::uint64_t id) const;
  void report_status();
  bool progressed_since_report() const;
  void note_lateness();
  void stalled(std::string_view what, raft::Duration late);
  void begin_step(Instant now);
  Output& finish_step();

  // server_log.cpp
  void take_transitions(const std::vector<raft::Transition>& transitions, const Cause& cause,
                        const raft::HardState& before);
  template <class Transition>
  void take(const Transition& transition, const Cause& cause, const raft::HardState& before);
  void take(const raft::CommitAdvanced& transition, const Cause& cause,
            const raft::HardState& before);
  void take(const raft::EntriesAppended& transition, const Cause& cause,
            const raft::HardState& before);
  void take(const raft::LogTruncated& transition, const Cause& cause,
            const raft::HardState& before);
  void take(const raft::SnapshotTaken& transition, const Cause& cause,
            const raft::HardState& before);
  void take(const raft::SnapshotInstalled& transition, const Cause& cause,
            const raft::HardState& before);

  // server_state.cpp
  void apply(raft::IndexRange range);
  void apply_command(raft::Index index, const raft::Entry& entry, proxy::JsonLine& line);
  void compact_if_due();
  std::uint64_t load(const raft::Snapshot& snapshot);
  void restore(const raft::Snapshot& snapshot);

  // server_clients.cpp
  void handle(Requests& input);
  void propose(std::vector<ClientRequest> requests);
  void read(std::vector<ClientRequest> requests);
  void take(const raft::ReadAnswer& answer);
  void serve_reads(const Cause& cause);
  void change_members(const ChangeMembers& change);
  void transfer_leadership(const TransferLeadership& transfer);
  void run_and_answer(std::uint64_t id, raft::Input input);
  void forget_waiting(raft::Index first);
  void reply_error(const Waiting& waiting, ClientError error, raft::Index log_index = {});
  void reply_error(const ClientRequest& request, ClientError error);

  ServerSettings settings_;
  RecoveryNotes notes_;
  raft::Raft raft_;
  Store store_;
  DigestChain chain_;
  std::uint64_t applied_digest_ = 0;  // the chain's, up to what was applied last
  Evidence evidence_;
  raft::Term told_term_;  // term and role as the transitions written so far tell them
  raft::Role told_role_;
  std::map<raft::Index, Waiting> waiting_;
  std::map<raft::ReadId, std::vector<ClientRequest>> asked_reads_;
  std::vector<GrantedReads> granted_reads_;
  std::vector<InFlightWrite> writes_;
  proxy::MessageId last_message_id_ = 0;
  Status reported_;          // as it was last sent
  raft::Time status_due_{};  // when the next report of progress may go out
  std::optional<raft::Time> raft_wake_at_;
  std::optional<raft::Time> wake_at_;  // as this Server last asked to be woken
  Instant now_{};
  Output out_;  // of the step under way
};

}  // namespace node
