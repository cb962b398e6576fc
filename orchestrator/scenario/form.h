// SPDX-License-Identifier: Apache-2.0
// How the language is written down once (language.h) and used three ways: to read a file, to write
// one, and to list every word for the reference and its test.
//
// A Form is one map of a file. A function that describes a map names its keys in their order, each
// with the Value that it stands for, and says what must hold between them. Which Form it is called
// with decides whether the members behind the values are filled, written out or only listed.
#pragma once

#include <functional>
#include <initializer_list>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "orchestrator/scenario/scenario.h"
#include "orchestrator/scenario/yaml_tree.h"

namespace scenario {

// What reading has found so far, beyond the scenario itself.
struct Reading {
  std::string file;
  Errors errors{};
  unsigned nodes = kMaxNodes;  // how many the cluster has, once that is known
  unsigned faults = 0;         // fault steps so far

  // What the id of an earlier step may be used for.
  struct Id {
    bool heals = false;   // a rule of the network: `heal` ends it
    bool nodes = false;   // it resolves to nodes: a target
    bool leader = false;  // to one node: ID+K counts on from it
    bool fault = false;   // it is a fault's: things can be counted since it fired
  };
  std::map<std::string, Id, std::less<>> ids{};

  void fail(Position at, std::string message);
  // "expected a duration, found 'soon'", and then the hint.
  void refuse(const YamlNode& node, std::string_view expected, std::string_view hint = {});
};

// One word of the language: what `squall` documents of a key.
struct Word {
  std::string map;  // in which map: "cluster", "fault: delay"
  std::string key;
  std::string expected;  // "a duration from 1ms to 1h"
  std::string fallback;  // the value where the key is absent, as it is written; "required"; "" none
};
struct Listing {
  std::vector<Word> words;
  std::set<std::string> maps;  // listed already: `repeat` holds steps
};

// A place of the scenario that one value of a file stands for.
struct Value {
  std::string expected;  // completes "expected ..."
  // Reports what is wrong with the node and then leaves the place alone.
  std::function<void(const YamlNode&, Reading&)> read{};
  // Nothing where the key is left out.
  std::function<std::optional<YamlNode>()> write{};
  // What is inside, of maps and of lists of maps.
  std::function<void(Listing&)> list{};
};

class Form;

// One of several ways to go on, chosen by a key's presence or by a key's value. `fields` describes
// the rest; `fresh` asks it to begin with this alternative's defaults.
struct Alternative {
  std::string_view word;
  bool chosen = false;  // it is what the scenario has
  std::function<void(Form&, bool fresh)> fields;
};

template <class T, class... Ts>
Alternative alternative(std::string_view word, std::variant<Ts...>& place,
                        void (*fields)(Form&, T&)) {
  return {word, std::holds_alternative<T>(place), [&place, fields](Form& form, bool fresh) {
            if (fresh) place.template emplace<T>();
            fields(form, std::get<T>(place));
          }};
}

class Form {
 public:
  virtual ~Form() = default;

  virtual void required(std::string_view key, const Value& value) = 0;
  virtual void optional(std::string_view key, const Value& value) = 0;
  // Exactly one of the alternatives' words is a key of this map; its fields begin with that key.
  // The reference lists them as the map `group`, once, though several maps may have them.
  virtual void one_key_of(std::string_view group, const std::vector<Alternative>& alternatives) = 0;
  // The key's value is one of the alternatives' words.
  virtual void one_word_of(std::string_view key, const std::vector<Alternative>& alternatives) = 0;

  // Where a file is read: what is wrong stands at the first of the keys that the file has. Keys
  // whose own value was wrong are not judged further.
  virtual void check(bool /*holds*/, std::initializer_list<std::string_view> /*keys*/,
                     const std::string& /*message*/) {}
  // Whether the scenario is being written out: its values count, not the defaults.
  virtual bool writing() const { return false; }
  // Null unless a file is being read.
  virtual Reading* reading() { return nullptr; }
  // Where the map begins; 0:0 unless a file is being read.
  virtual Position at() const { return {}; }
  // Whether the file has the key.
  virtual bool has(std::string_view /*key*/) const { return false; }
};

// A map with these keys. Its name is the one that messages and the reference use.
Value map(const std::string& name, const std::function<void(Form&)>& fields);

}  // namespace scenario
