// A single file of tensors whose names and shapes count, but hardly their values.
#pragma once

#include <ablerefusal/ablerefusal.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace able::tests {

// All tensors are fp16 and have their values at the same address, so that a view's offset can be told from it. What is
// read of them must lie within the first `bytes`.
class ShapeSource {
public:
    explicit ShapeSource(int32_t kind = ABLE_SOURCE_FILE, std::size_t bytes = std::size_t{4} << 20U) : values_(bytes) {
        source_.struct_size = sizeof(able_source);
        source_.kind = kind;
        source_.name = "model.safetensors";
        source_.host = this;
        source_.tensor_count = [](const able_source *s) noexcept {
            return uint64_t{self(s).order_.size()};
        };
        source_.tensor_name = [](const able_source *s, uint64_t index) noexcept -> const char * {
            return index < self(s).order_.size() ? self(s).order_[index].c_str() : nullptr;
        };
        source_.tensor = [](const able_source *s, const char *name) noexcept -> const able_view * {
            const auto found = self(s).tensors_.find(name);
            return found != self(s).tensors_.end() ? &found->second.view : nullptr;
        };
        source_.text = [](const able_source *, const char *, uint64_t *) noexcept -> const char * {
            return nullptr;
        };
        source_.quantisation = [](const able_source *, const char *) noexcept -> const able_quantisation * {
            return nullptr;
        };
        source_.blob = [](const able_source *, const char *, uint64_t *) noexcept -> const void * {
            return nullptr;
        };
        source_.metadata = [](const able_source *s, const char *key) noexcept -> const char * {
            const auto found = self(s).metadata.find(key);
            return found != self(s).metadata.end() ? found->second.c_str() : nullptr;
        };
    }
    ShapeSource(const ShapeSource &) = delete;
    ShapeSource &operator=(const ShapeSource &) = delete;

    ShapeSource &add(const std::string &name, std::vector<int64_t> shape) {
        Tensor &tensor = tensors_[name];
        tensor.shape = std::move(shape);
        tensor.view = {};
        tensor.view.data = values_.data();
        tensor.view.device_type = ABLE_DEVICE_CPU;
        tensor.view.ndim = static_cast<int32_t>(tensor.shape.size());
        tensor.view.dtype_code = ABLE_DTYPE_FLOAT;
        tensor.view.dtype_bits = 16;
        tensor.view.dtype_lanes = 1;
        tensor.view.shape = tensor.shape.data();
        return *this;
    }
    void remove(const std::string &name) { tensors_.erase(name); }
    bool has(const std::string &name) const { return tensors_.contains(name); }
    // Of all tensors.
    uint16_t *values() { return reinterpret_cast<uint16_t *>(values_.data()); }

    // Elements from the common address to where the view's values start.
    int64_t offset(const able_view &view) const {
        const auto start = reinterpret_cast<uintptr_t>(view.data) + view.byte_offset;
        return static_cast<int64_t>(start - reinterpret_cast<uintptr_t>(values_.data())) / 2;
    }

    const able_source *abi() {
        order_.clear();
        for (const auto &[name, tensor] : tensors_) {
            order_.push_back(name);
        }
        return &source_;
    }

    std::map<std::string, std::string> metadata;

private:
    struct Tensor {
        std::vector<int64_t> shape;
        able_view view{};
    };
    static const ShapeSource &self(const able_source *source) {
        return *static_cast<const ShapeSource *>(source->host);
    }

    able_source source_{};
    std::vector<std::byte> values_;
    std::map<std::string, Tensor> tensors_;
    std::vector<std::string> order_;
};

} // namespace able::tests
