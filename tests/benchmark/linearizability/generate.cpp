// SPDX-License-Identifier: Apache-2.0
#include "tests/benchmark/linearizability/generate.h"

#include <queue>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace benchmark {
namespace {

using linearizability::Answer;
using linearizability::History;
using linearizability::Kind;
using linearizability::kNever;
using linearizability::Operation;
using linearizability::Value;

constexpr std::uint64_t kLongest = 1000;  // an operation, in the generator's own time

struct Moment {
  std::uint64_t at = 0;
  enum class What : std::uint8_t { call, effect, ret } what = What::call;
  unsigned client = 0;        // the one of the store's, who goes on
  std::size_t operation = 0;  // which this is about
  std::uint64_t number = 0;   // in the order made: no two moments are alike
  bool operator>(const Moment& other) const {
    return at != other.at ? at > other.at : number > other.number;
  }
};

class Generator {
 public:
  explicit Generator(const Clients& clients)
      : clients_(clients), random_(clients.seed), keys_(clients.keys), seen_(clients.clients) {
    for (unsigned key = 0; key < clients.keys; ++key)
      history_.keys.push_back(fmt::format("k{}", key));
    for (unsigned client = 0; client < clients.clients; ++client) {
      history_.clients.push_back(fmt::format("c{}", client));
      names_.push_back(client);
      plan(below(kLongest), Moment::What::call, client, 0);
    }
  }

  History run() {
    while (!moments_.empty()) {
      const Moment moment = moments_.top();
      moments_.pop();
      switch (moment.what) {
        case Moment::What::call:
          call(moment);
          break;
        case Moment::What::effect:
          take_effect(moment);
          break;
        case Moment::What::ret:
          ret(moment);
      }
    }
    if (clients_.stale) make_stale();
    return std::move(history_);
  }

 private:
  struct Key {
    std::string text;
    Value value = linearizability::kInitial;
  };

  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }

  void plan(std::uint64_t at, Moment::What what, unsigned client, std::size_t operation) {
    moments_.push({at, what, client, operation, ++planned_});
  }

  Value value_to_write() {
    if (clients_.values > 0) {
      return history_.values.number_of(std::to_string(below(clients_.values)));
    }
    return history_.values.number_of(fmt::format("x{}y", ++written_));
  }

  void choose(Operation& operation, unsigned client) {
    const std::uint64_t dice = below(100);
    operation.key = static_cast<std::uint32_t>(below(clients_.keys));
    if (clients_.kv) {
      operation.kind = dice < 45 ? Kind::read : dice < 50 ? Kind::write : Kind::append;
    } else {
      operation.kind = dice < 40 ? Kind::read : dice < 70 ? Kind::write : Kind::cas;
    }
    if (operation.kind != Kind::read) operation.argument = value_to_write();
    if (operation.kind == Kind::cas) {
      operation.expected = clients_.values > 0 ? value_to_write() : seen_[client];
    }
  }

  void call(const Moment& moment) {
    if (history_.operations.size() == clients_.operations) return;
    const std::size_t place = history_.operations.size();
    Operation& operation = history_.operations.emplace_back();
    operation.call = ++stamp_;
    operation.client = names_[moment.client];
    operation.line = static_cast<std::uint32_t>(place + 1);
    choose(operation, moment.client);
    const std::uint64_t end = moment.at + 2 + below(kLongest);
    const bool timed_out = below(1000) < clients_.timeouts_per_mille;
    if (!timed_out || below(2) == 0) {
      plan(moment.at + 1 + below(end - moment.at - 1), Moment::What::effect, moment.client, place);
    }
    if (!timed_out) {
      plan(end, Moment::What::ret, moment.client, place);
      return;
    }
    names_[moment.client] = static_cast<std::uint32_t>(history_.clients.size());
    history_.clients.push_back(fmt::format("c{}", history_.clients.size()));
    plan(end + kLongest, Moment::What::call, moment.client, 0);
  }

  // What it answers is set when it takes effect, and known when it returns.
  void take_effect(const Moment& moment) {
    Operation& operation = history_.operations[moment.operation];
    Key& key = keys_[operation.key];
    operation.output = key.value;
    seen_[moment.client] = key.value;
    refused_.resize(history_.operations.size());
    refused_[moment.operation] = operation.kind == Kind::cas && operation.expected != key.value;
    const bool mutates = operation.kind != Kind::read && !refused_[moment.operation];
    if (mutates) {
      const std::string_view text = history_.values.at(operation.argument);
      if (operation.kind != Kind::append) key.text.clear();
      key.text += text;
      key.value = history_.values.number_of(key.text);
    }
    if (operation.kind != Kind::read) ++log_index_;
    if (clients_.claims) operation.log_index = log_index_;
  }

  void ret(const Moment& moment) {
    Operation& operation = history_.operations[moment.operation];
    operation.ret = ++stamp_;
    operation.answer = Answer::done;
    if (refused_[moment.operation]) {
      operation.answer = clients_.values > 0 ? Answer::refused_mute : Answer::refused;
    }
    const bool told = operation.kind == Kind::read || operation.answer == Answer::refused;
    if (!told) operation.output = linearizability::kInitial;
    plan(moment.at + 1 + below(10), Moment::What::call, moment.client, 0);
  }

  void make_stale() {
    auto& operations = history_.operations;
    for (std::size_t i = operations.size() * 4 / 5; i < operations.size(); ++i) {
      Operation& read = operations[i];
      if (read.kind != Kind::read || !read.known()) continue;
      for (const Operation& old : operations) {
        const bool written = old.kind == Kind::read && old.key == read.key && old.known() &&
                             old.output != linearizability::kInitial;
        if (!written) continue;
        read.output = old.output;
        return;
      }
    }
    throw std::logic_error("no read to make stale");
  }

  const Clients& clients_;
  std::mt19937_64 random_;
  History history_;
  std::priority_queue<Moment, std::vector<Moment>, std::greater<>> moments_;
  std::vector<Key> keys_;
  std::vector<Value> seen_;           // by client, what it saw last
  std::vector<std::uint32_t> names_;  // by client, its present one
  std::vector<bool> refused_;         // by operation
  linearizability::Stamp stamp_ = 0;
  std::uint64_t planned_ = 0;
  std::uint64_t written_ = 0;
  std::uint64_t log_index_ = 0;
};

// Reads without an answer are no operations of a history.
void drop_open_reads(History& history) {
  std::erase_if(history.operations,
                [](const Operation& o) { return o.kind == Kind::read && !o.known(); });
  for (Operation& operation : history.operations) {
    if (!operation.known()) operation.output = linearizability::kInitial;
  }
}

}  // namespace

History generate(const Clients& clients) {
  History history = Generator(clients).run();
  drop_open_reads(history);
  return history;
}

}  // namespace benchmark
