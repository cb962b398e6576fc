// SPDX-License-Identifier: Apache-2.0
#include "tests/format/style.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace style {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::string kLicence = "// SPDX-License-Identifier: Apache-2.0\n";
const std::string kHeader = kLicence + "#pragma once\n";

// "line: what" of each offence.
std::vector<std::string> found(std::string_view path, std::string_view text,
                               const std::vector<Allowance>& allowed = {}) {
  std::vector<std::string> all;
  for (const Offence& o : offences(path, text, allowed)) {
    all.push_back(fmt::format("{}: {}", o.line, o.what));
  }
  return all;
}

TEST(Style, a_clean_file_offends_nobody) {
  EXPECT_THAT(found("raft/log.h", kHeader + "#include <vector>\n#include \"raft/types.h\"\n"),
              IsEmpty());
  EXPECT_THAT(found("tests/run.sh", "#!/bin/sh\n# SPDX-License-Identifier: Apache-2.0\n"),
              IsEmpty());
}

TEST(Style, every_source_file_names_its_licence_first) {
  EXPECT_THAT(found("node/a.cpp", "int a;\n"), ElementsAre(HasSubstr("1: not '// SPDX")));
  EXPECT_THAT(found("node/a.cpp", ""), ElementsAre(HasSubstr("1: not '// SPDX")));
  EXPECT_THAT(found("tests/CMakeLists.txt", "if()\n"), ElementsAre(HasSubstr("1: not '# SPDX")));
  EXPECT_THAT(found("squall", "#!/bin/sh\nset -e\n"), ElementsAre(HasSubstr("2: not '# SPDX")));
}

TEST(Style, files_and_lines_are_short) {
  std::string text = kLicence;
  for (int i = 1; i < 600; ++i)
    text += "\n";
  EXPECT_THAT(found("node/a.cpp", text), IsEmpty());
  EXPECT_THAT(found("node/a.cpp", text + "\n"), ElementsAre("601: more than 600 lines"));

  EXPECT_THAT(found("node/a.cpp", kLicence + std::string(100, 'a') + "\n"), IsEmpty());
  EXPECT_THAT(found("node/a.cpp", kLicence + std::string(101, 'a') + "\n"),
              ElementsAre("2: more than 100 columns"));
  EXPECT_THAT(found("node/a.cpp", kLicence + std::string(99, 'a') + "\u2265\n"), IsEmpty());
}

TEST(Style, nothing_is_left_unfinished) {
  for (const std::string word : {"TODO", "FIXME", "XXX", "HACK"}) {
    EXPECT_THAT(found("README.md", "a\n" + word + ": later\n"), ElementsAre(HasSubstr("2: '")));
    EXPECT_THAT(found("node/a.cpp", kLicence + "// " + word + "\n"), ElementsAre(HasSubstr("2: ")));
    EXPECT_THAT(found("node/a.cpp", kLicence + "/* " + word + " */\n"),
                ElementsAre(HasSubstr("2: ")));
    EXPECT_THAT(found("README.md", word + "S\n"), IsEmpty());
    EXPECT_THAT(found("node/a.cpp", kLicence + "say(\"" + word + "\");\n"), IsEmpty());
  }
}

TEST(Style, nothing_sleeps) {
  EXPECT_THAT(found("tests/a.cpp", kLicence + "std::this_thread::sleep_for(1s);\n"),
              ElementsAre(HasSubstr("2: 'sleep_for': wait for the event")));
  EXPECT_THAT(found("node/a.cpp", kLicence + "::sleep(1);\n"), ElementsAre(HasSubstr("2: ")));
  EXPECT_THAT(found("node/a.cpp", kLicence + "// sleep(1)\n"), IsEmpty());
  EXPECT_THAT(found("node/a.cpp", kLicence + "wake_sleep(1);\n"), IsEmpty());
}

TEST(Style, literals_are_not_code_and_hide_no_code) {
  EXPECT_THAT(found("node/a.cpp", kLicence + "say(\"ipc://a\"); usleep(1);"),
              ElementsAre(HasSubstr("2: 'usleep'")));
  EXPECT_THAT(found("node/a.cpp", kLicence + "say(\"\\\"usleep(1)\");"), IsEmpty());
  EXPECT_THAT(found("node/a.cpp", kLicence + "if (c == '\"') usleep(1);"),
              ElementsAre(HasSubstr("2: 'usleep'")));
}

TEST(Style, an_allowance_holds_for_its_file_and_must_be_needed) {
  const std::string text = kLicence + "usleep(1);\n";
  const std::vector<Allowance> allowed = {{"node/a.cpp", "usleep", "a reason"}};
  EXPECT_THAT(found("node/a.cpp", text, allowed), IsEmpty());
  EXPECT_THAT(found("node/b.cpp", text, allowed), ElementsAre(HasSubstr("2: 'usl")));
  EXPECT_THAT(found("node/a.cpp", kLicence, allowed), ElementsAre(HasSubstr("is not needed")));
}

