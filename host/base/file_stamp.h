// Tells one state of a file from another without reading it.
#pragma once

#include <filesystem>
#include <string>

namespace able::base {

// Changes when the file is replaced or written: inode, size and modification time. Empty if it is gone or not a regular
// file.
std::string file_stamp(const std::filesystem::path &path);

} // namespace able::base
