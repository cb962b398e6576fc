// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/orchestrator/linearizability/random_history.h"

#include <algorithm>
#include <random>
#include <utility>

#include <fmt/format.h>

namespace linearizability {
namespace {

class Maker {
 public:
  Maker(std::uint64_t seed, unsigned most) : random_(seed), most_(most) {}

  RandomHistory make() {
    unique_ = chance(50);
    mix_ = below(4);
    mute_ = chance(20) ? 50 : 0;
    unknown_ = chance(50) ? 5 + below(40) : 0;
    broken_ = chance(50) ? 20 + below(60) : 0;
    tell_reads_ = chance(50);
    const bool tell = chance(70);
    const unsigned keys = chance(80) ? 1 : 2;
    for (unsigned i = 0; i < keys; ++i) {
      made_.history.keys.push_back(fmt::format("k{}", i));
      states_.emplace_back();
    }
    run(most_ / 2 + below(most_ - most_ / 2 + 1), 2 + below(4));
    made_.honest = tell && !store_erred_;
    if (chance(50)) corrupt();
    if (!tell) {
      for (Operation& operation : made_.history.operations)
        operation.log_index = 0;
    }
    return std::move(made_);
  }

 private:
  struct Client {
    std::size_t open = 0;
    enum class State { idle, called, executed } state = State::idle;
  };

  unsigned below(unsigned limit) {
    return std::uniform_int_distribution<unsigned>(0, limit - 1)(random_);
  }
  bool chance(unsigned percent) { return below(100) < percent; }
  void tick() { now_ += chance(75) ? 1 : 0; }
  Value value_of(const std::string& text) { return made_.history.values.number_of(text); }
  Value some_value() {
    return value_of(unique_ && !chance(3) ? fmt::format("{}.", next_value_++)
                                          : std::string(1, static_cast<char>('a' + below(3))));
  }
  std::vector<Operation>& operations() { return made_.history.operations; }

  void run(unsigned operations, unsigned clients) {
    std::vector<Client> all(clients);
    unsigned called = 0;
    for (;;) {
      Client& client = all[below(clients)];
      tick();
      if (!late_.empty() && chance(10)) {
        execute(late_.back());
        late_.pop_back();
      }
      if (client.state == Client::State::idle) {
        if (called == operations) {
          const bool done = std::all_of(all.begin(), all.end(), [](const Client& c) {
            return c.state == Client::State::idle;
          });
          if (done) return;
          continue;
        }
        client.open = call(static_cast<std::uint32_t>(&client - all.data()));
        client.state = Client::State::called;
        ++called;
      } else if (client.state == Client::State::called) {
        if (chance(unknown_)) {  // told nothing, whether it takes effect or not
          made_.history.operations[client.open].answer = Answer::none;
          if (chance(50)) {
            execute(client.open);
          } else if (chance(50)) {
            late_.push_back(client.open);
          }
          client.state = Client::State::idle;
          continue;
        }
        execute(client.open);
        client.state = Client::State::executed;
      } else {
        made_.history.operations[client.open].ret = now_;
        client.state = Client::State::idle;
      }
    }
  }

  std::size_t call(std::uint32_t client) {
    Operation operation;
    operation.call = now_;
    operation.client = client;
    while (made_.history.clients.size() <= client)
      made_.history.clients.push_back(fmt::format("c{}", made_.history.clients.size()));
    operation.key = below(static_cast<unsigned>(states_.size()));
    operation.kind = some_kind();
    operation.answer = Answer::done;
    if (operation.kind != Kind::read) operation.argument = some_value();
    if (operation.kind == Kind::cas) {
      operation.expected = chance(70) ? value_of(states_[operation.key]) : some_value();
    }
    operation.line = static_cast<std::uint32_t>(operations().size() + 1);
    operations().push_back(operation);
    return operations().size() - 1;
  }

  Kind some_kind() {
    if (chance(45)) return Kind::read;
    switch (mix_) {
      case 0:
        return Kind::write;
      case 1:
        return chance(25) ? Kind::write : Kind::append;
      case 2:
        return chance(40) ? Kind::write : Kind::cas;
      default:
        return static_cast<Kind>(1 + below(3));
    }
  }

  // What the store does with it, now; what the client will be told.
  void execute(std::size_t place) {
    Operation& operation = operations()[place];
    std::string& state = states_[operation.key];
    const std::string before = state;
    const std::string argument(made_.history.values.at(operation.argument));
    const bool lost = chance(broken_ / 2);
    const bool twice = chance(broken_ / 2);
    const bool stale = chance(broken_ / 2);
    store_erred_ = store_erred_ || lost || twice || stale;
    bool refused = false;
    if (operation.kind == Kind::read) {
      operation.output = value_of(stale ? older_[operation.key] : state);
      if (operation.known() && tell_reads_) operation.log_index = log_index_;
      return;
    }
    if (operation.kind == Kind::cas) {
      refused = state != made_.history.values.at(operation.expected);
      if (!refused && !lost) state = argument;
    } else if (!lost) {
      state = operation.kind == Kind::append ? state + argument : argument;
      if (twice && operation.kind == Kind::append) state += argument;
    }
    operation.log_index = ++log_index_;
    if (refused && operation.known()) {
      operation.answer = chance(mute_) ? Answer::refused_mute : Answer::refused;
      if (operation.answer == Answer::refused) operation.output = value_of(before);
    }
    if (state != before) older_[operation.key] = before;
  }

  void corrupt() {
    made_.honest = false;
    const std::size_t size = operations().size();
    Operation& one = operations()[below(static_cast<unsigned>(size))];
    Operation& other = operations()[below(static_cast<unsigned>(size))];
    switch (below(5)) {
      case 0:
        std::swap(one.log_index, other.log_index);
        break;
      case 1:
        one.output = other.output;
        break;
      case 2:
        one.output = other.argument;
        break;
      case 3:
        if (one.answer == Answer::refused) {
          one.answer = Answer::done;
        } else if (one.known() && one.ret > one.call) {
          one.ret = one.call + below(static_cast<unsigned>(one.ret - one.call));
        }
        break;
      default:
        if (one.known()) one.log_index = other.log_index;
    }
  }

  std::mt19937_64 random_;
  unsigned most_;
  RandomHistory made_;
  bool unique_ = false;
  unsigned mix_ = 0;
  unsigned mute_ = 0;
  unsigned unknown_ = 0;
  unsigned broken_ = 0;
  bool tell_reads_ = false;
  bool store_erred_ = false;
  unsigned next_value_ = 1;
  Stamp now_ = 0;
  std::uint64_t log_index_ = 0;
  std::vector<std::size_t> late_;  // given up by their clients, and yet to be executed
  std::vector<std::string> states_;
  std::vector<std::string> older_ = std::vector<std::string>(2);
};

}  // namespace

RandomHistory random_history(std::uint64_t seed, unsigned most) {
  return Maker(seed, most).make();
}

}  // namespace linearizability
