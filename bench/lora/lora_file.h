// A LoRA of random values for a whole model, as a file, and that file through the plugin.
#pragma once

#include "host/models/source.h"

#include <ablerefusal/ablerefusal.h>
#include <plugins/diffusion/weights.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

namespace able::bench {

// Factors in fp16 for every linear layer of the UNet's transformers and of the text encoders' layers, as kohya's
// trainers choose them. A temporary file, gone with this object.
class LoraFile {
public:
    LoraFile(const std::vector<diffusion::Parameter> &parameters, int64_t rank);
    ~LoraFile();
    LoraFile(const LoraFile &) = delete;
    LoraFile &operator=(const LoraFile &) = delete;

    const std::filesystem::path &path() const { return path_; }
    uint64_t bytes() const { return std::filesystem::file_size(path_); }

private:
    std::filesystem::path path_;
};

class Adapter {
public:
    Adapter(const LoraFile &file, const able_targets *targets, const able_job *job);
    ~Adapter();
    Adapter(const Adapter &) = delete;
    Adapter &operator=(const Adapter &) = delete;

    able_adapter_use use(double strength) const;
    uint32_t changes() const { return file_->delta_count(file_); }
    void let_go() const { source_->let_go(); }

private:
    std::shared_ptr<models::Source> source_;
    able_adapter_file *file_ = nullptr;
};

} // namespace able::bench
