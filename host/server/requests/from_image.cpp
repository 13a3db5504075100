#include "from_image.h"

#include "picture_field.h"
#include "refusal.h"

#include "host/base/strict_json.h"
#include "host/protocol/ask_child.h"
#include "host/protocol/picture_texts.h"

#include <chrono>

namespace able::server {
namespace {

using nlohmann::json;

constexpr const char *field = "from_image";
constexpr std::chrono::seconds limit{30};
constexpr std::size_t longest_answer = std::size_t{64} << 20U;

PictureSettings settings_of_texts(const PictureTexts &texts, const plugins::Registry &registry,
                                  const Catalogue &catalogue) {
    if (const auto own = texts.find("ablerefusal"); own != texts.end()) {
        json metadata;
        try {
            metadata = base::parse_strict_json(own->second);
        } catch (const base::RequestError &) {
            metadata = nullptr; // the other text may do
        }
        if (metadata.is_object()) {
            return settings_of_metadata(metadata, registry, catalogue);
        }
    }
    if (const auto theirs = texts.find("parameters"); theirs != texts.end()) {
        if (auto settings = settings_of_parameters(theirs->second, registry, catalogue)) {
            return *std::move(settings);
        }
    }
    refuse("invalid_value", field,
           "from_image carries no settings: it has no text \"ablerefusal\" or \"parameters\" that says how it was "
           "made; programs that save a picture anew often drop them");
}

void forget(json &settings, std::initializer_list<const char *> fields) {
    for (const char *name : fields) {
        settings.erase(name);
    }
}

// Removes the settings that contradict a field of the document, or have no meaning beside it.
void leave_to(const json &document, json &settings, const plugins::Registry &registry) {
    const auto sampler = document.find("sampler");
    if (sampler != document.end()) {
        forget(settings, {"sampler_params"});
        const auto named = sampler->is_string() ? registry.find_sampler(sampler->get<std::string>()) : std::nullopt;
        if (named && named->schedule) {
            forget(settings, {"schedule", "schedule_params", "sigmas"});
        }
    }
    if (document.contains("schedule")) {
        forget(settings, {"schedule_params", "sigmas"});
    }
    if (document.contains("steps")) {
        forget(settings, {"sigmas"});
    }
    if (document.contains("sigmas")) {
        forget(settings, {"steps", "schedule", "schedule_params"});
    }
    if (document.contains("model")) {
        forget(settings, {"pipeline_params"});
    }
    if (document.contains("refiner")) {
        forget(settings, {"refiner_start"});
    }
}

} // namespace

PictureSettings settings_of_picture(const json &picture, const PictureReader &reader, const plugins::Registry &registry,
                                    const Catalogue &catalogue) {
    if (!picture.is_string()) {
        refuse("wrong_type", field, "from_image must be a string: a PNG file in base64, or the id of a picture");
    }
    const auto &text = picture.get_ref<const std::string &>();
    constexpr std::size_t longest_id = 255;
    if (reader.in_gallery && text.size() <= longest_id) {
        if (const auto metadata = reader.in_gallery(text)) {
            return settings_of_metadata(*metadata, registry, catalogue);
        }
        if (!text.starts_with("data:") && !text.starts_with("iVBOR")) { // how every PNG begins in base64
            refuse("unknown_image", field,
                   "from_image: no picture in the gallery has the id " + quoted(text) +
                       ", and it is not a PNG file in base64");
        }
    }
    const auto bytes = picture_of(field, picture);
    if (bytes.front() != 0x89) {
        refuse("invalid_value", field,
               "from_image is not a PNG file: settings are read from the texts of PNG files only");
    }
    return settings_of_texts(reader.texts(bytes), registry, catalogue);
}

PictureSettings fill_from_image(json document, const PictureReader &reader, const plugins::Registry &registry,
                                const Catalogue &catalogue) {
    if (!document.is_object() || !document.contains(field)) {
        return {std::move(document), {}};
    }
    PictureSettings filled = settings_of_picture(document.at(field), reader, registry, catalogue);
    document.erase(field);
    leave_to(document, filled.request, registry);
    if (filled.request.contains("strength") && !document.contains("init_image")) {
        filled.warnings.emplace_back("the picture began from another one, which is not in it: give init_image, and "
                                     "mask if there was one, to begin there again");
        filled.request.erase("strength");
    }
    filled.request.update(document);
    return filled;
}

PictureTexts picture_texts(const std::filesystem::path &executable, const std::vector<std::uint8_t> &png) {
    protocol::TextsAnswer answer;
    try {
        answer = protocol::ask_child<protocol::TextsAnswer>({.executable = executable,
                                                             .mode = "--texts",
                                                             .who = "the process that reads it",
                                                             .input = std::string(png.begin(), png.end()),
                                                             .limit = limit,
                                                             .longest_answer = longest_answer});
    } catch (const std::exception &error) {
        refuse("invalid_value", field, std::string("from_image: ") + error.what());
    }
    if (!answer.error.empty()) {
        refuse("invalid_value", field, "from_image: " + answer.error);
    }
    return {answer.texts.begin(), answer.texts.end()};
}

} // namespace able::server
