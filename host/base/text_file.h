// Text files as people save them. Every reader of a user's text file gets its bytes from here.
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

// A file's bytes as UTF-8 whose lines end in \n. Accepts UTF-8 and UTF-16 of both byte orders, with or without a byte
// order mark, and the line ends of Windows and of old Macs. Throws TextFileError, with `file` and the line, for any
// other encoding: Latin-1 and the Windows code pages look alike, so guessing between them would garble text.
std::string text_of_bytes(std::string_view bytes, const std::string &file);

// The same for a file of at most `limit` bytes. Also throws TextFileError if the file cannot be read.
std::string read_text_file(const std::filesystem::path &file, std::uintmax_t limit);

} // namespace able::base
