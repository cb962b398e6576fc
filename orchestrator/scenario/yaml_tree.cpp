// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/scenario/yaml_tree.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <map>
#include <memory>
#include <sstream>

#include <fmt/format.h>
#include <sys/stat.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include "orchestrator/scenario/text_check.h"

namespace scenario {
namespace {

// Thrown out of the parser where going on would only report consequences.
struct Stop {};

// Builds the tree from the parser's events. yaml-cpp's own tree keeps duplicate keys, shares
// aliased nodes (even cyclically) and forgets where it was; its events have all of it.
class Builder : public YAML::EventHandler {
 public:
  Builder(const SourceText& source, std::string_view file, Document& document)
      : source_(source), file_(file), document_(document) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ == 1) return;
    const bool marked = source_.rest(offset(mark)).starts_with("---");
    fail(mark, marked ? "a second document: a file is one scenario"
                      : "this does not belong to what stands above it: check the indentation");
    throw Stop{};
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t) override {
    add(mark, YamlNode{.at = at(mark)});
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    fail(mark, "an alias ('*'): scenarios have none, write it out");
    add(mark, YamlNode{.at = at(mark)});
  }

  void OnAnchor(const YAML::Mark& mark, const std::string& name) override {
    fail(mark, fmt::format("an anchor ('&{}'): scenarios have none", name));
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                const std::string& value) override {
    const std::string_view rest = source_.rest(offset(mark));
    const char first = rest.empty() ? '\0' : rest.front();
    // yaml-cpp gives what is quoted or a block the tag "!", as if it had been written.
    const bool quoted = tag == "!" && first != '!';
    if (!quoted) refuse_tag(mark, tag);
    if (quoted && (first == '"' || first == '\'') && !closes_on_its_line(rest)) {
      fail(mark, "this quote is not closed on its line");
      throw Stop{};
    }
    add(mark,
        YamlNode{.kind = YamlNode::Kind::scalar, .at = at(mark), .text = value, .quoted = quoted});
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                       YAML::EmitterStyle::value style) override {
    open(mark, tag, style, YamlNode::Kind::sequence);
  }
  void OnSequenceEnd() override { close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                  YAML::EmitterStyle::value style) override {
    open(mark, tag, style, YamlNode::Kind::map);
  }
  void OnMapEnd() override { close(); }

  // What the parser itself refused.
  void refused(const YAML::Exception& error) {
    const std::string_view what = error.msg;
    const bool unclosed = what.ends_with("flow not found");
    if (unclosed && !open_.empty() && open_.back().flow) {
      const bool list = open_.back().node.kind == YamlNode::Kind::sequence;
      document_.errors.push_back(
          {std::string(file_), open_.back().node.at,
           fmt::format("the {0} that opens here is not closed: a ',' or '{1}' is missing",
                       list ? "list" : "map", list ? ']' : '}')});
      return;
    }
    fail(error.mark, in_our_words(what));
  }

  std::size_t documents() const { return documents_; }

 private:
  // A map or list that is being read, and the key that waits for its value.
  struct Level {
    YamlNode node;
    bool flow = false;
    bool is_key = false;
    std::map<std::string, int> keys = {};  // so far, with their lines
    bool has_key = false;
    bool is_new = false;
    std::string key = {};
    Position key_at = {};
  };

  static std::string in_our_words(std::string_view what) {
    struct Words {
      std::string_view theirs, ours;
    };
    static constexpr Words kWords[] = {
        {"illegal map value", "a ':' is out of place here: quote a text that has one"},
        {"end of map not found", "this does not fit in the map around it: check the indentation"},
        {"end of sequence not found",
         "this does not fit in the list around it: check the indentation"},
        {"illegal block entry", "a '-' is out of place here: a list starts on a line of its own"},
        {"illegal flow end", "this does not close what is open here"},
        {"unknown token", "a text can't start with this character: quote it"},
        {"the referenced anchor is not defined", "an alias ('*'): scenarios have none"},
    };
    for (const Words& words : kWords) {
      if (what == words.theirs) return std::string(words.ours);
    }
    return fmt::format("not YAML: {}", what);
  }

  std::size_t offset(const YAML::Mark& mark) const {
    return mark.pos < 0 ? 0 : static_cast<std::size_t>(mark.pos);
  }
  Position at(const YAML::Mark& mark) const { return source_.position(offset(mark)); }

  void fail(const YAML::Mark& mark, std::string message) {
    document_.errors.push_back({std::string(file_), at(mark), std::move(message)});
  }

