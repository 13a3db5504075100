// The JSON of a safetensors header, before the sizes in it are checked.
#pragma once

#include "safetensors_header.h"

#include <string_view>

namespace able::models {

struct HeaderJson {
    std::vector<TensorEntry> tensors; // in the order of names, which are unique
    std::map<std::string, std::string, std::less<>> metadata;
};

// Accepts exactly {name: {"dtype", "shape", "data_offsets"}, "__metadata__": {string: string} or null} within `limits`:
// no duplicate or unknown keys, plain non-negative integers only. Throws ModelError; `label` names the file.
HeaderJson parse_header_json(std::string_view json, const std::string &label, const SafetensorsLimits &limits);

} // namespace able::models
