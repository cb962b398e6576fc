// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/verify/linearizability/read_history.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <memory>
#include <system_error>
#include <utility>

#include "orchestrator/verify/linearizability/history_builder.h"
#include "orchestrator/verify/linearizability/parse_edn.h"
#include "orchestrator/verify/linearizability/parse_json.h"

namespace linearizability {
namespace {

constexpr std::array<const char*, 3> kModels = {"register", "cas", "kv"};
constexpr std::string_view kSpace = " \t\r\n";
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// EDN's maps have keywords where JSON's objects have texts.
bool is_json(std::string_view text) {
  const std::size_t brace = text.find_first_not_of(kSpace);
  if (brace == text.npos || text[brace] != '{') return false;
  const std::size_t name = text.find_first_not_of(kSpace, brace + 1);
  return name != text.npos && text[name] == '"';
}

std::string at(std::string_view name, const Problem& problem) {
  std::string text(name);
  return text.append(":").append(std::to_string(problem.line)).append(": ").append(problem.what);
}

}  // namespace

const char* name_of(Model model) {
  return kModels.at(static_cast<std::size_t>(model));
}

std::optional<Model> model_from(std::string_view name) {
  for (std::size_t i = 0; i < kModels.size(); ++i) {
    if (name == kModels.at(i)) return static_cast<Model>(i);
  }
  return std::nullopt;
}

ReadHistory read_history(std::string_view text, std::string_view name, Model model) {
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  HistoryBuilder builder(model);
  const auto problem = is_json(text) ? parse_json(text, builder) : parse_edn(text, builder);
  ReadHistory read;
  read.history = builder.finish(read.left_out);
  if (problem) read.error = at(name, *problem);
  return read;
}

ReadHistory read_history_file(const std::filesystem::path& path, Model model) {
  const auto unreadable = [&](const std::string& why) {
    ReadHistory read;
    read.error = path.string() + ": " + why;
    return read;
  };
  if (std::error_code none; std::filesystem::is_directory(path, none)) {
    return unreadable("is a folder");
  }
  std::ifstream in(path, std::ios::binary | std::ios::ate);
  if (!in) return unreadable(std::strerror(errno));
  const std::streamoff size = in.tellg();
  if (size < 0) return unreadable("is no file of a known size");
  const auto text = std::make_unique_for_overwrite<char[]>(static_cast<std::size_t>(size));
  in.seekg(0);
  in.read(text.get(), size);
  if (!in) return unreadable("can't be read to its end");
  return read_history({text.get(), static_cast<std::size_t>(size)}, path.string(), model);
}

}  // namespace linearizability
