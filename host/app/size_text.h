// A number of bytes for people.
#pragma once

#include <cstdint>
#include <string>

namespace able::app {

// "3.9 GiB", "812 KiB", "17 B".
std::string size_text(std::uint64_t bytes);

} // namespace able::app
