// Adapter files opened through the real plugin, and adapters made up for tests.
#pragma once

#include <ablerefusal/ablerefusal.h>
#include <host/models/source.h>

#include <memory>
#include <string>
#include <vector>

namespace able::golden {

// A file of the golden data, matched to a model's targets. Throws able::Error.
class LoraFile {
public:
    LoraFile(const std::string &path, const able_targets *targets);
    ~LoraFile();
    LoraFile(const LoraFile &) = delete;
    LoraFile &operator=(const LoraFile &) = delete;
    const able_adapter_file *abi() const { return file_; }

private:
    std::shared_ptr<models::Source> source_;
    able_adapter_file *file_ = nullptr;
};

able_adapter_use use(const able_adapter_file *file, double unet_strength, double text_strength);

// Deltas that a test has made up, right or wrong.
class MadeUpFile {
public:
    MadeUpFile();
    MadeUpFile(const MadeUpFile &) = delete;
    MadeUpFile &operator=(const MadeUpFile &) = delete;

    // Factors of ones; their memory is fp32.
    able_delta &add(const std::string &target, std::vector<int64_t> up, std::vector<int64_t> down);
    const able_adapter_file *abi() const { return &abi_; }

private:
    struct Factors {
        std::string target;
        std::vector<int64_t> up_shape, down_shape;
        std::vector<float> up, down;
        able_delta delta;
    };
    std::vector<std::unique_ptr<Factors>> factors_;
    able_adapter_file abi_;
};

} // namespace able::golden
