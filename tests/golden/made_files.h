// Made models as files, as a user has them.
#pragma once

#include "made_model.h"

#include <filesystem>

namespace able::golden {

// The source's tensors whose names begin with `prefix`, without it, as a safetensors file.
void write_safetensors(const able_source *source, const std::string &prefix, const std::filesystem::path &file);

// A folder in the diffusers layout: the tensors of each component in a file of its own, and the texts.
void write_folder(MadeSource &source, const std::filesystem::path &folder);

} // namespace able::golden
