// Text files as people save them: every reader of such a file takes its bytes through here.
#pragma once

#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>

namespace able::base {

// what() names the file, the line where there is one, and what to do.
class TextFileError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

// A file's bytes as UTF-8 whose lines end in \n. Taken are UTF-8 and UTF-16 of both byte orders, with or without a
// byte order mark, and line ends of Windows and of old Macs. Throws TextFileError, with `file` and the line, for
// anything else: Latin-1 and Windows' code pages look alike, so none of them is guessed.
std::string text_of_bytes(std::string_view bytes, const std::string &file);

// The same for a file of at most `limit` bytes. Throws TextFileError also where it cannot be read.
std::string read_text_file(const std::filesystem::path &file, std::uintmax_t limit);

} // namespace able::base
