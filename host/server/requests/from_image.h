// Fills the fields that a request leaves out with the settings of a picture.
#pragma once

#include "picture_settings.h"

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace able::server {

// The texts of a PNG file that settings are read from, by keyword. Throws RequestError for a damaged file.
using PictureTexts = std::map<std::string, std::string>;

// Where pictures come from.
struct PictureReader {
    // The metadata of a picture in the gallery; nothing for any other id. May be empty.
    std::function<std::optional<nlohmann::json>(const std::string &id)> in_gallery;
    std::function<PictureTexts(const std::vector<std::uint8_t> &png)> texts;
};

// What `picture` was made with: a value of from_image. Throws RequestError naming that field.
PictureSettings settings_of_picture(const nlohmann::json &picture, const PictureReader &reader,
                                    const plugins::Registry &registry, const Catalogue &catalogue);

// `document` without from_image, and with the picture's settings for the fields that it leaves out. If it has a
// sampler, schedule, model or noise levels of its own, settings that belong to the picture's are left out: a sampler's
// parameters, for one. A document without from_image is returned unchanged.
PictureSettings fill_from_image(nlohmann::json document, const PictureReader &reader, const plugins::Registry &registry,
                                const Catalogue &catalogue);

// For PictureReader::texts: has a child process, `executable` again, read the picture, because this process opens none.
PictureTexts picture_texts(const std::filesystem::path &executable, const std::vector<std::uint8_t> &png);

} // namespace able::server
