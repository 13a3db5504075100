#include "default_model.h"

namespace able::jobs {

DefaultModel default_model(const models::Catalogue &catalogue, const config::Config &config) {
    if (!config.models.default_model.empty()) {
        return {config.models.default_model};
    }
    const models::ModelEntry *own = nullptr;
    const models::ModelEntry *bundled = nullptr;
    for (const auto &entry : catalogue.models) {
        if (!entry.ready) {
            continue;
        }
        const models::ModelEntry *&slot = entry.bundled ? bundled : own;
        if (slot != nullptr && !entry.bundled) {
            return {.id = {}, .ambiguous = true};
        }
        slot = slot != nullptr ? slot : &entry;
    }
    const models::ModelEntry *chosen = own != nullptr ? own : bundled;
    return {chosen != nullptr ? chosen->id : std::string()};
}

} // namespace able::jobs
