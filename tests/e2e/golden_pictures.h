// The reference's pictures, and the requests that make the same ones.
#pragma once

#include "host/models/source.h"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace able::e2e {

// Reference runs with one model, and their pixels.
struct Golden {
    nlohmann::json index;
    std::shared_ptr<able::models::Source> tensors;
};

// Of the runs in tests/golden/data, or in a folder in it.
Golden golden_for(const std::string &model, const std::filesystem::path &folder = {});
// As the server has them: under a mask, laid over the picture to start from.
std::vector<std::uint8_t> golden_pixels(const Golden &golden, const nlohmann::json &run);
nlohmann::json request_of(const std::string &model, const nlohmann::json &run);
// Requires the picture to be within 1/255 of `expected` on 99.9 % of the values.
void check_pixels(const std::string &png, const std::vector<std::uint8_t> &expected);

std::span<const std::byte> bytes_of(const std::string &text);
std::vector<std::uint8_t> pixels_of(const std::string &png);

} // namespace able::e2e
