#include "dtype.h"

#include <ablerefusal/tensor.h>

#include <algorithm>
#include <array>

namespace able::models {

namespace {

struct Row {
    DType type;
    std::string_view name;
    std::string_view label;
    std::uint8_t code;
    std::uint8_t bytes;
};

// In the order of DType.
constexpr std::array<Row, dtype_count> rows{{
    {DType::f64, "F64", "fp64", ABLE_DTYPE_FLOAT, 8},
    {DType::f32, "F32", "fp32", ABLE_DTYPE_FLOAT, 4},
    {DType::f16, "F16", "fp16", ABLE_DTYPE_FLOAT, 2},
    {DType::bf16, "BF16", "bf16", ABLE_DTYPE_BFLOAT, 2},
    {DType::f8_e4m3, "F8_E4M3", "fp8_e4m3", ABLE_DTYPE_FLOAT8_E4M3FN, 1},
    {DType::f8_e5m2, "F8_E5M2", "fp8_e5m2", ABLE_DTYPE_FLOAT8_E5M2, 1},
    {DType::i64, "I64", "int64", ABLE_DTYPE_INT, 8},
    {DType::i32, "I32", "int32", ABLE_DTYPE_INT, 4},
    {DType::i16, "I16", "int16", ABLE_DTYPE_INT, 2},
    {DType::i8, "I8", "int8", ABLE_DTYPE_INT, 1},
    {DType::u64, "U64", "uint64", ABLE_DTYPE_UINT, 8},
    {DType::u32, "U32", "uint32", ABLE_DTYPE_UINT, 4},
    {DType::u16, "U16", "uint16", ABLE_DTYPE_UINT, 2},
    {DType::u8, "U8", "uint8", ABLE_DTYPE_UINT, 1},
    {DType::boolean, "BOOL", "bool", ABLE_DTYPE_BOOL, 1},
}};

// Defined by the format, without a place in an able_view.
constexpr std::array<std::string_view, 7> other_names{
    "F4", "F6_E2M3", "F6_E3M2", "F8_E8M0", "F8_E4M3FNUZ", "F8_E5M2FNUZ", "C64",
};

const Row &row(DType type) noexcept {
    return rows[static_cast<std::size_t>(type)];
}

constexpr bool rows_follow_the_enumeration() {
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (static_cast<std::size_t>(rows[i].type) != i) {
            return false;
        }
    }
    return true;
}
static_assert(rows_follow_the_enumeration());

} // namespace

std::optional<DType> parse_dtype(std::string_view name) noexcept {
    const auto found = std::find_if(rows.begin(), rows.end(), [name](const Row &r) { return r.name == name; });
    if (found == rows.end()) {
        return std::nullopt;
    }
    return found->type;
}

bool is_safetensors_dtype(std::string_view name) noexcept {
    return parse_dtype(name) || std::find(other_names.begin(), other_names.end(), name) != other_names.end();
}

std::uint32_t dtype_bytes(DType type) noexcept {
    return row(type).bytes;
}

std::uint8_t dtype_code(DType type) noexcept {
    return row(type).code;
}

std::string_view dtype_label(DType type) noexcept {
    return row(type).label;
}

} // namespace able::models
