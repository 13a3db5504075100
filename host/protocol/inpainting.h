// How a part of a picture is painted anew, as a request may ask.
#pragma once

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace able::protocol {

struct Inpainting {
    std::vector<std::uint8_t> mask;   // an encoded picture, white where to paint; empty = all of it
    std::uint32_t blur = 4;           // of the mask's edge: sigma in pixels
    bool invert = false;              // black is where to paint
    bool only_masked = false;         // that part alone is painted, at the job's size, and put back; else all at once
    std::uint32_t padding = 32;       // pixels around it, of the picture to start from
    std::string content = "original"; // what is under the mask at first: "original", "fill", "noise", "zeros"
};

void to_json(nlohmann::json &json, const Inpainting &inpainting);
void from_json(const nlohmann::json &json, Inpainting &inpainting);

} // namespace able::protocol
