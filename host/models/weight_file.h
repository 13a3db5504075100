// A file of tensors, whatever its format.
#pragma once

#include "dtype.h"

#include <ablerefusal/tensor.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace able::models {

// Immutable once made. Opened only in a worker (see MappedFile).
class WeightFile {
public:
    struct Tensor {
        std::string name;
        DType dtype;
        std::vector<std::int64_t> shape;
        able_view view; // dense, row-major, possibly unaligned; lives as long as the file object
        std::uint64_t bytes;
    };
    using Metadata = std::map<std::string, std::string, std::less<>>;

    virtual ~WeightFile() = default;
    WeightFile(const WeightFile &) = delete;
    WeightFile &operator=(const WeightFile &) = delete;

    // In the order of names.
    std::span<const Tensor> tensors() const noexcept { return tensors_; }
    // See MappedFile; does nothing over memory.
    virtual void let_go() const noexcept {}
    // Null if there is none of that name.
    const Tensor *find(std::string_view name) const noexcept;
    // Strings about the file that the file itself holds; empty for a format without them.
    const Metadata &metadata() const noexcept { return metadata_; }
    std::uint64_t size_bytes() const noexcept { return size_bytes_; }
    const std::string &label() const noexcept { return label_; }

protected:
    // `label` names the file in errors.
    WeightFile(std::string label, std::uint64_t size_bytes) : label_(std::move(label)), size_bytes_(size_bytes) {}

    // Shapes of row-major `data`. Call sort_tensors() after the last.
    void add_tensor(std::string name, DType dtype, std::vector<std::int64_t> shape, std::span<const std::byte> data);
    void reserve_tensors(std::size_t count) { tensors_.reserve(count); }
    void sort_tensors();
    void set_metadata(Metadata metadata) { metadata_ = std::move(metadata); }

private:
    std::string label_;
    std::uint64_t size_bytes_;
    std::vector<Tensor> tensors_;
    Metadata metadata_;
};

// Opens `path` as its extension says; a name without a known one is a safetensors file. Throws ModelError.
std::shared_ptr<const WeightFile> open_weight_file(const std::filesystem::path &path);
// The same by the extension of `name`: in a hub cache `path` is a blob, which has none.
std::shared_ptr<const WeightFile> open_weight_file(const std::filesystem::path &path, std::string_view name);

// Elements of the shape, whose extents are 0 or more; nothing if the count, or a stride of it, does not fit in 63 bits.
std::optional<std::uint64_t> element_count(std::span<const std::int64_t> shape) noexcept;

} // namespace able::models
