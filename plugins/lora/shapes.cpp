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

int64_t element_count(Shape shape) {
    int64_t count = 1;
    for (const int64_t extent : shape) {
        if (extent < 1 || __builtin_mul_overflow(count, extent, &count)) {
            return 0;
        }
    }
    return count;
}

Tensor read_tensor(const able_source &source, const char *key) {
    const able_view *view = source.tensor(&source, key);
    if (view == nullptr) {
        throw Error(ABLE_NOT_FOUND, in_quotes(key) + " is listed in the file but cannot be read");
    }
    check_dtype(*view, key);
    return {key, *view};
}

void check_shape(const Tensor &tensor, const able_target &target, const std::vector<int64_t> &expected) {
    const bool too_few = expected.size() >= 2 && tensor.view.ndim < 2;
    if (too_few || !same_but_for_ones(tensor.shape(), expected)) {
        throw Error(ABLE_BAD_FILE, in_quotes(tensor.key) + " has shape " + to_string(tensor.shape()) + "; for " +
                                       target.name + " " + to_string(shape_of(target)) + " it must be " +
                                       to_string(expected));
    }
}

int64_t check_rank(const Tensor &tensor, int64_t extent) {
    if (extent < 1) {
        throw Error(ABLE_BAD_FILE, in_quotes(tensor.key) + " has shape " + to_string(tensor.shape()) +
                                       ", of rank 0; a low-rank factor has at least one row");
    }
    return extent;
}

} // namespace able::lora
