#include "golden_data.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fstream>
#include <limits>
#include <stdexcept>

namespace able::golden {
namespace {

template <class Value>
std::vector<Value> values(const able_view &from) {
    int64_t count = 1;
    for (int32_t i = 0; i < from.ndim; ++i) {
        count *= from.shape[i];
    }
    std::vector<Value> result(static_cast<size_t>(count));
    std::memcpy(result.data(), static_cast<const char *>(from.data) + from.byte_offset, result.size() * sizeof(Value));
    return result;
}

const able_view &view(const models::Source &source, const std::string &name, uint8_t code, uint8_t bits) {
    const able_view *found = source.abi()->tensor(source.abi(), name.c_str());
    if (found == nullptr || found->dtype_code != code || found->dtype_bits != bits) {
        throw std::runtime_error("golden data: no tensor of the expected type called " + name);
    }
    return *found;
}

} // namespace

Array array_of(const models::Source &source, const std::string &name) {
    const able_view &from = view(source, name, ABLE_DTYPE_FLOAT, 32);
    return {{from.shape, from.shape + from.ndim}, values<float>(from)};
}

std::filesystem::path data_folder() {
    return ABLE_GOLDEN_DATA;
}

GoldenSet::GoldenSet(const std::filesystem::path &index_file) {
    std::ifstream file(index_file);
    index_ = nlohmann::json::parse(file);
    tensors_ = models::Source::open_file(data_folder() / index_["tensors"].get<std::string>());
    model_ = models::Source::open_folder(data_folder() / name());
}

Array GoldenSet::array(const std::string &name) const {
    return array_of(*tensors_, name);
}

std::vector<uint8_t> GoldenSet::bytes(const std::string &name) const {
    return values<uint8_t>(view(*tensors_, name, ABLE_DTYPE_UINT, 8));
}

const std::vector<std::unique_ptr<GoldenSet>> &golden_sets() {
    static const auto sets = [] {
        std::vector<std::unique_ptr<GoldenSet>> found;
        for (const auto &file : std::filesystem::directory_iterator(data_folder())) {
            if (file.path().extension() == ".json") {
                found.push_back(std::make_unique<GoldenSet>(file.path()));
            }
        }
        std::sort(found.begin(), found.end(), [](const auto &a, const auto &b) { return a->name() < b->name(); });
        return found;
    }();
    return sets;
}

const GoldenSet &golden_set(const std::string &name) {
    for (const auto &set : golden_sets()) {
        if (set->name() == name) {
            return *set;
        }
    }
    throw std::runtime_error("golden data: no set for " + name);
}

const nlohmann::json &index() {
    return golden_set("tiny-sd15").index();
}

Array array(const std::string &name) {
    return golden_set("tiny-sd15").array(name);
}

std::vector<uint8_t> bytes(const std::string &name) {
    return golden_set("tiny-sd15").bytes(name);
}

Array Array::at(int64_t position) const {
    Array result{shape, {}};
    const auto size = static_cast<std::ptrdiff_t>(values.size()) / extent(0);
    result.shape[0] = 1;
    result.values.assign(values.begin() + position * size, values.begin() + (position + 1) * size);
    return result;
}

const nlohmann::json &named(const nlohmann::json &list, const std::string &name) {
    const auto found = std::find_if(list.begin(), list.end(), [&](const auto &entry) { return entry["name"] == name; });
    if (found == list.end()) {
        throw std::runtime_error("golden data: no entry called " + name);
    }
    return *found;
}

double norm_error(const std::vector<float> &found, const std::vector<float> &expected) {
    REQUIRE(found.size() == expected.size());
    double difference = 0;
    double norm = 0;
    for (size_t i = 0; i < found.size(); ++i) {
        difference += std::pow(double{found[i]} - double{expected[i]}, 2);
        norm += std::pow(double{expected[i]}, 2);
    }
    return std::sqrt(difference / norm);
}

double relative_error(const std::vector<float> &found, const std::vector<float> &expected) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    if (found.size() != expected.size()) {
        return infinity;
    }
    double difference = 0;
    double largest = 0;
    for (size_t i = 0; i < found.size(); ++i) {
        if (!std::isfinite(found[i])) {
            return infinity;
        }
        difference = std::max(difference, std::abs(double{found[i]} - double{expected[i]}));
        largest = std::max(largest, std::abs(double{expected[i]}));
    }
    return largest == 0 ? difference : difference / largest;
}

} // namespace able::golden
