// JSON as Python's json module writes it.
#pragma once

#include <string>
#include <string_view>

namespace able::text {

// NaN, Infinity and -Infinity outside of strings, which no JSON parser takes, as null. diffusers saves such numbers:
// "lambda_min_clipped": -Infinity.
std::string without_python_numbers(std::string_view json);

} // namespace able::text
