#include "vae_refiner.h"

#include "refusal.h"

#include "host/config/memory_demand.h"
#include "host/config/memory_limit.h"

#include <algorithm>
#include <cmath>

namespace able::server {
namespace {

bool lacks_vae(const ModelEntry &model) {
    return std::find(model.needs.begin(), model.needs.end(), "vae") != model.needs.end();
}

const ModelEntry &vae_called(const std::string &name, const Catalogue &catalogue) {
    const auto found = find_vae(catalogue, name);
    if (found.entry != nullptr) {
        return *found.entry;
    }
    // One that no model here can use stays among the models, with the reason.
    const auto model = find_model(catalogue, name);
    if (model.entry != nullptr) {
        const auto &entry = *model.entry;
        refuse("unknown_vae", "vae",
               quoted(entry.id) + (entry.ready ? " is a model, not a VAE on its own" : ": " + entry.reason),
               ids(catalogue.vaes));
    }
    refuse("unknown_vae", "vae", found.message, found.ambiguous ? found.candidates : ids(catalogue.vaes));
}

const ModelEntry &resolve_refiner(protocol::Generate &spec, const Request &request, const ModelEntry &model,
                                  const Catalogue &catalogue) {
    std::vector<std::string> possible;
    for (const auto &entry : catalogue.models) {
        if (entry.ready && entry.family == model.family && entry.id != model.id) {
            possible.push_back(entry.id);
        }
    }
    const auto found = find_model(catalogue, *request.refiner);
    if (found.entry == nullptr) {
        refuse("unknown_model", "refiner", found.message, found.ambiguous ? found.candidates : possible);
    }
    const auto &entry = *found.entry;
    if (!entry.ready) {
        refuse("model_not_ready", "refiner", "the model " + quoted(entry.id) + " cannot be used: " + entry.reason);
    }
    if (entry.id == model.id) {
        refuse("invalid_value", "refiner", "the refiner is the model itself; leave it out", possible);
    }
    if (entry.family != model.family) {
        refuse("invalid_value", "refiner",
               "the refiner " + quoted(entry.id) + " is of the family " + quoted(entry.family) + ", the model " +
                   quoted(model.id) + " of " + quoted(model.family) + "; both must be of one",
               possible);
    }
    if (!(request.refiner_start > 0 && request.refiner_start < 1)) {
        refuse("out_of_range", "refiner_start",
               "refiner_start must lie between 0 and 1, so that both the model and the refiner have a part");
    }
    spec.refiner_id = entry.id;
    spec.refiner_path = entry.path.string();
    return entry;
}

struct Need {
    std::uint64_t weights = 0;
    std::vector<const protocol::MemoryNeed *> parts;

    std::uint64_t working_at(std::uint64_t pixels) const {
        std::uint64_t most = 0;
        for (const auto *part : parts) {
            most = std::max(most, part->working_at(pixels));
        }
        return most;
    }
};

// The largest picture of the same proportions that fits, in steps of 64 pixels of its width; empty if none does.
std::string largest_size(const Need &need, const config::MemoryDemand &demand, std::uint64_t limit) {
    for (std::uint32_t width = (demand.width - 1) / 64 * 64; width >= 64; width -= 64) {
        const double wanted = static_cast<double>(width) * demand.height / demand.width;
        const auto height = static_cast<std::uint32_t>(std::floor(wanted / 8) * 8);
        if (height < 64) {
            break;
        }
        if (need.weights + need.working_at(std::uint64_t{width} * height) <= limit) {
            return std::to_string(width) + "x" + std::to_string(height);
        }
    }
    return {};
}

} // namespace

const ModelEntry *find_vae_of(const ModelEntry &model, const std::optional<std::string> &name,
                              const Catalogue &catalogue, const config::Config &config) {
    if (name) {
        return &vae_called(*name, catalogue);
    }
    if (!lacks_vae(model)) {
        return nullptr;
    }
    const std::string &standard = config.models.default_vae;
    const auto found = find_vae(catalogue, standard);
    if (found.entry == nullptr) {
        refuse("missing_field", "vae",
               "the model " + quoted(model.id) +
                   " has no autoencoder of its own; name one as \"vae\", or one for all " +
                   "such models as models.default_vae in the configuration" +
                   (standard.empty() ? "" : " (there is no " + quoted(standard) + ", which is named there)"),
               ids(catalogue.vaes));
    }
    return found.entry;
}

const ModelEntry *resolve_vae_and_refiner(protocol::Generate &spec, const Request &request, const ModelEntry &model,
                                          const Catalogue &catalogue, const config::Config &config) {
    const ModelEntry *vae = find_vae_of(model, request.vae, catalogue, config);
    if (vae != nullptr) {
        spec.vae_id = vae->id;
        spec.vae_path = vae->path.string();
    }
    const ModelEntry &encodes = vae != nullptr ? *vae : model;
    if (model.variant == "inpaint" && !encodes.encodes) {
        refuse("invalid_value", "vae",
               "the autoencoder of " + quoted(encodes.id) + " has no encoder, which the inpainting model " +
                   quoted(model.id) + " needs for every picture; name another vae",
               ids(catalogue.vaes));
    }
    if (!request.init_image.empty() && !encodes.encodes) {
        refuse("invalid_value", "init_image",
               "the autoencoder of " + quoted(encodes.id) +
                   " has no encoder, so that it cannot start from a picture; leave init_image out, or name another vae",
               ids(catalogue.vaes));
    }
    if (request.refiner) {
        const ModelEntry &refiner = resolve_refiner(spec, request, model, catalogue);
        if (vae == nullptr && lacks_vae(refiner)) {
            refuse("missing_field", "vae",
                   "the refiner " + quoted(refiner.id) + " has no autoencoder of its own; name one as \"vae\"",
                   ids(catalogue.vaes));
        }
    }
    return vae;
}

void check_memory(const std::vector<const ModelEntry *> &models, std::uint32_t width, std::uint32_t height,
                  const config::Config &config) {
    Need need;
    for (const auto *entry : models) {
        if (!entry->memory.known()) {
            return;
        }
        need.weights += entry->memory.weights;
        need.parts.push_back(&entry->memory);
    }
    const std::uint64_t pixels = std::uint64_t{width} * height;
    const config::MemoryDemand demand{need.weights, need.working_at(pixels), width, height, models.size() > 1};
    const std::uint64_t limit = config::worker_memory_limit(config);
    if (demand.total() <= limit) {
        return;
    }
    auto remedies = config::remedies(demand, limit, config.inference);
    const std::string size = largest_size(need, demand, limit);
    if (demand.weights < limit) { // the first remedy speaks of the size
        remedies.front() = "ask for a picture of " + size + " at most";
        if (size.empty()) {
            remedies.erase(remedies.begin());
        }
    }
    refuse("not_enough_memory", size.empty() ? "model" : "width", config::refusal(demand, limit, remedies));
}

} // namespace able::server
