// What is wrong with a configuration, in words for the person who wrote it.
#pragma once

#include <stdexcept>

namespace able::config {

// what() has one line per problem; each names the place (file:line:column, variable or flag), the key and what is
// allowed.
class ConfigError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

} // namespace able::config
