// The element types of safetensors files that the ABI can express.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace able::models {

enum class DType : std::uint8_t {
    f64,
    f32,
    f16,
    bf16,
    f8_e4m3,
    f8_e5m2,
    i64,
    i32,
    i16,
    i8,
    u64,
    u32,
    u16,
    u8,
    boolean
};

inline constexpr std::size_t dtype_count = 15;

// From the name in a safetensors header ("F16"); nothing for a type that is unknown or has no place in an able_view
// (sub-byte, complex and power-of-two-scale types).
std::optional<DType> parse_dtype(std::string_view name) noexcept;

// True for a name that the format defines, whether or not it is supported here.
bool is_safetensors_dtype(std::string_view name) noexcept;

std::uint32_t dtype_bytes(DType type) noexcept;

// DLPack's type code, ABLE_DTYPE_….
std::uint8_t dtype_code(DType type) noexcept;

// As configuration and REST spell it: "fp32", "fp16", "bf16", "fp8_e4m3", "int64", "bool".
std::string_view dtype_label(DType type) noexcept;

} // namespace able::models
