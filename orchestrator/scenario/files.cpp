// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/scenario/files.h"

#include <algorithm>
#include <system_error>

namespace scenario {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> in_folder(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code error;
  fs::recursive_directory_iterator entry(folder, error);
  while (!error && entry != fs::recursive_directory_iterator()) {
    if (entry->path().extension() == ".yaml" && !entry->is_directory(error)) {
      files.push_back(entry->path());
    }
    entry.increment(error);
  }
  if (error) return {folder};
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

std::vector<fs::path> scenario_files(const std::vector<std::string>& paths) {
  std::vector<fs::path> files;
  for (const std::string& path : paths) {
    std::error_code ignored;
    if (!fs::is_directory(path, ignored)) {
      files.emplace_back(path);
      continue;
    }
    for (fs::path& file : in_folder(path)) {
      files.push_back(std::move(file));
    }
  }
  return files;
}

}  // namespace scenario
