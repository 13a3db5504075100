#include "scene.h"

namespace able::shapes {

Scene scene_from_json(const nlohmann::json &json) {
    return {.shape = json.at("shape"),
            .colour = json.at("colour"),
            .ground = json.at("ground"),
            .size = json.at("size"),
            .position = json.at("position"),
            .count = json.at("count"),
            .outline = json.at("outline")};
}

} // namespace able::shapes
