#include "safetensors.h"

namespace able::models {

std::shared_ptr<const SafetensorsFile> SafetensorsFile::open(const std::filesystem::path &path,
                                                             const SafetensorsLimits &limits) {
    auto mapping = MappedFile::open(path);
    const std::span<const std::byte> bytes = mapping->bytes();
    return std::shared_ptr<const SafetensorsFile>(
        new SafetensorsFile(std::move(mapping), bytes, path.string(), limits));
}

std::shared_ptr<const SafetensorsFile> SafetensorsFile::from_memory(std::span<const std::byte> bytes, std::string label,
                                                                    const SafetensorsLimits &limits) {
    return std::shared_ptr<const SafetensorsFile>(new SafetensorsFile(nullptr, bytes, std::move(label), limits));
}

SafetensorsFile::SafetensorsFile(std::unique_ptr<const MappedFile> mapping, std::span<const std::byte> bytes,
                                 std::string label, const SafetensorsLimits &limits)
    : WeightFile(std::move(label), bytes.size()), mapping_(std::move(mapping)) {
    SafetensorsHeader header = parse_safetensors_header(bytes, bytes.size(), this->label(), limits);
    set_metadata(std::move(header.metadata));
    reserve_tensors(header.tensors.size());
    for (TensorEntry &entry : header.tensors) {
        add_tensor(std::move(entry.name), entry.dtype, std::move(entry.shape),
                   bytes.subspan(header.data_offset + entry.begin, entry.end - entry.begin));
    }
}

} // namespace able::models
