// The index of a sharded checkpoint.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

namespace able::models {

// Tensor name -> shard's file name, from `{"metadata": …, "weight_map": {"tensor": "file"}}`. A shard's name is a plain
// file name with an extension that component folders have (weight_names.h): no directories, no `..`. Throws ModelError
// (ABLE_BAD_FILE); `label` names the index.
std::map<std::string, std::string, std::less<>> parse_shard_index(std::string_view text, const std::string &label);

} // namespace able::models
