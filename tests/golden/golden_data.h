// The reference values in data/: for each model, a JSON index that says what each is, and a safetensors file of
// numbers.
#pragma once

#include <host/models/source.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace able::golden {

struct Array {
    std::vector<int64_t> shape;
    std::vector<float> values;

    int64_t extent(size_t dimension) const { return shape.at(dimension); }
    // Element `index` of the first dimension, that dimension kept as 1.
    Array at(int64_t index) const;
};

std::filesystem::path data_folder();

// One model and what the reference libraries compute with it.
class GoldenSet {
public:
    explicit GoldenSet(const std::filesystem::path &index_file);

    std::string name() const { return index_["model"]; } // the model's folder: "tiny-sd15"
    const nlohmann::json &index() const { return index_; }
    Array array(const std::string &name) const; // fp32 tensors
    std::vector<uint8_t> bytes(const std::string &name) const;
    // The host's source over the model's folder.
    const able_source *model() const { return model_->abi(); }

private:
    nlohmann::json index_;
    std::shared_ptr<models::Source> tensors_, model_;
};

// Every set in data/, by name.
const std::vector<std::unique_ptr<GoldenSet>> &golden_sets();
const GoldenSet &golden_set(const std::string &name);

// Of SD 1.5's set, with which whatever is not the family's own is tested.
const nlohmann::json &index();
Array array(const std::string &name);
std::vector<uint8_t> bytes(const std::string &name);

// The fp32 tensor `name` of the safetensors file `source`.
Array array_of(const models::Source &source, const std::string &name);

// The entry of `list` whose "name" is `name`.
const nlohmann::json &named(const nlohmann::json &list, const std::string &name);

// Largest difference, over the largest absolute value of `expected`. Infinite where the sizes differ or a value is not
// a number; the largest difference itself where `expected` is all zeros.
double relative_error(const std::vector<float> &found, const std::vector<float> &expected);
// The norm of the difference over that of what was expected, as the reference's own differences are measured.
double norm_error(const std::vector<float> &found, const std::vector<float> &expected);

} // namespace able::golden
