#include "few_steps_settings.h"

#include "refusal.h"

#include <optional>

namespace able::server {
namespace {

struct Recommendation {
    std::string lora;
    FewSteps settings;
};

std::optional<Recommendation> recommendation(const protocol::Generate &spec, const Catalogue &catalogue) {
    std::optional<Recommendation> found;
    const auto look = [&](const std::vector<protocol::LoraUse> &loras) {
        for (const auto &use : loras) {
            const auto *entry = find_lora(catalogue, use.id).entry;
            if (use.unet_weight == 0 || entry == nullptr || !entry->few_steps) {
                continue;
            }
            if (found && !(found->settings == *entry->few_steps)) {
                refuse("invalid_value", "loras",
                       "the LoRAs \"" + found->lora + "\" and \"" + use.id +
                           "\" are made for different settings; take one of them, or give sampler, schedule, "
                           "steps and cfg_scale yourself");
            }
            found = found ? found : Recommendation{use.id, *entry->few_steps};
        }
    };
    look(spec.loras);
    for (const auto &prompt : spec.prompts) {
        look(prompt.loras);
    }
    return found;
}

} // namespace

void apply_few_steps_settings(Request &request, protocol::Generate &spec, const Catalogue &catalogue,
                              bool sampler_says_schedule) {
    const auto given = [&](const char *field) {
        return request.given.contains(field);
    };
    const bool sampler = !given("sampler") && !given("sampler_params");
    const bool schedule = !given("schedule") && !given("schedule_params") && request.sigmas.empty() &&
                          (sampler || !sampler_says_schedule);
    const bool steps = !given("steps") && request.sigmas.empty();
    const bool cfg_scale = !given("cfg_scale");
    if (!sampler && !schedule && !steps && !cfg_scale) {
        return;
    }
    const auto found = recommendation(spec, catalogue);
    if (!found) {
        return;
    }
    const FewSteps &settings = found->settings;
    protocol::FewStepsUse use{found->lora, settings.kind, {}};
    if (sampler) {
        request.sampler = settings.sampler;
        use.fields.emplace_back("sampler");
    }
    if (schedule) {
        request.schedule = settings.schedule;
        use.fields.emplace_back("schedule");
    }
    if (steps) {
        request.steps = settings.steps;
        use.fields.emplace_back("steps");
    }
    if (cfg_scale) {
        request.cfg_scale = settings.cfg_scale;
        use.fields.emplace_back("cfg_scale");
    }
    if (!use.fields.empty()) {
        spec.few_steps = std::move(use);
    }
}

} // namespace able::server
