// The process environment as data, so that everything that reads it can be tested without it.
#pragma once

#include <filesystem>
#include <map>
#include <string>

namespace able::config {

using Environment = std::map<std::string, std::string>;

// A copy of this process's environment.
Environment process_environment();

// $HOME, else the home in the password database; empty if neither is known.
std::filesystem::path home_dir(const Environment &environment);

// The XDG base folder that `variable` names, such as XDG_DATA_HOME; `fallback`, relative to the home, if it is unset or
// not absolute. Empty if the home is needed and not known.
std::filesystem::path xdg_dir(const Environment &environment, const std::string &variable,
                              const std::filesystem::path &fallback);

// `path` with a leading ~ replaced by the home and made absolute against `working_dir`. Throws ConfigError for ~user
// and where the home is not known.
std::filesystem::path expand_path(const std::filesystem::path &path, const std::filesystem::path &working_dir,
                                  const Environment &environment);

} // namespace able::config
