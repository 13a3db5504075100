#include "weight_file.h"

#include "checkpoint.h"
#include "safetensors.h"
#include "weight_names.h"

#include <algorithm>

namespace able::models {

void WeightFile::add_tensor(std::string name, DType dtype, std::vector<std::int64_t> shape,
                            std::span<const std::byte> data) {
    Tensor &tensor = tensors_.emplace_back(Tensor{std::move(name), dtype, std::move(shape), able_view{}, data.size()});
    able_view &view = tensor.view;
    // The ABI's view has no const; sources are read-only by contract, and so is the mapping's memory.
    view.data = const_cast<std::byte *>(data.data());
    view.device_type = ABLE_DEVICE_CPU;
    view.ndim = static_cast<std::int32_t>(tensor.shape.size());
    view.dtype_code = dtype_code(dtype);
    view.dtype_bits = static_cast<std::uint8_t>(8U * dtype_bytes(dtype));
    view.dtype_lanes = 1;
    view.shape = tensor.shape.data();
}

void WeightFile::sort_tensors() {
    std::sort(tensors_.begin(), tensors_.end(), [](const Tensor &a, const Tensor &b) { return a.name < b.name; });
}

const WeightFile::Tensor *WeightFile::find(std::string_view name) const noexcept {
    const auto found =
        std::lower_bound(tensors_.begin(), tensors_.end(), name,
                         [](const Tensor &tensor, std::string_view wanted) { return tensor.name < wanted; });
    return found != tensors_.end() && found->name == name ? &*found : nullptr;
}

std::shared_ptr<const WeightFile> open_weight_file(const std::filesystem::path &path, std::string_view name) {
    const WeightFormat *format = weight_format(name);
    switch (format != nullptr ? format->reader : WeightReader::safetensors) {
    case WeightReader::torch_save:
        return CheckpointFile::open(path);
    case WeightReader::safetensors:
    case WeightReader::none: // its reader says what else the file is
        break;
    }
    return SafetensorsFile::open(path);
}

std::shared_ptr<const WeightFile> open_weight_file(const std::filesystem::path &path) {
    return open_weight_file(path, path.filename().string());
}

std::optional<std::uint64_t> element_count(std::span<const std::int64_t> shape) noexcept {
    std::int64_t product = 1;
    bool empty = false;
    for (const std::int64_t extent : shape) {
        empty = empty || extent == 0;
        if (extent != 0 && __builtin_mul_overflow(product, extent, &product)) {
            return std::nullopt;
        }
    }
    return empty ? 0 : static_cast<std::uint64_t>(product);
}

} // namespace able::models
