// SPDX-License-Identifier: Apache-2.0
// A run's folder, written line by line by a test.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "orchestrator/verify/judge.h"
#include "orchestrator/verify/verdict.h"
#include "tests/unit/orchestrator/verify/node_script.h"

namespace verify {

class RunFolder {
 public:
  RunFolder();
  RunFolder(const RunFolder&) = delete;
  RunFolder& operator=(const RunFolder&) = delete;
  ~RunFolder();

  NodeScript& node(unsigned number);
  RunFolder& fault(const std::string& event, const std::string& fields = {});
  RunFolder& network(const std::string& event, const std::string& fields = {});
  // "ok c1/7 get k1", then more fields as JSON.
  RunFolder& history(const std::string& what, const std::string& fields = {});

  RunFolder& history_bytes(const std::string& text);

  // Writes the files. May be called again after more lines.
  const std::filesystem::path& write() const;
  // The result of one check over what was written so far.
  CheckResult check(const std::string& name) const;
  Result judge() const;

  // So much time goes by before the next line.
  void pass(unsigned milliseconds) { clock_ += milliseconds; }
  // The next line's `"time":...,"mono_us":...`.
  std::string stamp();

  // The folder as it stands, changed by the test since it was written.
  const std::filesystem::path& write_nothing() const { return path_; }

 private:
  std::string last_ends() const;
  std::filesystem::path path_;
  std::vector<NodeScript> nodes_;
  std::string faults_;
  std::string network_;
  std::string history_;
  unsigned clock_ = 0;
};

// All but those that ask whether the digests are true ones: a script's are made up.
std::vector<std::string> checks_of_scripts();

// Three nodes: n1 leads term 1, three commands of two clients are committed and applied by all, n3
// is killed and comes back, all converge. Every check of checks_of_scripts()
// passes.
void tell_healthy_run(RunFolder& run);

}  // namespace verify
