#include "embeddings.h"
#include "picture_loras.h"
#include "picture_settings.h"
#include "refusal.h"
#include "request.h"
#include "settings_builder.h"

#include "host/prompt/error.h"
#include "host/prompt/expansion.h"

#include <algorithm>
#include <array>

namespace able::server {
namespace {

using nlohmann::json;

// Fields that need more than being copied.
constexpr std::array<std::string_view, 11> looked_up{"prompt",   "negative_prompt", "model",           "sampler",
                                                     "schedule", "sampler_params",  "schedule_params", "loras",
                                                     "vae",      "refiner",         "refiner_start"};

// Where `path` ("model.id") leads in `all`; null if nowhere.
const json *value_at(const json &all, std::string_view path) {
    const json *value = &all;
    while (value != nullptr && !path.empty()) {
        const std::size_t dot = std::min(path.find('.'), path.size());
        const auto found = value->is_object() ? value->find(std::string(path.substr(0, dot))) : value->end();
        value = value->is_object() && found != value->end() ? &*found : nullptr;
        path.remove_prefix(std::min(dot + 1, path.size()));
    }
    return value;
}

std::string text_at(const json &all, std::string_view path) {
    const json *value = value_at(all, path);
    return value != nullptr && value->is_string() ? value->get<std::string>() : std::string();
}

std::vector<PictureLora> loras_of(const json &metadata) {
    std::vector<PictureLora> loras;
    const json *list = value_at(metadata, "loras");
    if (list == nullptr || !list->is_array()) {
        return loras;
    }
    for (const json &own : *list) {
        PictureLora lora{text_at(own, "id"), text_at(own, "sha256")};
        if (lora.id.empty()) {
            continue;
        }
        const json *unet = value_at(own, "unet_weight"), *text = value_at(own, "text_weight");
        lora.request["weight"] = unet != nullptr && unet->is_number() ? *unet : json(1);
        if (text != nullptr && text->is_number() && *text != lora.request["weight"]) {
            lora.request["text_weight"] = *text;
        }
        for (const char *key : {"block_weights", "params"}) {
            if (const json *value = value_at(own, key)) {
                lora.request[key] = *value;
            }
        }
        loras.push_back(std::move(lora));
    }
    return loras;
}

void take_loras_and_prompt(SettingsBuilder &settings, const json &metadata) {
    PictureLoras loras(settings.catalogue(), loras_of(metadata), settings.warnings());
    std::string prompt = text_at(metadata, "prompt");
    std::string negative = text_at(metadata, "negative_prompt");
    if (text_at(metadata, "prompt_syntax") != "plain") {
        // The prompt was drawn when the picture was made, so what still looks like a template is text.
        const auto names = template_like_names(settings.catalogue());
        try {
            prompt = prompt::without_draws(loras.take_prompt(prompt), names);
            negative = prompt::without_draws(negative, names);
        } catch (const prompt::PromptError &error) {
            settings.warn(std::string("the prompt cannot be read: ") + error.what());
        }
    }
    settings.take("prompt", prompt);
    if (!negative.empty()) {
        settings.take("negative_prompt", negative);
    }
    if (const json rest = loras.rest(); !rest.empty()) {
        settings.take("loras", rest);
    }
}

} // namespace

PictureSettings settings_of_metadata(const json &metadata, const plugins::Registry &registry,
                                     const Catalogue &catalogue) {
    SettingsBuilder settings(registry, catalogue);
    take_loras_and_prompt(settings, metadata);
    if (const std::string model = text_at(metadata, "model.id"); !model.empty()) {
        settings.take_model("model", model);
    }
    if (const std::string sampler = text_at(metadata, "sampler.id"); !sampler.empty()) {
        settings.take_sampler(sampler);
    }
    const bool levels = value_at(metadata, "sigmas") != nullptr; // in place of steps and a schedule
    if (const std::string schedule = text_at(metadata, "schedule.id"); !schedule.empty() && !levels) {
        settings.take_schedule(schedule);
    }
    for (const char *params : {"sampler_params", "schedule_params"}) {
        if (const json *values = value_at(metadata, params)) {
            settings.take_params(params, *values);
        }
    }
    if (const std::string vae = text_at(metadata, "vae.id"); !vae.empty()) {
        settings.take_vae(vae);
    }
    if (const std::string refiner = text_at(metadata, "refiner.id"); !refiner.empty()) {
        settings.take_model("refiner", refiner);
        if (const json *start = value_at(metadata, "refiner.start")) {
            settings.take("refiner_start", *start);
        }
    }
    for (const Field &field : request_fields()) {
        const bool special = std::find(looked_up.begin(), looked_up.end(), field.name) != looked_up.end();
        if (special || *field.record == '\0' || (levels && std::string_view(field.name) == "steps")) {
            continue;
        }
        if (const json *value = value_at(metadata, field.record)) {
            settings.take(field.name, *value);
        }
    }
    if (const json *embeddings = value_at(metadata, "embeddings"); embeddings != nullptr && embeddings->is_array()) {
        for (const json &own : *embeddings) {
            settings.need_embedding(text_at(own, "name"), text_at(own, "sha256"));
        }
    }
    return settings.finish();
}

} // namespace able::server
