// Whether what a plugin says of itself is fit to be shown, typed and recorded.
#pragma once

#include "host/plugins/describe/description.h"

#include <string>
#include <vector>

namespace able::validate {

// What is wrong with it, a sentence each; nothing if all is well. `bundled` plugins may have the project's ids.
std::vector<std::string> description_problems(const plugins::PluginDescription &plugin, bool bundled);

} // namespace able::validate
