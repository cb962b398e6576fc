// SPDX-License-Identifier: Apache-2.0
// One node's log, written line by line by a test: the lines of a node that does as it should are
// short to write, and a wrong one is a `line()` of its own in between.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace verify {

// "000000000000002a" for 42.
std::string digest(std::uint64_t number);

class RunFolder;

// Pieces of lines: `,fields` where there are any; "text" as JSON; "c1/7 put" taken apart at spaces
// and slashes.
std::string with(const std::string& fields);
std::string quote(const std::string& text);
std::vector<std::string> words(const std::string& text);
// `"cause":...` of a step that n1's message of term 1 made a node take.
std::string append_entries_cause(unsigned prev_log_index, unsigned entries, unsigned leader_commit);
std::string install_snapshot_cause(unsigned last_included_index);

// As names: {"n1", "n2"}.
struct Members {
  std::vector<std::string> voters;
  std::vector<std::string> old_voters = {};
  std::vector<std::string> learners = {};
};

// One node's log. It remembers what a node would, so that lines agree with one another until a test
// wants them not to.
class NodeScript {
 public:
  NodeScript(RunFolder& folder, unsigned node) : folder_(folder), node_(node) {}

  // Any line of this incarnation, with the fields that all lines have; `fields` as JSON.
  NodeScript& line(const std::string& event, const std::string& fields = {});
  // Text as it is, a newline only where it has one.
  NodeScript& bytes(const std::string& text);

  // Is to take a snapshot each time it has applied so many entries, as it says when it starts.
  NodeScript& compact_every(unsigned entries);
  // Starts the next incarnation from what is durable; the first voters are n1 to nN.
  NodeScript& start(unsigned voters = 3);
  NodeScript& start(const Members& first, unsigned max_sessions = 0);
  NodeScript& enter_term(unsigned term);
  NodeScript& vote(const std::string& candidate);
  NodeScript& pre_vote(const std::string& candidate, unsigned term);
  NodeScript& persist();
  // What was decided is on disk, but the crash comes before any line says so.
  NodeScript& persist_silently();
  // What the disk must not do: forget the vote, the last entry or the snapshot.
  NodeScript& lose_vote();
  NodeScript& lose_entry();
  NodeScript& lose_snapshot();
  // The hard state that came with the snapshot is lost: the next incarnation finds this term.
  NodeScript& forget_term(unsigned found);
  // Becomes leader by these votes; its own vote and term were written before.
  NodeScript& lead(const std::vector<std::string>& votes);
  NodeScript& follow();
  // As a candidate or pre_candidate, because time ran out.
  NodeScript& stand(const std::string& role);
  // Appends entries of `term` (the node's own if 0) with these digests.
  NodeScript& append(const std::vector<unsigned>& digests, unsigned term = 0);
  NodeScript& truncate(unsigned first);
  // Uses this configuration from now on; it stands at `index`.
  NodeScript& configure(unsigned index, const Members& members);
  // A follower is told by its leader; what justifies a leader is `match` as JSON, n1 and n2 if
  // empty.
  NodeScript& commit(unsigned index, const std::string& match = {});
  // Applies the next entries; each is "c1/7", "c1/7 duplicate" or a kind.
  NodeScript& apply(const std::vector<std::string>& entries);
  // Answers "c1/7" from the state that it has.
  NodeScript& serve(const std::string& request, const std::string& key, unsigned read_index);
  NodeScript& take_snapshot(unsigned index, unsigned state = 77);
  // The whole log gives way to a snapshot from n1 up to here.
  NodeScript& install(unsigned index, unsigned term, unsigned number);
  NodeScript& restore(unsigned state = 77);
  NodeScript& stop(unsigned state = 77);

  unsigned log_index() const { return base_ + static_cast<unsigned>(log_.size()); }

 private:
  friend class RunFolder;
  struct Entry {
    unsigned term = 0;
    unsigned digest = 0;
  };
  struct Placed {
    unsigned index = 0;
    Entry entry;
  };
  struct Disk {
    unsigned term = 0;
    std::string voted_for = "null";
    unsigned base = 0;
    Entry base_entry;
    std::vector<Entry> log;
    Placed snapshot;
  };
  Entry entry_at(unsigned index) const;
  std::string tip() const;

  RunFolder& folder_;
  unsigned node_;
  unsigned incarnation_ = 0;
  unsigned seq_ = 0;
  unsigned term_ = 0;
  std::string role_ = "follower";
  std::string voted_for_ = "null";  // as JSON
  unsigned base_ = 0;  // the log begins after this: what an installed snapshot stands for
  Entry base_entry_;
  std::vector<Entry> log_;
  Placed snapshot_;
  unsigned commit_ = 0;
  unsigned applied_ = 0;
  std::string compaction_;  // as settings
  Disk disk_;
  std::string text_;
};

}  // namespace verify
