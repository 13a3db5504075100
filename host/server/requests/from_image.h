// A request whose missing fields are a picture's.
#pragma once

#include "picture_settings.h"

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace able::server {

// The texts of a PNG file, by keyword: those that settings are read from. Throws RequestError for one that is damaged.
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

// `document` without from_image, and with the picture's settings for fields that it leaves out. Where it has a sampler,
// schedule, model or noise levels of its own, what only goes with the picture's is left out. A document without the
// field comes back as it is.
PictureSettings fill_from_image(nlohmann::json document, const PictureReader &reader, const plugins::Registry &registry,
                                const Catalogue &catalogue);

// PictureReader::texts of a child process, which is `executable` again: this one opens no picture.
PictureTexts picture_texts(const std::filesystem::path &executable, const std::vector<std::uint8_t> &png);

} // namespace able::server
