// The configuration as text: the default file, what is in force, and the reference.
#pragma once

#include "keys.h"
#include "load.h"

#include <string>

namespace able::config {

// The commented default file: every key with its help, range and default, commented out. Loading it gives the defaults.
std::string default_file();

// The configuration in force as YAML, each line with a comment that says where the value came from. Secrets are
// counted, not shown.
std::string show(const Loaded &loaded);

// A key's value as YAML, as show() has it: of a secret only how many there are.
std::string shown_value(const Key &key, const Config &config);

// A Markdown table of all keys, one section a heading, for docs/configuration.md.
std::string reference();

} // namespace able::config
