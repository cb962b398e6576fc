// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/scenario/form.h"

#include <algorithm>

#include <fmt/format.h>

#include "orchestrator/scenario/suggest.h"
#include "orchestrator/scenario/text_check.h"
#include "orchestrator/scenario/writer.h"

namespace scenario {
namespace {

// What stands there instead of what was expected.
std::string found(const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::nothing:
      return "nothing";
    case YamlNode::Kind::scalar:
      return fmt::format("'{}'", shown(node.text));
    case YamlNode::Kind::sequence:
      return node.children.empty() ? "an empty list" : "a list";
    case YamlNode::Kind::map:
      return "a map";
  }
  return {};
}

std::vector<std::string_view> words_of(const std::vector<Alternative>& alternatives) {
  std::vector<std::string_view> words;
  words.reserve(alternatives.size());
  for (const Alternative& a : alternatives) {
    words.push_back(a.word);
  }
  return words;
}

std::string in_words(const std::vector<Alternative>& alternatives) {
  return fmt::format("one of {}", fmt::join(words_of(alternatives), ", "));
}

class ReadForm : public Form {
 public:
  ReadForm(std::string name, const YamlNode& map, Reading& reading)
      : name_(std::move(name)), map_(map), reading_(reading) {}

  void required(std::string_view key, const Value& value) override {
    if (!take(key, value)) missing_.push_back(key);
  }
  void optional(std::string_view key, const Value& value) override { take(key, value); }

  void one_key_of(std::string_view /*group*/,
                  const std::vector<Alternative>& alternatives) override {
    const Alternative* chosen = nullptr;
    for (const YamlNode& entry : map_.children) {
      const Alternative* found_here = find(alternatives, entry.key);
      if (found_here == nullptr) continue;
      if (chosen != nullptr) {
        reading_.fail(entry.key_at, fmt::format("{} has one of '{}' and '{}', not both", name_,
                                                chosen->word, entry.key));
        undecided_ = true;
        return;
      }
      chosen = found_here;
    }
    if (chosen != nullptr) return chosen->fields(*this, true);
    undecided_ = true;
    const auto known = words_of(alternatives);
    bool explained = false;
    for (const YamlNode& entry : map_.children) {
      if (nearest(entry.key, known).empty() || is_known(entry.key)) continue;
      fail_unknown(entry, known);
      explained = true;
    }
    if (!explained) {
      reading_.fail(map_.at, fmt::format("{} needs {}", name_, in_words(alternatives)));
    }
  }

  void one_word_of(std::string_view key, const std::vector<Alternative>& alternatives) override {
    known_.push_back(key);
    const YamlNode* value = map_.find(key);
    const bool is_word = value != nullptr && value->kind == YamlNode::Kind::scalar;
    const Alternative* chosen = is_word ? find(alternatives, value->text) : nullptr;
    if (chosen != nullptr) {
      name_ = fmt::format("{}: {}", key, chosen->word);
      return chosen->fields(*this, true);
    }
    undecided_ = true;
    if (value == nullptr) {
      reading_.fail(map_.at, fmt::format("{} needs '{}'", name_, key));
    } else {
      const std::string near = is_word ? did_you_mean(value->text, words_of(alternatives)) : "";
      reading_.refuse(*value, in_words(alternatives), near);
    }
  }

  void check(bool holds, std::initializer_list<std::string_view> keys,
             const std::string& message) override {
    if (!holds) broken_.push_back({keys, message});
  }

  Reading* reading() override { return &reading_; }
  Position at() const override { return map_.at; }
  bool has(std::string_view key) const override { return map_.find(key) != nullptr; }

  // After the fields: what nobody asked for, what nobody gave, what does not hold. One mistake is
  // reported once: not again as what follows from it.
  void finish() {
    if (undecided_) return;
    for (const YamlNode& entry : map_.children) {
      if (!is_known(entry.key)) wrong_.push_back(fail_unknown(entry, known_));
    }
    for (const std::string_view key : missing_) {
      if (!is_wrong(key)) reading_.fail(map_.at, fmt::format("{} needs '{}'", name_, key));
    }
    for (const Broken& check : broken_) {
      report(check);
    }
  }

 private:
  static const Alternative* find(const std::vector<Alternative>& alternatives,
                                 std::string_view word) {
    const auto a = std::find_if(alternatives.begin(), alternatives.end(),
                                [&](const Alternative& one) { return one.word == word; });
    return a == alternatives.end() ? nullptr : &*a;
  }

  struct Broken {
    std::vector<std::string_view> keys;
    std::string message;
  };

  void report(const Broken& check) {
    Position where = map_.at;
    bool placed = false;
    for (const std::string_view key : check.keys) {
      if (is_wrong(key)) return;
      const YamlNode* entry = map_.find(key);
      if (entry == nullptr || placed) continue;
      where = entry->key_at;
      placed = true;
    }
    reading_.fail(where, check.message);
  }

