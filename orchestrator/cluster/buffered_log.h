// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>

#include "orchestrator/cluster/harness_error.h"
#include "proxy/edge/descriptor.h"

namespace cluster {

// A log that is written in large pieces: for what is simulated in this process, and so can't be
// killed before its buffer is written. Throws HarnessError naming the file.
class BufferedLog {
 public:
  explicit BufferedLog(const std::filesystem::path& path) try : file_(path.string()) {
  } catch (const std::system_error& error) {
    throw HarnessError(error.what());
  }

  void append(std::string_view lines) {
    buffer_ += lines;
    if (buffer_.size() >= kBuffer) flush();
  }

  void flush() try {
    file_.append(buffer_);
    buffer_.clear();
  } catch (const std::system_error& error) {
    throw HarnessError(error.what());
  }

 private:
  static constexpr std::size_t kBuffer = 1 << 18;  // bytes

  proxy::AppendFile file_;
  std::string buffer_;
};

}  // namespace cluster
