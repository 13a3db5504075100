// The reference values in data/: golden.json says what each is, golden.safetensors holds the numbers.
#pragma once

#include <host/models/source.h>

#include <cstdint>
#include <filesystem>
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
const nlohmann::json &index();
Array array(const std::string &name); // fp32 tensors
std::vector<uint8_t> bytes(const std::string &name);

// The entry of `list` whose "name" is `name`.
const nlohmann::json &named(const nlohmann::json &list, const std::string &name);

// Largest difference, over the largest absolute value of `expected`. Infinite where the sizes differ or a value is not
// a number.
double relative_error(const std::vector<float> &found, const std::vector<float> &expected);

} // namespace able::golden
