#include "models.h"

#include "host/server/requests/prompt_report.h"
#include "host/server/requests/resolve.h"

#include <nlohmann/json.hpp>

#include <string>

namespace able::server {

Models::Models(Environment &environment, const Settings &settings, Queue &queue)
    : environment_(environment), settings_(settings), queue_(queue) {}

bool Models::ready() const {
    return environment_.ready();
}

std::shared_ptr<const plugins::Registry> Models::plugins() const {
    return environment_.refresh_registry();
}

std::shared_ptr<const Catalogue> Models::catalogue() const {
    return environment_.catalogue();
}

std::shared_ptr<const Catalogue> Models::refresh() const {
    return environment_.refresh_catalogue();
}

void Models::load(std::string_view id) {
    queue_.load(resolve_load(std::string(id), *environment_.refresh_registry(), *environment_.catalogue(),
                             settings_.config(), inquiries(environment_)));
}

nlohmann::json Models::parse_prompt(const nlohmann::json &request) const {
    return prompt_report(request, *environment_.catalogue(), settings_.config(), environment_);
}

PictureReader Models::reader(const InGallery &gallery) const {
    return {gallery, [this](const auto &png) {
                return environment_.picture_texts(png);
            }};
}

PictureSettings Models::settings_of_picture(const nlohmann::json &picture, const InGallery &gallery) const {
    return server::settings_of_picture(picture, reader(gallery), *environment_.registry(), *environment_.catalogue());
}

PictureSettings Models::fill_from_image(const nlohmann::json &request, const InGallery &gallery) const {
    return server::fill_from_image(request, reader(gallery), *environment_.registry(), *environment_.catalogue());
}

} // namespace able::server
