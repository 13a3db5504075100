// Whether a file is a plugin at all, told from its symbol table: none of its code runs.
#pragma once

#include <filesystem>

namespace able::plugins {

// Throws PluginError if `file` is no shared library, or one that does not export the entry of a plugin.
void require_entry_symbol(const std::filesystem::path &file);

} // namespace able::plugins