TEST(Style, a_pure_part_knows_no_clock_thread_socket_or_chance) {
  for (const std::string code :
       {"steady_clock::now()", "std::random_device d;", "std::rand();", "#include <thread>",
        "std::mutex m;", "zmq::socket_t s;", "thread_local int a;", "std::getenv(\"A\")"}) {
    EXPECT_THAT(found("raft/a.cpp", kLicence + code + "\n"), ElementsAre(HasSubstr("2: ")));
    EXPECT_THAT(found("node/loop.cpp", kLicence + code + "\n"), IsEmpty());
  }
  EXPECT_THAT(found("raft/a.cpp", kLicence + "#include <fstream>\n"),
              ElementsAre(HasSubstr("2: ")));
}

TEST(Style, includes_point_one_way) {
  const auto include = [](std::string_view path, std::string_view header) {
    return found(path, kLicence + fmt::format("#include \"{}\"\n", header));
  };
  EXPECT_THAT(include("raft/a.cpp", "proxy/wire/envelope.h"), ElementsAre(HasSubstr("2: raft/")));
  EXPECT_THAT(include("raft/a.cpp", "types.h"), ElementsAre(HasSubstr("2: raft/")));
  EXPECT_THAT(include("proxy/a.cpp", "raft/types.h"), ElementsAre(HasSubstr("2: proxy/")));
  EXPECT_THAT(include("node/a.cpp", "proxy/relay.h"), ElementsAre(HasSubstr("2: node/")));
  EXPECT_THAT(include("node/a.cpp", "proxy/wire/envelope.h"), IsEmpty());
  EXPECT_THAT(include("node/a.cpp", "orchestrator/a.h"), ElementsAre(HasSubstr("2: node/")));
  EXPECT_THAT(include("orchestrator/a.cpp", "node/a.h"), IsEmpty());
  EXPECT_THAT(include("orchestrator/a.cpp", "tests/a.h"), ElementsAre(HasSubstr("2: orchestr")));
  EXPECT_THAT(include("tests/a.cpp", "orchestrator/a.h"), IsEmpty());
  EXPECT_THAT(found("raft/a.cpp", kLicence + "#include <fmt/format.h>\n"),
              ElementsAre(HasSubstr("2: raft/ includes only")));
}

TEST(Style, headers_are_cheap_and_guarded) {
  EXPECT_THAT(found("node/a.h", kLicence), ElementsAre("1: a header has '#pragma once'"));
  EXPECT_THAT(found("node/a.h", kHeader + "#include <nlohmann/json.hpp>\n"),
              ElementsAre(HasSubstr("3: <nlohmann/json.hpp>")));
  EXPECT_THAT(found("node/a.h", kHeader + "#include <nlohmann/json_fwd.hpp>\n"), IsEmpty());
  EXPECT_THAT(found("node/a.cpp", kLicence + "#include <nlohmann/json.hpp>\n"), IsEmpty());
  EXPECT_THAT(found("node/a.cpp", kLicence + "#include <ranges>\n"),
              ElementsAre(HasSubstr("clang 14")));
}

TEST(Style, files_are_named_in_snake_case) {
  EXPECT_THAT(found("node/WriteAhead.cpp", kLicence), ElementsAre(HasSubstr("snake_case")));
  EXPECT_THAT(found("node/write-ahead.cpp", kLicence), ElementsAre(HasSubstr("snake_case")));
  EXPECT_THAT(found("node/a.cc", kLicence), ElementsAre(HasSubstr("ends in .h or .cpp")));
}

// Calls visit(path relative to the root, absolute path) for every file of the tree.
template <class Visit>
void for_each_file(Visit visit) {
  namespace fs = std::filesystem;
  const fs::path root = SQUALL_SOURCE_DIR;
  const auto file = [&](const fs::directory_entry& entry) {
    if (entry.is_regular_file())
      visit(entry.path().lexically_relative(root).string(), entry.path());
  };
  for (const fs::directory_entry& entry : fs::directory_iterator(root))
    file(entry);
  for (const char* folder :
       {".ci", "docs", "node", "orchestrator", "proxy", "raft", "scenarios", "tests"}) {
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(root / folder)) {
      file(entry);
    }
  }
}

TEST(Style, the_tree_obeys) {
  for_each_file([](const std::string& path, const std::filesystem::path& file) {
    std::ifstream in(file);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    for (const Offence& o : offences(path, text, allowances())) {
      ADD_FAILURE() << path << ':' << o.line << ": " << o.what;
    }
  });
}

TEST(Style, every_part_that_a_rule_speaks_of_is_there) {
  std::vector<std::string> paths;
  for_each_file([&](const std::string& path, const auto&) { paths.push_back(path); });
  const auto is_there = [&](std::string_view prefix) {
    return std::any_of(paths.begin(), paths.end(),
                       [&](const std::string& path) { return path.starts_with(prefix); });
  };
  for (std::string_view part : pure_parts())
    EXPECT_TRUE(is_there(part)) << part;
  for (const Allowance& a : allowances()) {
    EXPECT_TRUE(is_there(a.path)) << a.path;
    EXPECT_FALSE(a.reason.empty()) << a.path;
  }
}

}  // namespace
}  // namespace style
