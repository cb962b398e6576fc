// SPDX-License-Identifier: Apache-2.0
// A server's clock, which runs at a rate of its own.
#pragma once

#include "raft/types.h"

namespace raft::golden {

class Clock {
 public:
  Time now() const { return Time{hundredths_ / 100}; }
  // From now on it runs at so many hundredths of the true time.
  void run_at(std::int64_t percent) { percent_ = percent; }
  std::int64_t percent() const { return percent_; }
  // So much true time passes.
  void pass(Duration duration) { hundredths_ += duration.count() * percent_; }
  // How much true time passes until it shows `time`; none where it does already.
  Duration until(Time time) const {
    const std::int64_t left = time.count() * 100 - hundredths_;
    return left <= 0 ? Duration{} : Duration{(left + percent_ - 1) / percent_};
  }

 private:
  std::int64_t hundredths_ = 0;  // of a microsecond
  std::int64_t percent_ = 100;
};

}  // namespace raft::golden
