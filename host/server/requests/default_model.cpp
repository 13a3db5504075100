#include "default_model.h"

namespace able::server {

DefaultModel default_model(const Catalogue &catalogue, const config::Config &config) {
    if (!config.models.default_model.empty()) {
        return {config.models.default_model};
    }
    std::string own;
    std::string bundled;
    for (const auto &entry : catalogue.models) {
        if (!entry.ready) {
            continue;
        }
        if (entry.bundled) {
            bundled = bundled.empty() ? entry.id : bundled;
            continue;
        }
        if (!own.empty()) {
            return {.id = {}, .ambiguous = true};
        }
        own = entry.id;
    }
    return {own.empty() ? bundled : own};
}

} // namespace able::server
