// What was changed while the server ran: a file of its own beside the configuration, read after it. The server writes
// it, so that nobody's own file is ever rewritten.
#pragma once

#include "load.h"

#include <filesystem>
#include <string>

namespace able::config {

// "config.changed.yaml" beside "config.yaml"; without a configuration file, in the user's folder of configuration.
// Empty if there is no such folder.
std::filesystem::path changes_file(const LoadOptions &options, const std::optional<std::filesystem::path> &file);

// What the file is to hold: the keys in `loaded.changed`, with the values in force.
std::string changes_text(const Loaded &loaded);

} // namespace able::config
