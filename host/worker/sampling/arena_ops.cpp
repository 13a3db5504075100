#include "arena_ops.h"

#include <cstddef>
#include <cstdint>

namespace able::worker {

ArenaOps::ArenaOps(const able_ops &model) : model_(model) {
    abi_.struct_size = sizeof(able_ops);
    abi_.owner = this;
    abi_.like = [](const able_ops *ops, const able_tensor *tensor) noexcept {
        auto &arena = self(ops);
        return arena.adopt(arena.model_.like(&arena.model_, tensor));
    };
    abi_.make = [](const able_ops *ops, std::uint32_t ndim, const std::int64_t *shape) noexcept {
        auto &arena = self(ops);
        return arena.adopt(arena.model_.make(&arena.model_, ndim, shape));
    };
    abi_.retain = [](const able_ops *ops, able_tensor *tensor) noexcept {
        auto &arena = self(ops);
        arena.model_.retain(&arena.model_, tensor);
        arena.adopt(tensor);
    };
    abi_.release = [](const able_ops *ops, able_tensor *tensor) noexcept {
        auto &arena = self(ops);
        const auto found = arena.references_.find(tensor);
        if (found == arena.references_.end()) {
            return; // NULL, or not the sampler's to release
        }
        if (--found->second == 0) {
            arena.references_.erase(found);
        }
        arena.model_.release(&arena.model_, tensor);
    };
    abi_.shape = [](const able_ops *ops, const able_tensor *tensor, std::uint32_t capacity, std::int64_t *shape,
                    std::uint32_t *ndim) noexcept {
        const auto &model_ops = self(ops).model_;
        return model_ops.shape(&model_ops, tensor, capacity, shape, ndim);
    };
    abi_.lincomb = [](const able_ops *ops, able_tensor *out, std::uint32_t count, const double *coefficients,
                      const able_tensor *const *in) noexcept {
        const auto &model_ops = self(ops).model_;
        return model_ops.lincomb(&model_ops, out, count, coefficients, in);
    };
    abi_.mul = [](const able_ops *ops, able_tensor *out, const able_tensor *a, const able_tensor *b) noexcept {
        const auto &model_ops = self(ops).model_;
        return model_ops.mul(&model_ops, out, a, b);
    };
    abi_.clamp = [](const able_ops *ops, able_tensor *out, const able_tensor *a, double low, double high) noexcept {
        const auto &model_ops = self(ops).model_;
        return model_ops.clamp(&model_ops, out, a, low, high);
    };
    abi_.blend = [](const able_ops *ops, able_tensor *out, const able_tensor *a, const able_tensor *b,
                    const able_tensor *mask) noexcept {
        const auto &model_ops = self(ops).model_;
        return model_ops.blend(&model_ops, out, a, b, mask);
    };
    abi_.error_norm = [](const able_ops *ops, const able_tensor *a, const able_tensor *b, const able_tensor *ref,
                         double atol, double rtol, double *result) noexcept {
        const auto &model_ops = self(ops).model_;
        return model_ops.error_norm(&model_ops, a, b, ref, atol, rtol, result);
    };
    abi_.mean_std = [](const able_ops *ops, const able_tensor *tensor, std::uint32_t index, double *mean,
                       double *std) noexcept {
        const auto &model_ops = self(ops).model_;
        return model_ops.mean_std(&model_ops, tensor, index, mean, std);
    };
    abi_.upload = [](const able_ops *ops, able_tensor *out, const float *from, std::uint64_t count) noexcept {
        const auto &model_ops = self(ops).model_;
        return model_ops.upload(&model_ops, out, from, count);
    };
    abi_.download = [](const able_ops *ops, const able_tensor *from, float *out, std::uint64_t count) noexcept {
        const auto &model_ops = self(ops).model_;
        return model_ops.download(&model_ops, from, out, count);
    };
    abi_.view = [](const able_ops *ops, able_tensor *tensor, able_view *out) noexcept {
        const auto &model_ops = self(ops).model_;
        return model_ops.view(&model_ops, tensor, out);
    };
}

ArenaOps::~ArenaOps() {
    for (const auto &[tensor, count] : references_) {
        for (std::size_t i = 0; i < count; ++i) {
            model_.release(&model_, tensor);
        }
    }
}

std::size_t ArenaOps::held() const noexcept {
    std::size_t total = 0;
    for (const auto &entry : references_) {
        total += entry.second;
    }
    return total;
}

able_tensor *ArenaOps::adopt(able_tensor *tensor) noexcept {
    if (tensor == nullptr) {
        return nullptr;
    }
    try {
        ++references_[tensor];
    } catch (...) { // no memory to remember it by: as if it could not be made
        model_.release(&model_, tensor);
        return nullptr;
    }
    return tensor;
}

} // namespace able::worker