  void refuse_tag(const YAML::Mark& mark, const std::string& tag) {
    if (tag.empty() || tag == "?") return;
    fail(mark, "a tag ('!'): scenarios have none");
  }

  void open(const YAML::Mark& mark, const std::string& tag, YAML::EmitterStyle::value style,
            YamlNode::Kind kind) {
    refuse_tag(mark, tag);
    if (open_.size() == kMaxDepth) {
      fail(mark, fmt::format("nested more than {} deep", kMaxDepth));
      throw Stop{};
    }
    open_.push_back({.node = {.kind = kind, .at = at(mark)},
                     .flow = style == YAML::EmitterStyle::Flow,
                     .is_key = expects_key()});
  }

  void close() {
    YamlNode node = std::move(open_.back().node);
    // Said no earlier, since yaml-cpp takes an unclosed '{' for such a key, too.
    if (open_.back().is_key) {
      document_.errors.push_back({std::string(file_), node.at, "a key must be a word"});
      throw Stop{};
    }
    open_.pop_back();
    put(std::move(node));
  }

  bool expects_key() const {
    return !open_.empty() && open_.back().node.kind == YamlNode::Kind::map && !open_.back().has_key;
  }

  void add(const YAML::Mark& mark, YamlNode node) {
    if (!expects_key()) return put(std::move(node));
    Level& level = open_.back();
    if (node.kind != YamlNode::Kind::scalar) fail(mark, "a key must be a word");
    if (node.text == "<<" && !node.quoted) fail(mark, "a merge key ('<<'): scenarios have none");
    const auto [first, is_new] = level.keys.emplace(node.text, node.at.line);
    if (!is_new) {
      fail(mark, fmt::format("key '{}' a second time; the first is in line {}", shown(node.text),
                             first->second));
    }
    level.has_key = true;
    level.is_new = is_new;
    level.key = std::move(node.text);
    level.key_at = node.at;
  }

  void put(YamlNode node) {
    if (open_.empty()) {
      document_.root = std::move(node);
      return;
    }
    Level& level = open_.back();
    if (level.node.kind == YamlNode::Kind::sequence) {
      level.node.children.push_back(std::move(node));
      return;
    }
    level.has_key = false;
    if (level.is_new) {
      node.key = std::move(level.key);
      node.key_at = level.key_at;
      if (node.kind == YamlNode::Kind::nothing) node.at = node.key_at;
      level.node.children.push_back(std::move(node));
    }
  }

  const SourceText& source_;
  std::string_view file_;
  Document& document_;
  std::size_t documents_ = 0;
  std::vector<Level> open_;
};

Document failed(std::string_view file, std::string message) {
  return {.errors = {{std::string(file), {1, 1}, std::move(message)}}};
}

}  // namespace

std::string Error::text() const {
  return fmt::format("{}:{}:{}: {}", file, at.line, at.column, message);
}

const YamlNode* YamlNode::find(std::string_view child) const {
  const auto at_child = std::find_if(children.begin(), children.end(),
                                     [&](const YamlNode& node) { return node.key == child; });
  return at_child == children.end() ? nullptr : &*at_child;
}

Document parse_yaml(std::string_view text, std::string_view file) {
  if (text.size() > kMaxFileBytes) {
    return failed(file, fmt::format("larger than {} MiB", kMaxFileBytes >> 20));
  }
  const SourceText source(text);
  Document document;
  if (const auto problem = source.problem()) {
    document.errors.push_back({std::string(file), problem->at, problem->message});
    return document;
  }
  Builder builder(source, file, document);
  try {
    // With a last line end yaml-cpp reports an open quote as a scalar, so that we see where it
    // began.
    std::istringstream stream{std::string(source.rest(0)) + '\n'};
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
    if (builder.documents() == 0) return failed(file, "empty: there is no scenario in it");
    document.complete = true;
  } catch (const Stop&) {
  } catch (const YAML::Exception& error) {
    builder.refused(error);
  }
  std::sort(document.errors.begin(), document.errors.end());
  return document;
}

Document parse_yaml_file(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) {
    return failed(path, fmt::format("can't be read: {}", std::strerror(errno)));
  }
  if (!S_ISREG(status.st_mode)) return failed(path, "not a file that can be read");
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"),
                                                             std::fclose);
  if (!file) return failed(path, fmt::format("can't be read: {}", std::strerror(errno)));
  // One byte more than is allowed shows that the file is too large, however large it is.
  std::string text(kMaxFileBytes + 1, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), file.get()));
  if (std::ferror(file.get()) != 0) {
    return failed(path, fmt::format("can't be read: {}", std::strerror(errno)));
  }
  return parse_yaml(text, path);
}

}  // namespace scenario
