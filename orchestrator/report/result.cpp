// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/report/result.h"

#include <fstream>
#include <sstream>
#include <stdexcept>
#include <system_error>

#include <fmt/format.h>

#include "orchestrator/report/excerpt.h"
#include "orchestrator/report/timeline.h"
#include "orchestrator/verify/fields.h"
#include "proxy/wire/json.h"

namespace report {
namespace {

using verify::CheckResult;
using verify::Verdict;

constexpr std::size_t kColumns = 80;
constexpr std::size_t kNameAt = 11;  // "  unknown  "
constexpr const char* kFileName = "result.json";

void add_check(proxy::JsonLine& line, const CheckResult& check) {
  line.begin_object()
      .field("name", check.name)
      .field("verdict", verify::name_of(check.verdict))
      .field("saw", check.saw)
      .field("message", check.message)
      .begin_array("lines");
  for (const verify::Where& where : check.lines) {
    line.begin_object()
        .field("file", verify::file_name(where.file))
        .field("line", where.line)
        .end_object();
  }
  line.end_array().end_object();
}

const char* word(Verdict verdict) {
  return verdict == Verdict::not_applicable ? "n/a" : verify::name_of(verdict);
}

const char* colour_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::pass:
      return "\x1b[32m";
    case Verdict::fail:
      return "\x1b[1;31m";
    case Verdict::unknown:
      return "\x1b[33m";
    case Verdict::not_applicable:
      return "\x1b[2m";
  }
  return "";
}

// A line's break in the text stays one.
std::string indented(std::string_view text, std::size_t indent) {
  std::string out;
  while (!text.empty()) {
    const std::string_view paragraph = text.substr(0, text.find('\n'));
    for (const std::string& line : wrapped_lines(paragraph, kColumns - indent))
      out += line.empty() ? "\n" : std::string(indent, ' ') + line + '\n';
    text.remove_prefix(std::min(text.size(), paragraph.size() + 1));
  }
  return out;
}

}  // namespace

std::string verdict_text(Verdict verdict, std::size_t width, bool colour) {
  const std::string text = fmt::format("{:<{}}", word(verdict), width);
  return colour ? fmt::format("{}{}\x1b[0m", colour_of(verdict), text) : text;
}

std::string result_json(const verify::Result& result) {
  std::string out;
  proxy::JsonLine line(out);
  line.field("verdict", verify::name_of(result.verdict)).begin_array("checks");
  for (const CheckResult& check : result.checks)
    add_check(line, check);
  line.end_array()
      .begin_object("numbers")
      .field("seconds", result.numbers.seconds)
      .field("peers", result.numbers.peers)
      .field("messages", result.numbers.messages)
      .field("bytes", result.numbers.bytes)
      .field("committed", result.numbers.committed)
      .end_object()
      .field("scenario", result.scenario)
      .field("seed", result.seed)
      .field("cluster", result.cluster)
      .field("run_again", result.run_again)
      .field("commit", result.commit);
  if (result.confirmation) {
    line.begin_object("on_processes")
        .field("confirmed", result.confirmation->confirmed)
        .field("runs", result.confirmation->runs)
        .end_object();
  }
  line.end_line();
  return out;
}

void write_result(const std::filesystem::path& folder, const verify::Result& result) {
  const std::filesystem::path path = folder / kFileName;
  const std::filesystem::path fresh = folder / ".result.json";
  std::ofstream out(fresh, std::ios::binary | std::ios::trunc);
  out << result_json(result);
  out.close();
  std::error_code error;
  if (out) std::filesystem::rename(fresh, path, error);
  if (!out || error) {
    throw std::runtime_error(fmt::format("can't write {}{}{}", path.string(), error ? ": " : "",
                                         error ? error.message() : ""));
  }
}

std::optional<ResultSummary> read_result(const std::filesystem::path& folder) {
  std::ifstream in(folder / kFileName, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  verify::JsonRecord record;
  if (!record.parse(text.str())) return std::nullopt;
  verify::Fields f(record.root());
  const auto verdict = verify::verdict_from(f.text("verdict"));
  ResultSummary summary;
  summary.scenario = f.text("scenario");
  summary.seed = f.number("seed");
  verify::Fields numbers(f.object("numbers"));
  summary.seconds = numbers.real("seconds");
  if (!verdict || !f.problem().empty() || !numbers.problem().empty()) return std::nullopt;
  summary.verdict = *verdict;
  return summary;
}

std::string checks_table(const verify::Result& result, const std::filesystem::path& folder,
                         bool colour) {
  std::size_t width = 0;
  for (const CheckResult& check : result.checks)
    width = std::max(width, check.name.size());
  const std::size_t saw_at = kNameAt + width + 2;
  std::string out;
  for (const CheckResult& check : result.checks) {
    const auto saw = wrapped_lines(check.saw, kColumns - std::min(saw_at, kColumns / 2));
    out += fmt::format("  {}  {:<{}}{}\n", verdict_text(check.verdict, 7, colour), check.name,
                       check.saw.empty() ? 0 : width + 2, saw.front());
    for (std::size_t i = 1; i < saw.size(); ++i)
      out += std::string(saw_at, ' ') + saw[i] + '\n';
    if (!check.message.empty()) out += indented(check.message, kNameAt);
    if (!check.lines.empty() && !folder.empty()) out += excerpts(folder, check);
  }
  return out;
}

}  // namespace report
