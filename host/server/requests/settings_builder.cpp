#include "settings_builder.h"

#include "refusal.h"
#include "request.h"

#include "host/base/whole_number.h"
#include "host/plugins/describe/param_values.h"

#include <algorithm>

namespace able::server {

void SettingsBuilder::take(const std::string &field, const nlohmann::json &value) {
    const auto fields = request_fields();
    const auto row = std::find_if(fields.begin(), fields.end(), [&](const Field &each) { return field == each.name; });
    // As parse_request() takes them: 20.0 is 20.
    const nlohmann::json own = row->type == FieldType::integer ? base::whole_if_integral(value) : value;
    try {
        check_field(*row, own);
        result_.request[field] = own;
    } catch (const base::RequestError &error) {
        warn(field + " is left out: " + error.what());
    }
}

void SettingsBuilder::take_number(const std::string &field, const std::string &text) {
    const auto value = nlohmann::json::parse(text, nullptr, false);
    take(field, value.is_number() ? value : nlohmann::json(text));
}

void SettingsBuilder::take_model(const char *field, const std::string &name) {
    const auto found = find_model(catalogue_, name);
    if (found.entry == nullptr) {
        return warn(std::string(field) + " is left out: " + found.message);
    }
    if (!found.entry->ready) {
        return warn(std::string(field) + " is left out: the model " + quoted(found.entry->id) +
                    " cannot be used: " + found.entry->reason);
    }
    take(field, found.entry->id);
}

void SettingsBuilder::take_vae(const std::string &name) {
    const auto found = find_vae(catalogue_, name);
    if (found.entry == nullptr) {
        return warn("vae is left out: " + found.message);
    }
    take("vae", found.entry->id);
}

void SettingsBuilder::take_sampler(const std::string &name) {
    const auto found = registry_.find_sampler(name);
    if (!found) {
        return warn("sampler is left out: no sampler here is called " + quoted(name));
    }
    sampler_ = found->sampler;
    take("sampler", found->sampler.description->id);
    if (found->schedule) {
        schedule_ = found->schedule;
        take("schedule", found->schedule->description->id);
    }
}

void SettingsBuilder::take_schedule(const std::string &name) {
    const auto found = registry_.find(plugins::ObjectKind::schedule, name);
    if (!found) {
        return warn("schedule is left out: no schedule here is called " + quoted(name));
    }
    schedule_ = found;
    take("schedule", found->description->id);
}

void SettingsBuilder::take_params(const char *field, const nlohmann::json &values) {
    const auto &object = object_of(field);
    if (!object || !values.is_object()) {
        return;
    }
    nlohmann::json kept = nlohmann::json::object();
    for (const auto &[key, value] : values.items()) {
        try {
            plugins::check_params(object->description->params, {{key, value}});
            kept[key] = value;
        } catch (const plugins::ParamError &error) {
            warn(std::string(field) + "." + key.substr(0, 100) + " is left out: " + error.what());
        }
    }
    if (!kept.empty()) {
        nlohmann::json &all = result_.request.emplace(field, nlohmann::json::object()).first.value();
        all.update(kept);
    }
}

bool SettingsBuilder::has_param(const char *field, std::string_view key) const {
    const auto &object = object_of(field);
    return object && std::any_of(object->description->params.begin(), object->description->params.end(),
                                 [key](const auto &param) { return param.key == key; });
}

void SettingsBuilder::need_embedding(const std::string &name, const std::string &hash) {
    const auto &all = catalogue_.embeddings;
    const auto found = std::find_if(all.begin(), all.end(), [&](const EmbeddingEntry &entry) {
        return entry.name == name || entry.id == name || entry.word == name;
    });
    if (found == all.end()) {
        const auto has_word = [&](const LoraEntry &lora) {
            return std::any_of(lora.bundled.begin(), lora.bundled.end(),
                               [&](const EmbeddingEntry &word) { return word.name == name || word.id == name; });
        };
        if (std::any_of(catalogue_.loras.begin(), catalogue_.loras.end(), has_word)) {
            return;
        }
        return warn("the embedding " + quoted(name) + " is not here: its name in the prompt is plain text");
    }
    if (!hash.empty() && !found->hashes.sha256.empty() && !has_hash(found->hashes, hash)) {
        warn("the embedding " + quoted(name) + " here is another file than the picture's, whose hash begins with " +
             hash.substr(0, 12));
    }
}

} // namespace able::server
