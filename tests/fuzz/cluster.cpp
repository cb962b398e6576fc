// SPDX-License-Identifier: Apache-2.0
// A small cluster whose bytes are taken for a golden script (tests/golden/player.h): what is
// delivered, dropped, duplicated and held, who crashes and what of its disk survives, clocks,
// timeouts, proposals, changes of the members, compactions, reads, transfers; and at last the
// cluster must recover. All of tests/golden/invariants.h holds after every step. What fails is told
// as a script, shrunk.
#include <map>

#include <fmt/format.h>

#include "tests/fuzz/fuzz.h"
#include "tests/property/shrink.h"

namespace {

using raft::golden::Cluster;
using raft::golden::InFlight;

class Author {
 public:
  explicit Author(fuzz::Input& in) : in_(in) {}

  std::string first();
  // The next line. It may be one that can't be carried out.
  std::string next(const Cluster& cluster);

 private:
  std::string one_of(std::initializer_list<const char*> values) {
    return values.begin()[in_.below(values.size())];
  }
  std::string any() { return fmt::format("n{}", 1 + in_.below(servers_)); }
  std::string duration() {
    return one_of({"1ms", "5ms", "20ms", "50ms", "100ms", "149ms", "300ms"});
  }
  std::string nodes(const char* key, std::uint64_t which) const;
  std::string of_message(const char* verb, const Cluster& cluster);
  std::string move_message(const Cluster& cluster);
  std::string sync(const Cluster& cluster);
  std::string crash_or_restart(const Cluster& cluster);
  std::string guess(const Cluster& cluster);
  std::string ask(const Cluster& cluster);
  std::string leader(const Cluster& cluster);

