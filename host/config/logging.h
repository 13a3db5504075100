// The log: standard error and, if asked for, a file that is rotated. One line an event, as key=value pairs.
#pragma once

#include "config.h"

#include <string>
#include <string_view>
#include <vector>

namespace able::config {

// Sets spdlog's default logger: `time=… level=… <message>`, control characters escaped, so that no event takes two
// lines whatever is in it. Throws ConfigError, naming logging.file, if the file cannot be written.
void set_up_logging(const Logging &logging);

// The last lines of the log since set_up_logging, oldest first, `most` at most; of the level that is logged.
std::vector<std::string> recent_log(std::size_t most);

// `text` as the value of a pair: as it is if it is one plain word, otherwise in double quotes.
std::string log_value(std::string_view text);

} // namespace able::config
