// SPDX-License-Identifier: Apache-2.0
// What someone meant who wrote a word that squall does not know.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace scenario {

// The one of `candidates` that means what `word` means to other tools, or else is spelled most like
// it; empty if none is near.
std::string_view nearest(std::string_view word, const std::vector<std::string_view>& candidates);

// "; did you mean 'x'?", or nothing.
std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& candidates);

}  // namespace scenario
