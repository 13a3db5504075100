// The small texts of a model folder (configurations, vocabularies).
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace able::models {

// Of one file, and of all the texts of a folder. The largest in use, tokenizer.json, has 3.6 MB.
inline constexpr std::size_t text_file_limit = 16U << 20U;
inline constexpr std::size_t text_total_limit = 96U << 20U;

// Reads a regular file of at most `limit` bytes. Throws ModelError: ABLE_NOT_FOUND, or ABLE_BAD_FILE if it is larger.
std::string read_text_file(const std::filesystem::path &file, std::size_t limit = text_file_limit);

// The file behind `file` with all links resolved, which must lie below one of `boundaries` (themselves resolved).
// Throws ModelError: ABLE_NOT_FOUND for a dangling link, ABLE_BAD_FILE for one that leads out.
std::filesystem::path resolve_inside(const std::filesystem::path &file,
                                     const std::vector<std::filesystem::path> &boundaries);

// Every .json and .txt file of a model folder's root and of the folders directly in it, by relative path with '/'
// ("unet/config.json"). Indices of sharded weights are left out. Throws ModelError as above for the root and for Stable
// Diffusion's folders; what cannot be read of any other is left out.
std::map<std::string, std::string, std::less<>> read_folder_texts(const std::filesystem::path &model_folder,
                                                                  const std::vector<std::filesystem::path> &boundaries);

} // namespace able::models
