// What a prompt of the demo model asks for, as tools/demo-model/scenes.py describes scenes.
#pragma once

#include <nlohmann/json.hpp>

#include <string>

namespace able::shapes {

struct Scene {
    std::string shape;    // circle, square, triangle, star, ring, cross, heart
    std::string colour;   // a name of the palette
    std::string ground;   // likewise
    std::string size;     // small, medium, big
    std::string position; // centre, left, right, top, bottom
    int count = 1;        // 1, or 2 side by side
    bool outline = false;
};

// From an object with these keys. Throws nlohmann::json::exception naming what is missing.
Scene scene_from_json(const nlohmann::json &json);

} // namespace able::shapes
