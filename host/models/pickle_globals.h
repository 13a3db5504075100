// The names that a checkpoint's pickle may mention.
#pragma once

#include "dtype.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace able::models {

enum class GlobalRole : std::uint8_t {
    ordered_dict,
    rebuild_tensor,       // (storage, offset, shape, strides, …): torch/_utils.py, _rebuild_tensor and _v2
    rebuild_typed_tensor, // (storage, offset, shape, strides, …, dtype, …): _rebuild_tensor_v3
    rebuild_parameter,    // (tensor, …)
    parameter_dict,       // a dictionary of parameters, which its state holds: torch/nn/modules/container.py
    storage,              // a type of storage
    dtype,                // a number format
    inert,                // anything may be made of it, and nothing is
};

struct PickleGlobal {
    std::string_view module;
    std::string_view name;
    GlobalRole role;
    std::optional<DType> dtype; // of storage (nothing: bytes) and dtype
};

// Null for a name that is not on the list.
const PickleGlobal *find_pickle_global(std::string_view module, std::string_view name) noexcept;

} // namespace able::models
