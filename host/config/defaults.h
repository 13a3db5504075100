// Defaults that depend on the user's environment: the folders.
#pragma once

#include "config.h"
#include "environment.h"

namespace able::config {

// Fills in what is empty: the XDG folders, the hub cache, the job store. Throws ConfigError if a folder is needed and
// neither HOME nor the XDG variable tells it.
void fill_defaults(Config &config, const Environment &environment);

} // namespace able::config
