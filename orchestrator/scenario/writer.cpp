// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/scenario/writer.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "orchestrator/scenario/language.h"

namespace scenario {
namespace {

constexpr std::size_t kColumns = 100;

bool is_word_of_yaml(std::string_view text) {
  std::string lower;
  for (const char c : text) {
    lower += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  constexpr std::string_view kWords[] = {"null", "true", "false", "yes", "no", "on", "off"};
  return std::find(std::begin(kWords), std::end(kWords), lower) != std::end(kWords);
}

// Whether a text means itself without quotes; inside of [] and {} a comma does not.
bool is_plain(std::string_view text, bool in_flow) {
  const auto letter = [](char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; };
  if (text.empty() || !letter(text.front()) || text.back() == ' ' || is_word_of_yaml(text)) {
    return false;
  }
  return std::all_of(text.begin(), text.end(), [&](char c) {
    const bool digit = c >= '0' && c <= '9';
    const bool harmless = std::string_view(" _-+./;()'").find(c) != std::string_view::npos;
    return letter(c) || digit || harmless || (c == ',' && !in_flow);
  });
}

std::string quoted(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      result += '\\';
      result += c;
    } else if (c == '\n') {
      result += "\\n";
    } else if (byte < 0x20U || byte == 0x7FU) {
      result += fmt::format("\\x{:02x}", byte);
    } else {
      result += c;
    }
  }
  return result + '"';
}

std::string scalar_text(const YamlNode& node, bool in_flow) {
  return node.quoted && !is_plain(node.text, in_flow) ? quoted(node.text) : node.text;
}

// A list of maps, steps above all, has a line for each, however short.
bool lists_maps(const YamlNode& node) {
  return std::any_of(node.children.begin(), node.children.end(), [&](const YamlNode& child) {
    const bool listed = node.kind == YamlNode::Kind::sequence && child.kind == YamlNode::Kind::map;
    return listed || lists_maps(child);
  });
}

class Printer {
 public:
  void map(const YamlNode& map, std::size_t indent) {
    for (const YamlNode& entry : map.children) {
      text_.append(indent, ' ');
      this->entry(entry, indent);
    }
  }

  std::string take() { return std::move(text_); }

 private:
  // At the column where the key stands; ends the line.
  void entry(const YamlNode& entry, std::size_t indent) {
    const bool scalar = entry.kind == YamlNode::Kind::scalar;
    const std::string line =
        fmt::format("{}: {}", entry.key, scalar ? scalar_text(entry, false) : write_inline(entry));
    if (scalar || (!lists_maps(entry) && indent + line.size() <= kColumns)) {
      text_ += line + '\n';
      return;
    }
    text_ += entry.key + ":\n";
    if (entry.kind == YamlNode::Kind::map) return map(entry, indent + 2);
    for (const YamlNode& item : entry.children) {
      this->item(item, indent + 2);
    }
  }

  void item(const YamlNode& item, std::size_t indent) {
    text_.append(indent, ' ') += "- ";
    const std::string line = write_inline(item);
    const bool is_map = item.kind == YamlNode::Kind::map;
    const bool fits = !lists_maps(item) && indent + 2 + line.size() <= kColumns;
    if (!is_map || (fits && item.children.size() > 1)) {
      text_ += line + '\n';
      return;
    }
    for (std::size_t i = 0; i < item.children.size(); ++i) {
      if (i > 0) text_.append(indent + 2, ' ');
      entry(item.children[i], indent + 2);
    }
  }

  std::string text_;
};

YamlNode tree_of(const Scenario& scenario) {
  Scenario copy = scenario;  // the language is bound to places that reading fills
  return *scenario_value(copy).write();
}

}  // namespace

std::string write_scenario(const Scenario& scenario) {
  Printer printer;
  printer.map(tree_of(scenario), 0);
  return printer.take();
}

std::string write_inline(const YamlNode& node) {
  std::string result;
  switch (node.kind) {
    case YamlNode::Kind::nothing:
      return "~";
    case YamlNode::Kind::scalar:
      return scalar_text(node, true);
    case YamlNode::Kind::sequence:
      for (const YamlNode& item : node.children) {
        result += (result.empty() ? "" : ", ") + write_inline(item);
      }
      return '[' + result + ']';
    case YamlNode::Kind::map:
      for (const YamlNode& entry : node.children) {
        result +=
            fmt::format("{}{}: {}", result.empty() ? "" : ", ", entry.key, write_inline(entry));
      }
      return '{' + result + '}';
  }
  return result;
}

}  // namespace scenario
