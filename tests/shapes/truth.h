// Rendered scenes whose content is known: tests/shapes/data, made by tools/demo-model/prompts.py.
#pragma once

#include "scene.h"

#include "host/images/image.h"

#include <string>
#include <vector>

namespace able::shapes {

struct Truth {
    Scene scene;
    std::string prompt;
    images::Image image; // 128 x 128
};

// All of them, read once. Throws if the files are not there.
const std::vector<Truth> &truths();
// The one of that prompt; throws std::out_of_range.
const Truth &truth(const std::string &prompt);

} // namespace able::shapes
