// The environment that workers and other children get: they run plugins, which have no business with the secrets that
// an operator keeps in variables, such as tokens.
#pragma once

#include <string>
#include <vector>

namespace able::base {

// "NAME=value" of the variables of `all` that a plugin or a library needs to compute: where programs and libraries lie,
// language, time zone, and the settings of libtorch, its libraries and the sanitizers.
std::vector<std::string> child_environment(const std::vector<std::string> &all);

} // namespace able::base
