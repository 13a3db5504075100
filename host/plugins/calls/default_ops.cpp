#include "default_ops.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace able::plugins {

namespace {

constexpr std::uint32_t most_dimensions = 8;

struct Values {
    std::vector<std::int64_t> shape;
    std::vector<float> values;
};

// What stands in a tensor. Throws std::bad_alloc.
able_status read(const able_ops *ops, const able_tensor *tensor, Values &out) {
    std::array<std::int64_t, most_dimensions> shape{};
    std::uint32_t ndim = 0;
    ABLE_TRY(ops->shape(ops, tensor, most_dimensions, shape.data(), &ndim));
    if (ndim > most_dimensions) {
        return ABLE_UNSUPPORTED;
    }
    out.shape.assign(shape.begin(), shape.begin() + ndim);
    std::uint64_t count = 1;
    for (const std::int64_t extent : out.shape) {
        count *= static_cast<std::uint64_t>(extent);
    }
    out.values.resize(count);
    return ops->download(ops, tensor, out.values.data(), count);
}

// `body`, with want of memory as a status.
template <class Body>
able_status guarded(Body body) noexcept {
    try {
        return body();
    } catch (...) {
        return ABLE_OUT_OF_MEMORY;
    }
}

able_status write(const able_ops *ops, able_tensor *out, const Values &from) {
    return ops->upload(ops, out, from.values.data(), from.values.size());
}

able_status mul(const able_ops *ops, able_tensor *out, const able_tensor *a, const able_tensor *b) noexcept {
    return guarded([&]() -> able_status {
        Values left, right;
        ABLE_TRY(read(ops, a, left));
        ABLE_TRY(read(ops, b, right));
        if (left.shape != right.shape) {
            return ABLE_INVALID_ARGUMENT;
        }
        for (std::size_t i = 0; i < left.values.size(); ++i) {
            left.values[i] *= right.values[i];
        }
        return write(ops, out, left);
    });
}

able_status clamp(const able_ops *ops, able_tensor *out, const able_tensor *a, double low, double high) noexcept {
    return guarded([&]() -> able_status {
        Values in;
        ABLE_TRY(read(ops, a, in));
        for (float &value : in.values) {
            value = static_cast<float>(std::fmin(std::fmax(double{value}, low), high));
        }
        return write(ops, out, in);
    });
}

able_status blend(const able_ops *ops, able_tensor *out, const able_tensor *a, const able_tensor *b,
                  const able_tensor *mask) noexcept {
    return guarded([&]() -> able_status {
        Values left, right, share;
        ABLE_TRY(read(ops, a, left));
        ABLE_TRY(read(ops, b, right));
        ABLE_TRY(read(ops, mask, share));
        if (left.shape != right.shape || share.values.empty() || left.values.size() % share.values.size() != 0) {
            return ABLE_INVALID_ARGUMENT;
        }
        for (std::size_t i = 0; i < left.values.size(); ++i) { // the mask is one plane for every sample and channel
            const float m = share.values[i % share.values.size()];
            left.values[i] = m * left.values[i] + (1 - m) * right.values[i];
        }
        return write(ops, out, left);
    });
}

able_status error_norm(const able_ops *ops, const able_tensor *a, const able_tensor *b, const able_tensor *ref,
                       double atol, double rtol, double *result) noexcept {
    return guarded([&]() -> able_status {
        Values left, right, other;
        ABLE_TRY(read(ops, a, left));
        ABLE_TRY(read(ops, b, right));
        ABLE_TRY(read(ops, ref, other));
        if (left.shape != right.shape || left.shape != other.shape || left.values.empty()) {
            return ABLE_INVALID_ARGUMENT;
        }
        double sum = 0;
        for (std::size_t i = 0; i < left.values.size(); ++i) {
            const double larger = std::max(std::abs(double{left.values[i]}), std::abs(double{other.values[i]}));
            const double error = (double{left.values[i]} - double{right.values[i]}) / std::max(atol, rtol * larger);
            sum += error * error;
        }
        *result = std::sqrt(sum / static_cast<double>(left.values.size()));
        return ABLE_OK;
    });
}

able_status mean_std(const able_ops *ops, const able_tensor *tensor, std::uint32_t index, double *mean,
                     double *std) noexcept {
    return guarded([&]() -> able_status {
        Values in;
        ABLE_TRY(read(ops, tensor, in));
        if (in.shape.empty() || index >= in.shape[0] || in.values.size() / static_cast<std::size_t>(in.shape[0]) < 2) {
            return ABLE_INVALID_ARGUMENT;
        }
        const std::size_t count = in.values.size() / static_cast<std::size_t>(in.shape[0]);
        const float *values = in.values.data() + index * count;
        double sum = 0, squares = 0;
        for (std::size_t i = 0; i < count; ++i) {
            sum += double{values[i]};
        }
        *mean = sum / static_cast<double>(count);
        for (std::size_t i = 0; i < count; ++i) {
            squares += (double{values[i]} - *mean) * (double{values[i]} - *mean);
        }
        *std = std::sqrt(squares / static_cast<double>(count - 1));
        return ABLE_OK;
    });
}

able_status view(const able_ops *, able_tensor *, able_view *) noexcept {
    return ABLE_UNSUPPORTED;
}

} // namespace

able_ops complete_ops(const able_ops &model) noexcept {
    able_ops ops = model;
    const auto fill = [](auto &function, auto own) {
        if (function == nullptr) {
            function = own;
        }
    };
    fill(ops.mul, mul);
    fill(ops.clamp, clamp);
    fill(ops.blend, blend);
    fill(ops.error_norm, error_norm);
    fill(ops.mean_std, mean_std);
    fill(ops.view, view);
    return ops;
}

} // namespace able::plugins
