// What a file exports, and whether it is a plugin at all, told from its symbol table: none of its code runs.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace able::plugins {

// Throws PluginError if `file` is no shared library, or one that does not export the entry of a plugin.
void require_entry_symbol(const std::filesystem::path &file);

// What `file` offers to other libraries: its functions and objects, sorted. Throws PluginError if it is no shared
// library.
std::vector<std::string> exported_symbols(const std::filesystem::path &file);

} // namespace able::plugins
