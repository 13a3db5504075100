// Tells one state of a model or a LoRA from another without opening a file of it.
#pragma once

#include <filesystem>
#include <string>

namespace able::server {

// Of a file: base::file_stamp. Of a folder in the diffusers layout: made of the names and stamps of all the files
// that a source may read. Empty if there is nothing.
std::string entry_stamp(const std::filesystem::path &path);

} // namespace able::server
