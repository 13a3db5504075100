#include "host/models/safetensors.h"

#include "host/models/error.h"

#include <algorithm>
#include <boost/interprocess/file_mapping.hpp>
#include <boost/interprocess/mapped_region.hpp>
#include <system_error>

namespace able::models {

namespace bip = boost::interprocess;

class SafetensorsFile::Mapping {
public:
    explicit Mapping(const std::filesystem::path &path)
        : file_(path.c_str(), bip::read_only), region_(file_, bip::read_only) {}

    std::span<const std::byte> bytes() const {
        return {static_cast<const std::byte *>(region_.get_address()), region_.get_size()};
    }

private:
    bip::file_mapping file_;
    bip::mapped_region region_;
};

std::shared_ptr<const SafetensorsFile> SafetensorsFile::open(const std::filesystem::path &path,
                                                             const SafetensorsLimits &limits) {
    const std::string label = path.string();
    std::error_code error;
    const std::filesystem::file_status status = std::filesystem::status(path, error);
    if (!std::filesystem::exists(status)) {
        throw ModelError(ABLE_NOT_FOUND,
                         label + ": no such file, or a link to one that is gone; download the model again");
    }
    // Opening a pipe would block for ever, and a device is no file.
    if (!std::filesystem::is_regular_file(status)) {
        throw ModelError(ABLE_BAD_FILE, label + ": not a regular file");
    }
    const std::uintmax_t size = std::filesystem::file_size(path, error);
    if (!error && size == 0) {
        throw ModelError(ABLE_BAD_FILE, label + ": the file is empty; download it again");
    }
    std::unique_ptr<Mapping> mapping;
    try {
        mapping = std::make_unique<Mapping>(path);
    } catch (const bip::interprocess_exception &failure) {
        throw ModelError(ABLE_NOT_FOUND, label + ": cannot be opened (" + failure.what() +
                                             "); check that this user may read it and that the disk is there");
    }
    const std::span<const std::byte> bytes = mapping->bytes();
    return std::shared_ptr<const SafetensorsFile>(new SafetensorsFile(std::move(mapping), bytes, label, limits));
}

std::shared_ptr<const SafetensorsFile> SafetensorsFile::from_memory(std::span<const std::byte> bytes, std::string label,
                                                                    const SafetensorsLimits &limits) {
    return std::shared_ptr<const SafetensorsFile>(new SafetensorsFile(nullptr, bytes, std::move(label), limits));
}

SafetensorsFile::SafetensorsFile(std::unique_ptr<Mapping> mapping, std::span<const std::byte> bytes, std::string label,
                                 const SafetensorsLimits &limits)
    : mapping_(std::move(mapping)), bytes_(bytes), label_(std::move(label)) {
    SafetensorsHeader header = parse_safetensors_header(bytes_, bytes_.size(), label_, limits);
    metadata_ = std::move(header.metadata);
    tensors_.reserve(header.tensors.size());
    for (TensorEntry &entry : header.tensors) {
        const std::span<const std::byte> data =
            bytes_.subspan(header.data_offset + entry.begin, entry.end - entry.begin);
        Tensor &tensor = tensors_.emplace_back(
            Tensor{std::move(entry.name), entry.dtype, std::move(entry.shape), able_view{}, data.size()});
        able_view &view = tensor.view;
        // The ABI's view has no const; sources are read-only by contract, and so is the mapping's memory.
        view.data = const_cast<std::byte *>(data.data());
        view.device_type = ABLE_DEVICE_CPU;
        view.ndim = static_cast<std::int32_t>(tensor.shape.size());
        view.dtype_code = dtype_code(tensor.dtype);
        view.dtype_bits = static_cast<std::uint8_t>(8U * dtype_bytes(tensor.dtype));
        view.dtype_lanes = 1;
        view.shape = tensor.shape.data();
    }
}

SafetensorsFile::~SafetensorsFile() = default;

const SafetensorsFile::Tensor *SafetensorsFile::find(std::string_view name) const noexcept {
    const auto found =
        std::lower_bound(tensors_.begin(), tensors_.end(), name,
                         [](const Tensor &tensor, std::string_view wanted) { return tensor.name < wanted; });
    return found != tensors_.end() && found->name == name ? &*found : nullptr;
}

} // namespace able::models
