// The program's own file, to start workers with and to find the bundled plugins by.
#pragma once

#include <filesystem>

namespace able::app {

// Throws std::filesystem::filesystem_error where the system does not tell.
std::filesystem::path executable_path();

} // namespace able::app
