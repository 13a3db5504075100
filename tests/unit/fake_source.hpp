// Model and adapter files that exist in memory only, and a model's list of weights.
#pragma once

#include <ablerefusal/ablerefusal.h>

#include <cstdint>
#include <cstring>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace able::tests {

// A file of tensors. Every tensor's bytes lie at an odd address, as they may in a mapping.
class FakeSource {
public:
    struct Dtype {
        uint8_t code, bits;
    };
    static constexpr Dtype fp16{ABLE_DTYPE_FLOAT, 16}, fp32{ABLE_DTYPE_FLOAT, 32}, fp64{ABLE_DTYPE_FLOAT, 64},
        bf16{ABLE_DTYPE_BFLOAT, 16}, int32{ABLE_DTYPE_INT, 32}, int64{ABLE_DTYPE_INT, 64}, uint8{ABLE_DTYPE_UINT, 8};

    FakeSource() {
        source_.struct_size = sizeof(able_source);
        source_.kind = ABLE_SOURCE_FILE;
        source_.name = "test.safetensors";
        source_.host = this;
        source_.tensor_count = [](const able_source *s) noexcept {
            return uint64_t{self(s).tensors_.size()};
        };
        source_.tensor_name = [](const able_source *s, uint64_t index) noexcept -> const char * {
            const auto &tensors = self(s).tensors_;
            return index < tensors.size() ? std::next(tensors.begin(), static_cast<long>(index))->first.c_str()
                                          : nullptr;
        };
        source_.tensor = [](const able_source *s, const char *name) noexcept -> const able_view * {
            const auto found = self(s).tensors_.find(name);
            return found != self(s).tensors_.end() ? &found->second->view : nullptr;
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
    FakeSource(const FakeSource &) = delete;
    FakeSource &operator=(const FakeSource &) = delete;

    const able_source *get() const { return &source_; }

    // Adds a tensor of zeros.
    FakeSource &add(const std::string &name, std::vector<int64_t> shape, Dtype dtype = fp32) {
        auto tensor = std::make_unique<Tensor>();
        uint64_t count = 1;
        for (const int64_t extent : shape) {
            count *= static_cast<uint64_t>(extent);
        }
        tensor->shape = std::move(shape);
        tensor->bytes.assign(1 + count * (dtype.bits / 8), 0);
        able_view &view = tensor->view;
        view.data = tensor->bytes.data() + 1;
        view.device_type = ABLE_DEVICE_CPU;
        view.ndim = static_cast<int32_t>(tensor->shape.size());
        view.dtype_code = dtype.code;
        view.dtype_bits = dtype.bits;
        view.dtype_lanes = 1;
        view.shape = tensor->shape.data();
        tensors_[name] = std::move(tensor);
        return *this;
    }

    // Adds a tensor that claims to be larger than any memory.
    FakeSource &add_shape_only(const std::string &name, std::vector<int64_t> shape) {
        add(name, {1});
        Tensor &tensor = *tensors_.at(name);
        tensor.shape = std::move(shape);
        tensor.view.ndim = static_cast<int32_t>(tensor.shape.size());
        tensor.view.shape = tensor.shape.data();
        return *this;
    }

    // Adds a tensor of one value, given by its bytes.
    template <class Bits>
    FakeSource &add_scalar(const std::string &name, Dtype dtype, Bits bits, std::vector<int64_t> shape = {}) {
        add(name, std::move(shape), dtype);
        std::memcpy(tensors_.at(name)->view.data, &bits, sizeof bits);
        return *this;
    }

    void remove(const std::string &name) { tensors_.erase(name); }

    std::map<std::string, std::string> metadata;

private:
    struct Tensor {
        std::vector<int64_t> shape;
        std::vector<unsigned char> bytes;
        able_view view{};
    };
    static const FakeSource &self(const able_source *source) { return *static_cast<const FakeSource *>(source->host); }

    able_source source_{};
    std::map<std::string, std::unique_ptr<Tensor>> tensors_;
};

// A model's weights by name and shape.
class FakeTargets {
public:
    FakeTargets(std::string family, std::vector<std::pair<std::string, std::vector<int64_t>>> weights)
        : family_(std::move(family)), weights_(std::move(weights)) {
        for (const auto &[name, shape] : weights_) {
            able_target target{};
            target.struct_size = sizeof(able_target);
            target.ndim = static_cast<uint32_t>(shape.size());
            target.name = name.c_str();
            target.shape = shape.data();
            components_.push_back(name.substr(0, name.find('.')));
            target.component = components_.back().c_str();
            list_.push_back(target);
        }
        targets_.struct_size = sizeof(able_targets);
        targets_.owner = this;
        targets_.family = family_.c_str();
        targets_.count = [](const able_targets *t) noexcept {
            return static_cast<uint32_t>(self(t).list_.size());
        };
        targets_.at = [](const able_targets *t, uint32_t index) noexcept -> const able_target * {
            return index < self(t).list_.size() ? &self(t).list_[index] : nullptr;
        };
    }
    FakeTargets(const FakeTargets &) = delete;
    FakeTargets &operator=(const FakeTargets &) = delete;

    const able_targets *get() const { return &targets_; }

private:
    static const FakeTargets &self(const able_targets *targets) {
        return *static_cast<const FakeTargets *>(targets->owner);
    }

    std::string family_;
    std::vector<std::pair<std::string, std::vector<int64_t>>> weights_;
    std::vector<able_target> list_;
    std::deque<std::string> components_;
    able_targets targets_{};
};

} // namespace able::tests
