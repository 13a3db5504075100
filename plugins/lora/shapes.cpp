#include "shapes.h"

#include "key.h"

#include <ablerefusal/glue.hpp>

#include <algorithm>
#include <vector>

namespace able::lora {

namespace {

void check_dtype(const able_view &view, std::string_view key) {
    const bool known = (view.dtype_code == ABLE_DTYPE_FLOAT && (view.dtype_bits == 16 || view.dtype_bits == 32)) ||
                       (view.dtype_code == ABLE_DTYPE_BFLOAT && view.dtype_bits == 16);
    if (!known) {
        throw Error(ABLE_UNSUPPORTED, in_quotes(key) + " is not fp32, fp16 or bf16; save the adapter in one of these");
    }
}

[[noreturn]] void refuse(std::string_view key, Shape found, const able_target &target, Shape expected) {
    throw Error(ABLE_BAD_FILE, in_quotes(key) + " has shape " + to_string(found) + "; for " + target.name + " " +
                                   to_string(shape_of(target)) + " it must be " + to_string(expected));
}

} // namespace

Shape shape_of(const able_view &view) {
    return {view.shape, static_cast<std::size_t>(std::max(view.ndim, 0))};
}

Shape shape_of(const able_target &target) {
    return {target.shape, target.ndim};
}

std::string to_string(Shape shape) {
    std::string text = "[";
    for (std::size_t i = 0; i < shape.size(); ++i) {
        text += (i > 0 ? ", " : "") + std::to_string(shape[i]);
    }
    return text + "]";
}

bool same_but_for_ones(Shape a, Shape b) {
    for (std::size_t i = 0; i < std::max(a.size(), b.size()); ++i) {
        if ((i < a.size() ? a[i] : 1) != (i < b.size() ? b[i] : 1)) {
            return false;
        }
    }
    return true;
}

int64_t check_factors(const able_target &target, const able_view &down, std::string_view down_key, const able_view &up,
                      std::string_view up_key) {
    check_dtype(down, down_key);
    check_dtype(up, up_key);
    const Shape weight = shape_of(target);
    const Shape down_shape = shape_of(down);
    const int64_t rank = down_shape.empty() ? 0 : down_shape[0];
    if (rank < 1) {
        throw Error(ABLE_BAD_FILE, in_quotes(down_key) + " has shape " + to_string(down_shape) +
                                       ", of rank 0; a low-rank factor has at least one row");
    }
    std::vector<int64_t> expected(weight.begin(), weight.end());
    expected[0] = rank;
    if (down_shape.size() < 2 || !same_but_for_ones(down_shape, expected)) {
        refuse(down_key, down_shape, target, expected);
    }
    const Shape up_shape = shape_of(up);
    expected = {weight[0], rank};
    if (up_shape.size() < 2 || !same_but_for_ones(up_shape, expected)) {
        refuse(up_key, up_shape, target, expected);
    }
    return rank;
}

} // namespace able::lora
