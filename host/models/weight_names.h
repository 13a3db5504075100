// Names of weight files. Opens nothing, so the server may use it too.
#pragma once

#include <string_view>

namespace able::models {

// Whether a file's name says that it is read as weights: .safetensors, or a checkpoint that torch.save made (.ckpt,
// .pt, .bin), in any case.
bool is_weight_file_name(std::string_view name) noexcept;
bool is_safetensors_name(std::string_view name) noexcept;

// `name` without that extension; `name` itself if it has none.
std::string_view without_weight_extension(std::string_view name) noexcept;

} // namespace able::models
