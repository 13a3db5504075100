#pragma once

#include <algorithm>
#include <vector>

namespace able::bench {

// Of one value at least.
inline double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

} // namespace able::bench
