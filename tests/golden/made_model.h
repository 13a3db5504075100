// A model of a published one's structure, with narrow layers and values from a formula: as a checkpoint in one file and
// as a folder in the diffusers layout. Which tensor is which in the two is diffusers' own conversion's word
// (tests/unit/data/single_file), and no code of the plugins'.
#pragma once

#include <ablerefusal/source.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace able::golden {

// Tensors and texts by name, as the host shows them.
class MadeSource {
public:
    explicit MadeSource(int32_t kind, const char *title);
    MadeSource(const MadeSource &) = delete;
    MadeSource &operator=(const MadeSource &) = delete;

    // Of bfloat16 values, dense.
    void add(const std::string &name, std::vector<int64_t> shape, std::vector<uint16_t> values);
    void text(const std::string &path, std::string content) { texts_[path] = std::move(content); }
    const able_source *abi();
    const std::map<std::string, std::string> &texts() const { return texts_; }

private:
    struct Tensor {
        std::vector<int64_t> shape;
        std::vector<uint16_t> values;
        able_view view;
    };
    static const MadeSource &self(const able_source *source) { return *static_cast<const MadeSource *>(source->host); }

    std::map<std::string, Tensor> tensors_;
    std::map<std::string, std::string> texts_;
    std::vector<std::string> names_;
    able_source abi_;
};

struct MadeModel {
    // "sd1", "sd2" (whose values say that it predicts the velocity), "sdxl" or "refiner"; with `inpaints`, a UNet of 9
    // channels.
    explicit MadeModel(const std::string &family, bool inpaints = false);

    MadeSource file;
    MadeSource folder;
};

} // namespace able::golden
