// The log: standard error and, if asked for, a file that is rotated. One line an event, as key=value pairs.
#pragma once

#include "config.h"

#include <string>
#include <string_view>

namespace able::config {

// Sets spdlog's default logger: `time=… level=… <message>`, control characters escaped, so that no event takes two
// lines whatever is in it. Throws ConfigError, naming logging.file, if the file cannot be written.
void set_up_logging(const Logging &logging);

// `text` as the value of a pair: as it is if it is one plain word, otherwise in double quotes.
std::string log_value(std::string_view text);

} // namespace able::config