  bool is_wrong(std::string_view key) const {
    return std::find(wrong_.begin(), wrong_.end(), key) != wrong_.end();
  }
  bool is_known(std::string_view key) const {
    return std::find(known_.begin(), known_.end(), key) != known_.end();
  }

  bool take(std::string_view key, const Value& value) {
    known_.push_back(key);
    const YamlNode* entry = map_.find(key);
    if (entry == nullptr) return false;
    const std::size_t errors = reading_.errors.size();
    value.read(*entry, reading_);
    if (reading_.errors.size() != errors) wrong_.push_back(key);
    return true;
  }

  std::string_view fail_unknown(const YamlNode& entry, const std::vector<std::string_view>& known) {
    reading_.fail(entry.key_at, fmt::format("unknown key '{}' in {}{}", shown(entry.key), name_,
                                            did_you_mean(entry.key, known)));
    return nearest(entry.key, known);
  }

  std::string name_;
  const YamlNode& map_;
  Reading& reading_;
  std::vector<std::string_view> known_;
  std::vector<std::string_view> missing_;  // required, and not there
  std::vector<std::string_view> wrong_;    // with a wrong value, or misspelled
  std::vector<Broken> broken_;
  bool undecided_ = false;  // what else belongs here can't be told
};

class WriteForm : public Form {
 public:
  void required(std::string_view key, const Value& value) override {
    if (auto node = value.write()) add(key, *std::move(node));
  }
  void optional(std::string_view key, const Value& value) override { required(key, value); }

  void one_key_of(std::string_view /*group*/,
                  const std::vector<Alternative>& alternatives) override {
    for (const Alternative& a : alternatives) {
      if (a.chosen) a.fields(*this, false);
    }
  }
  void one_word_of(std::string_view key, const std::vector<Alternative>& alternatives) override {
    for (const Alternative& a : alternatives) {
      if (!a.chosen) continue;
      add(key, YamlNode{.kind = YamlNode::Kind::scalar, .text = std::string(a.word)});
      a.fields(*this, false);
    }
  }

  bool writing() const override { return true; }
  YamlNode take() { return std::move(map_); }

 private:
  void add(std::string_view key, YamlNode node) {
    node.key = key;
    map_.children.push_back(std::move(node));
  }

  YamlNode map_{.kind = YamlNode::Kind::map};
};

class ListForm : public Form {
 public:
  ListForm(std::string name, Listing& listing) : name_(std::move(name)), listing_(listing) {}

  void required(std::string_view key, const Value& value) override { add(key, value, "required"); }
  void optional(std::string_view key, const Value& value) override {
    const auto fallback = value.list ? std::nullopt : value.write();
    add(key, value, fallback ? write_inline(*fallback) : "");
  }
  void one_key_of(std::string_view group, const std::vector<Alternative>& alternatives) override {
    const std::string inner_name(group);
    if (!listing_.maps.insert(inner_name).second) return;
    ListForm inner(inner_name, listing_);
    for (const Alternative& a : alternatives) {
      a.fields(inner, true);
    }
  }
  void one_word_of(std::string_view key, const std::vector<Alternative>& alternatives) override {
    listing_.words.push_back({name_, std::string(key), in_words(alternatives), "required"});
    for (const Alternative& a : alternatives) {
      ListForm inner(fmt::format("{}: {}", key, a.word), listing_);
      a.fields(inner, true);
    }
  }

 private:
  void add(std::string_view key, const Value& value, std::string fallback) {
    listing_.words.push_back({name_, std::string(key), value.expected, std::move(fallback)});
    if (value.list) value.list(listing_);
  }

  std::string name_;
  Listing& listing_;
};

}  // namespace

void Reading::fail(Position at, std::string message) {
  errors.push_back({file, at, std::move(message)});
}

void Reading::refuse(const YamlNode& node, std::string_view expected, std::string_view hint) {
  fail(node.at, fmt::format("expected {}, found {}{}", expected, found(node), hint));
}

Value map(const std::string& name, const std::function<void(Form&)>& fields) {
  Value value{.expected = "a map"};
  value.read = [name, fields](const YamlNode& node, Reading& reading) {
    if (node.kind != YamlNode::Kind::map) {
      return reading.refuse(node, fmt::format("a map for {}", name));
    }
    ReadForm form(name, node, reading);
    fields(form);
    form.finish();
  };
  value.write = [fields] {
    WriteForm form;
    fields(form);
    return form.take();
  };
  value.list = [name, fields](Listing& listing) {
    if (!listing.maps.insert(name).second) return;
    ListForm form(name, listing);
    fields(form);
  };
  return value;
}

}  // namespace scenario
