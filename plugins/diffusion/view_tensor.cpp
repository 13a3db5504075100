#include "view_tensor.h"

#include "cpu_memory.h"
#include "float8.h"

#include <ablerefusal/glue.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>

namespace able::diffusion {
namespace {

at::ScalarType file_type(const able_view &view, const std::string &name) {
    if (const auto type = stored_type(view)) {
        return *type;
    }
    throw Error(ABLE_UNSUPPORTED, "tensor \"" + name +
                                      "\" is not of a supported type: expected float8 (e4m3fn or e5m2), float16, "
                                      "bfloat16, float32 or float64 values; use a file in one of these");
}

// Looks at the sum first: it is infinite or NaN if any value is, and otherwise only if it overflows. `count` is a few
// hundred thousand at most, so the values are still in the cache.
void check(const at::Tensor &values, Values allowed, const std::string &name) {
    if (allowed == Values::any) {
        return;
    }
    const at::Tensor wide = values.scalar_type() == at::kDouble ? values : values.to(at::kFloat);
    if (!std::isfinite(wide.sum().item<double>()) && !at::isfinite(wide).all().item<bool>()) {
        throw Error(ABLE_BAD_FILE, "tensor \"" + name +
                                       "\" holds values that are infinite or no numbers (NaN); the file is damaged, or "
                                       "its training or merging went wrong: get another version of it");
    }
}

constexpr int64_t converted_at_a_time = 1 << 18;

bool dense(const able_view &view) {
    int64_t expected = 1;
    for (int32_t i = view.ndim - 1; view.strides != nullptr && i >= 0; --i) {
        if (view.shape[i] != 1 && view.strides[i] != expected) {
            return false;
        }
        expected *= view.shape[i];
    }
    return true;
}

void check_memory(const able_view &view, const std::string &name) {
    if (view.device_type != ABLE_DEVICE_CPU || !dense(view)) {
        throw Error(ABLE_UNSUPPORTED, "tensor \"" + name + "\" is not dense CPU memory");
    }
}

} // namespace

std::string shape_text(at::IntArrayRef shape) {
    std::string text = "[";
    for (const int64_t extent : shape) {
        text += (text.size() > 1 ? ", " : "") + std::to_string(extent);
    }
    return text + "]";
}

std::optional<at::ScalarType> stored_type(const able_view &view) {
    if (view.dtype_lanes == 1 && view.dtype_code == ABLE_DTYPE_FLOAT) {
        switch (view.dtype_bits) {
        case 16:
            return at::kHalf;
        case 32:
            return at::kFloat;
        case 64:
            return at::kDouble;
        default:
            break;
        }
    }
    if (view.dtype_lanes == 1 && view.dtype_code == ABLE_DTYPE_BFLOAT && view.dtype_bits == 16) {
        return at::kBFloat16;
    }
    return std::nullopt;
}

at::Tensor unread_copy(const able_view &view, const std::string &name, at::ScalarType dtype) {
    check_memory(view, name);
    if (float8_values(view) == nullptr) {
        file_type(view, name);
    }
    return at::empty(shape_of(view), at::TensorOptions(at::kMeta).dtype(dtype));
}

at::Tensor copy_view(const able_view &view, const std::string &name, at::Device device, at::ScalarType dtype,
                     Values allowed) {
    check_memory(view, name);
    const at::IntArrayRef shape = shape_of(view);
    auto *data = static_cast<char *>(view.data) + view.byte_offset;
    if (const Float8Values *values = float8_values(view)) {
        at::Tensor wide = at::empty(shape, at::TensorOptions(at::kFloat));
        const auto *codes = reinterpret_cast<const uint8_t *>(data);
        std::transform(codes, codes + wide.numel(), wide.data_ptr<float>(),
                       [values](uint8_t code) { return (*values)[code]; });
        check(wide, allowed, name);
        return wide.to(at::TensorOptions(device).dtype(dtype));
    }
    const at::ScalarType stored = file_type(view, name);
    const size_t element = c10::elementSize(stored);

    const bool aligned = reinterpret_cast<uintptr_t>(data) % element == 0;
    at::Tensor out = cpu::empty(shape, dtype);
    const at::Tensor flat = out.view(-1);
    // Block by block: what lies between file and result is small and is used again, so that loading takes no more than
    // the result.
    for (int64_t begin = 0; begin < flat.numel(); begin += converted_at_a_time) {
        const int64_t count = std::min(converted_at_a_time, flat.numel() - begin);
        auto *const from = data + begin * static_cast<int64_t>(element);
        at::Tensor block = at::from_blob(from, {count}, at::TensorOptions(stored));
        if (!aligned) {
            block = at::empty({count}, at::TensorOptions(stored));
            std::memcpy(block.data_ptr(), from, block.nbytes());
        }
        check(block, allowed, name);
        if (stored != dtype && stored != at::kFloat && dtype != at::kFloat) {
            block = block.to(at::kFloat);
        }
        flat.slice(0, begin, begin + count).copy_(block);
    }
    return out.to(device);
}

} // namespace able::diffusion
