// The closest known word to a misspelt one, for "did you mean". Ours: no library that this program links has an edit
// distance.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace able::base {

// The candidate with the smallest edit distance to `word`; empty if none is close enough to be meant.
std::string nearest(std::string_view word, const std::vector<std::string> &candidates);

} // namespace able::base