  fuzz::Input& in_;
  std::uint64_t servers_ = 0;
  std::uint64_t names_ = 0;
};

// " voters=1,3" for 0b101; nothing for none.
std::string Author::nodes(const char* key, std::uint64_t which) const {
  std::string list;
  for (std::uint64_t i = 0; i < servers_; ++i) {
    if ((which >> i & 1) != 0) list += (list.empty() ? "" : ",") + std::to_string(i + 1);
  }
  return list.empty() ? list : fmt::format(" {}={}", key, list);
}

std::string Author::first() {
  servers_ = 1 + in_.below(5);
  const std::uint64_t voters = in_.byte() | 1;
  std::string line = fmt::format("cluster n={} seed={}", servers_, in_.byte()) +
                     nodes("voters", voters) + nodes("learners", ~voters & in_.byte());
  line += one_of({"", " disk=when_told", " disk=when_told"});
  line += one_of({"", " profile=default", " profile=default reads=lease", " pre_vote=true",
                  " check_quorum=true", " noop_on_election=true reads=read_index",
                  " leader_stickiness=true check_quorum=true"});
  line += one_of({"", " max_append_entries=1", " max_append_bytes=8"});
  line += one_of({"", " max_in_flight=1", " max_in_flight=2", " max_in_flight_bytes=10"});
  line += one_of({"", " snapshot_chunk_bytes=5", " max_uncommitted_bytes=8"});
  return line + one_of({" trailing_entries=0", " trailing_entries=1", ""});
}

// "verb n1->n2 nth=1" of a message that is in flight.
std::string Author::of_message(const char* verb, const Cluster& cluster) {
  if (cluster.in_flight().empty()) return verb;
  std::size_t left = in_.byte() % cluster.in_flight().size();
  std::map<std::pair<raft::NodeId, raft::NodeId>, int> nth;
  for (const InFlight& m : cluster.in_flight()) {
    const int place = ++nth[{m.from, m.to}];
    if (left-- > 0) continue;
    return fmt::format("{} n{}->n{} nth={}", verb, m.from.value, m.to.value, place);
  }
  return verb;
}

std::string Author::move_message(const Cluster& cluster) {
  switch (in_.below(12)) {
    case 0:
      return of_message("drop", cluster);
    case 1:
      return of_message("duplicate", cluster);
    case 2:
      return of_message("hold", cluster);
    case 3:
      return "release";
    case 4:
      return "deliver *->" + any();
    case 5:
      return "deliver " + any() + "->*";
    case 6:
      return "deliver";
    default:
      return of_message("deliver", cluster);
  }
}

std::string Author::sync(const Cluster& cluster) {
  if (in_.below(4) == 0) return "sync all";
  const std::string node = any();
  const auto& pending = cluster.servers().at(raft::golden::node_from(node)).disk.pending();
  if (pending.empty()) return "sync " + node;
  return fmt::format("sync {} up_to={}", node, pending[in_.byte() % pending.size()].id.value);
}

std::string Author::crash_or_restart(const Cluster& cluster) {
  const std::string node = any();
  if (!cluster.is_up(raft::golden::node_from(node))) return "restart " + node;
  return fmt::format("crash {} keep={}{}", node, in_.below(3), one_of({"", " torn"}));
}

std::string Author::leader(const Cluster& cluster) {
  const raft::NodeId leader = cluster.leader();
  return leader == raft::NodeId{} || in_.below(8) == 0 ? any() : fmt::format("n{}", leader.value);
}

// What the leader sends to a member if it takes an entry of the upper end of its log for the next.
std::string Author::guess(const Cluster& cluster) {
  const raft::NodeId leader = cluster.leader();
  const std::string to = any();
  if (leader == raft::NodeId{}) return "deliver";
  const raft::Raft& raft = *cluster.servers().at(leader).raft;
  const raft::NodeId member = raft::golden::node_from(to);
  if (member == leader || !raft.configuration().contains(member)) return "deliver";
  const std::uint64_t end = raft.log().last_index().value + 1;
  const std::uint64_t back = in_.below(6);
  return fmt::format("append n{}->{} next={} entries={}", leader.value, to,
                     end > back ? end - back : end, in_.below(4));
}

std::string Author::ask(const Cluster& cluster) {
  const std::string node = leader(cluster);
  switch (in_.below(10)) {
    case 0: {
      const std::uint64_t voters = in_.byte();
      return "members " + node + nodes("voters", voters) + nodes("learners", ~voters & in_.byte());
    }
    case 1:
      return "transfer " + node + " " + any();
    case 2:
    case 3:
      return fmt::format("read {} r{}", one_of({"", "any"}).empty() ? node : any(), ++names_);
    case 4:
      return "compact " + any();
    case 5:
      return fmt::format("propose {} C{} C{}", node, names_ + 1, names_ + 2);
    default:
      return fmt::format("propose {} C{}", node, ++names_);
  }
}

std::string Author::next(const Cluster& cluster) {
  const std::uint64_t what = in_.below(32);
  if (what < 12) return move_message(cluster);
  if (what < 17) return sync(cluster);
  if (what < 23) return ask(cluster);
  switch (what) {
    case 23:
      return "cut " + any() + one_of({"->", "-"}) + any();
    case 24:
      return one_of({"heal", "isolate n1", "isolate n2", "isolate n3"});
    case 25:
      return "advance " + duration();
    case 26:
      return "run " + duration();
    case 27:
      return "tick " + any() + " " + duration();
    case 28:
      return crash_or_restart(cluster);
    case 29:
      return guess(cluster);
    case 30:
      return one_of({"stabilize", "deliver"});
    default:
      return "timeout " + any();
  }
}

// The whole script first: a watchdog may end the shrinking.
[[noreturn]] void fail(const std::vector<std::string>& lines) {
  const raft::property::Trial trial = raft::property::play(lines);
  fuzz::must(trial.failure.has_value(), "a script fails as often as it is played");
  const auto tell = [&](const std::vector<std::string>& script) {
    std::fprintf(stderr, "%s", raft::property::as_script(trial.failure->what, script).c_str());
  };
  tell(lines);
  tell(raft::property::shrink(trial));
  std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input in(data, size);
  raft::golden::Player player(true);
  Author author(in);
  std::vector<std::string> lines = {author.first()};
  player.play(lines.front());
  while (!in.empty() || lines.back() != "converge") {
    lines.push_back(in.empty() ? "converge" : author.next(player.cluster()));
    try {
      player.play(lines.back());
    } catch (const std::invalid_argument&) {
      lines.pop_back();  // nothing is there to be done so to
    } catch (const std::exception&) {
      fail(lines);
    }
  }
  return 0;
}
