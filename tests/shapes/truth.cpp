#include "truth.h"

#include "host/images/decode.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace able::shapes {
namespace {

constexpr std::uint32_t picture_side = 128;

images::Image cut(const images::Image &sheet, std::uint32_t column, std::uint32_t row) {
    images::Image tile{picture_side, picture_side, {}};
    for (std::uint32_t y = 0; y < picture_side; ++y) {
        const auto start =
            sheet.rgb.begin() + std::ptrdiff_t{3} * ((row * picture_side + y) * sheet.width + column * picture_side);
        tile.rgb.insert(tile.rgb.end(), start, start + std::ptrdiff_t{3} * picture_side);
    }
    return tile;
}

std::vector<Truth> read() {
    std::ifstream file(ABLE_SHAPES_DATA "/truth.png", std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    const auto sheet = images::decode(std::as_bytes(std::span(bytes)));
    const std::uint32_t columns = sheet.width / picture_side;
    std::ifstream list(ABLE_SHAPES_DATA "/truth.json");
    std::vector<Truth> found;
    for (const auto &entry : nlohmann::json::parse(list)) {
        const auto i = static_cast<std::uint32_t>(found.size());
        found.push_back({scene_from_json(entry), entry.at("prompt"), cut(sheet, i % columns, i / columns)});
    }
    return found;
}

} // namespace

const std::vector<Truth> &truths() {
    static const std::vector<Truth> all = read();
    return all;
}

const Truth &truth(const std::string &prompt) {
    const auto found =
        std::find_if(truths().begin(), truths().end(), [&](const Truth &one) { return one.prompt == prompt; });
    if (found == truths().end()) {
        throw std::out_of_range("no rendered scene is " + prompt);
    }
    return *found;
}

} // namespace able::shapes
