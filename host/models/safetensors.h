// host/models/safetensors.h: a safetensors file in a read-only mapping.
#pragma once

#include "host/models/safetensors_header.h"

#include <ablerefusal/tensor.h>

#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace able::models {

// Opened only in a worker: a file that is cut short while it is mapped kills the process that reads it (SIGBUS), and a
// worker is the process that may die.
class SafetensorsFile {
public:
    struct Tensor {
        std::string name;
        DType dtype;
        std::vector<std::int64_t> shape;
        able_view view; // dense, row-major, possibly unaligned; lives as long as the file object
        std::uint64_t bytes;
    };

    // Maps `path`, a regular file (symbolic links are followed), and checks its header.
    // Throws ModelError: ABLE_NOT_FOUND if it cannot be opened, ABLE_BAD_FILE, ABLE_UNSUPPORTED.
    static std::shared_ptr<const SafetensorsFile> open(const std::filesystem::path &path,
                                                       const SafetensorsLimits &limits = {});

    // The same over memory that outlives the object; `label` stands for the path in errors.
    static std::shared_ptr<const SafetensorsFile> from_memory(std::span<const std::byte> bytes, std::string label,
                                                              const SafetensorsLimits &limits = {});

    ~SafetensorsFile();
    SafetensorsFile(const SafetensorsFile &) = delete;
    SafetensorsFile &operator=(const SafetensorsFile &) = delete;

    // In the order of names.
    std::span<const Tensor> tensors() const noexcept { return tensors_; }
    // Null if there is none of that name.
    const Tensor *find(std::string_view name) const noexcept;
    const std::map<std::string, std::string, std::less<>> &metadata() const noexcept { return metadata_; }
    std::uint64_t size_bytes() const noexcept { return bytes_.size(); }
    const std::string &label() const noexcept { return label_; }

private:
    class Mapping;

    SafetensorsFile(std::unique_ptr<Mapping> mapping, std::span<const std::byte> bytes, std::string label,
                    const SafetensorsLimits &limits);

    std::unique_ptr<Mapping> mapping_; // null over memory
    std::span<const std::byte> bytes_;
    std::string label_;
    std::vector<Tensor> tensors_;
    std::map<std::string, std::string, std::less<>> metadata_;
};

} // namespace able::models
