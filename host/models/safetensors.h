// A safetensors file in a read-only mapping.
#pragma once

#include "mapped_file.h"
#include "safetensors_header.h"
#include "weight_file.h"

namespace able::models {

class SafetensorsFile final : public WeightFile {
public:
    // Maps `path` and checks its header. Throws ModelError: as MappedFile::open, ABLE_BAD_FILE, ABLE_UNSUPPORTED.
    static std::shared_ptr<const SafetensorsFile> open(const std::filesystem::path &path,
                                                       const SafetensorsLimits &limits = {});

    // The same over memory that outlives the object; `label` stands for the path in errors.
    static std::shared_ptr<const SafetensorsFile> from_memory(std::span<const std::byte> bytes, std::string label,
                                                              const SafetensorsLimits &limits = {});

    void let_go() const noexcept override {
        if (mapping_) {
            mapping_->let_go();
        }
    }

private:
    SafetensorsFile(std::unique_ptr<const MappedFile> mapping, std::span<const std::byte> bytes, std::string label,
                    const SafetensorsLimits &limits);

    std::unique_ptr<const MappedFile> mapping_; // null over memory
};

} // namespace able::models
