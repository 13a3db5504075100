#include "resolve.h"

#include "default_model.h"
#include "few_steps_settings.h"
#include "model_fit.h"
#include "model_params.h"
#include "refusal.h"
#include "resolve_prompts.h"
#include "vae_refiner.h"

#include "host/plugins/describe/param_values.h"

#include <algorithm>
#include <limits>
#include <random>

namespace able::server {
namespace {

std::string model_name(const Request &request, const Catalogue &catalogue, const config::Config &config) {
    if (request.model) {
        return *request.model;
    }
    const DefaultModel standard = default_model(catalogue, config);
    if (standard.ambiguous) {
        refuse("missing_field", "model", "there is more than one model and no default: name one",
               ids(catalogue.models));
    }
    if (standard.id.empty()) {
        refuse("model_not_ready", "model",
               "there is no usable model: put one into the models folder (GET /models says where each was looked for "
               "and what is wrong with it) and refresh the list",
               ids(catalogue.models));
    }
    return standard.id;
}

} // namespace

const ModelEntry &find_model(const Request &request, const Catalogue &catalogue, const config::Config &config) {
    const std::string name = model_name(request, catalogue, config);
    const auto found = find_model(catalogue, name);
    if (found.entry == nullptr) {
        refuse("unknown_model", "model", found.message.empty() ? "no model is called " + quoted(name) : found.message,
               found.ambiguous ? found.candidates : ids(catalogue.models));
    }
    if (!found.entry->ready) {
        refuse("model_not_ready", "model",
               "the model " + quoted(found.entry->id) + " cannot be used: " + found.entry->reason);
    }
    return *found.entry;
}

namespace {

void check_params(const std::string &field, const plugins::Object &object, const nlohmann::json &values) {
    try {
        plugins::check_params(object.description->params, values);
    } catch (const plugins::ParamError &error) {
        std::vector<std::string> known;
        for (const auto &param : object.description->params) {
            known.push_back(param.key);
        }
        refuse("invalid_parameter", error.key().empty() ? field : field + "." + error.key(),
               field + ": " + error.what(), std::move(known));
    }
}

plugins::Object find_schedule(const std::string &name, const plugins::Registry &registry) {
    const auto found = registry.find(plugins::ObjectKind::schedule, name);
    if (!found) {
        refuse("unknown_schedule", "schedule", "no schedule is called " + quoted(name),
               registry.ids(plugins::ObjectKind::schedule));
    }
    return *found;
}

plugins::Object own_schedule(const plugins::Object &sampler, const plugins::Registry &registry) {
    const auto &description = *sampler.description;
    const auto found = registry.find(plugins::ObjectKind::schedule, description.default_schedule);
    if (!found) {
        refuse("unknown_schedule", "schedule",
               "the sampler " + quoted(description.id) + " asks for the schedule " +
                   quoted(description.default_schedule) + ", which no plugin here has; name another one",
               registry.ids(plugins::ObjectKind::schedule));
    }
    return *found;
}

void resolve_sampler(protocol::Generate &spec, const Request &request, const plugins::Registry &registry) {
    const auto choice = registry.find_sampler(request.sampler);
    if (!choice) {
        refuse("unknown_sampler", "sampler", "no sampler is called " + quoted(request.sampler),
               registry.ids(plugins::ObjectKind::sampler));
    }
    spec.sampler = choice->sampler.description->id;
    check_params("sampler_params", choice->sampler, request.sampler_params);
    if (!request.sigmas.empty()) {
        if (choice->schedule) {
            refuse("invalid_value", "sigmas",
                   "the sampler's name " + quoted(request.sampler) + " already says schedule " +
                       quoted(choice->schedule->description->id) + "; leave that or sigmas out");
        }
        return;
    }
    const plugins::Object schedule = request.schedule   ? find_schedule(*request.schedule, registry)
                                     : choice->schedule ? *choice->schedule
                                                        : own_schedule(choice->sampler, registry);
    if (choice->schedule && choice->schedule->description->id != schedule.description->id) {
        refuse("invalid_value", "schedule",
               "the sampler's name " + quoted(request.sampler) + " already says schedule " +
                   quoted(choice->schedule->description->id) + "; leave one of the two out");
    }
    check_params("schedule_params", schedule, request.schedule_params);
    spec.schedule = schedule.description->id;
}

// Of the LoRAs that the request itself names: tags in a prompt have no parameters.
void check_lora_params(const protocol::Generate &spec, const plugins::Registry &registry, const Catalogue &catalogue) {
    for (std::size_t i = 0; i < spec.loras.size(); ++i) {
        const auto &use = spec.loras[i];
        if (use.params.empty()) {
            continue;
        }
        const std::string field = "loras[" + std::to_string(i) + "].params";
        const auto entry = std::find_if(catalogue.loras.begin(), catalogue.loras.end(),
                                        [&](const LoraEntry &lora) { return lora.id == use.id; });
        const auto adapter = registry.find(plugins::ObjectKind::adapter, entry->adapter);
        if (!adapter) {
            refuse("unknown_adapter", field,
                   "the adapter " + quoted(entry->adapter) + " that took the LoRA " + quoted(use.id) +
                       " is not there any more; GET /plugins says what became of it");
        }
        check_params(field, *adapter, use.params);
    }
}

std::uint32_t checked_side(const char *field, std::uint32_t pixels, const config::Config &config) {
    if (pixels == 0) {
        refuse("missing_field", field, std::string("the model has no default size; give a ") + field);
    }
    if (pixels > config.inference.max_resolution) {
        refuse("out_of_range", field,
               std::string(field) + " " + std::to_string(pixels) + " is beyond this server's limit of " +
                   std::to_string(config.inference.max_resolution) + " pixels (inference.max_resolution)");
    }
    return pixels;
}

void check_batch_size(const Request &request, const config::Config &config) {
    if (request.batch_size > config.inference.max_batch_size) {
        refuse("out_of_range", "batch_size",
               "batch_size " + std::to_string(request.batch_size) + " is beyond this server's limit of " +
                   std::to_string(config.inference.max_batch_size) + " (inference.max_batch_size)");
    }
}

// As the worker counts them, up to the schedule's own rounding.
void check_strength(const protocol::Generate &spec) {
    if (spec.init_image.empty()) {
        return;
    }
    const std::uint32_t taken = protocol::steps_from_picture(spec.steps, spec.strength);
    const std::string steps = spec.sigmas.empty() ? "steps " + std::to_string(spec.steps)
                                                  : "the " + std::to_string(spec.steps) + " steps of sigmas";
    const std::string what = "strength " + nlohmann::json(spec.strength).dump() + " with " + steps;
    if (taken == 0 && spec.strength > 0) {
        refuse("invalid_value", "strength",
               what + " takes no step: their product must be 1 or more; raise strength or steps, or set strength to 0 "
                      "for the picture as the model's autoencoder has it");
    }
    if (taken < 2 && !spec.refiner_id.empty()) {
        refuse("invalid_value", "strength",
               what + " takes too few steps for a refiner, which needs one beside the model's; raise strength or "
                      "steps, or leave the refiner out");
    }
}

// The catalogue has found that the model loads by itself.
void check_load(const Inquiries &ask, const ModelEntry &model, const ModelEntry *vae, const nlohmann::json &params,
                const nlohmann::json &requested, const config::Config &config) {
    if (!ask.load_problem || (vae == nullptr && params.empty())) {
        return;
    }
    const std::string problem = ask.load_problem(model, vae, params, config.inference);
    if (problem.empty()) {
        return;
    }
    std::string with = vae == nullptr ? "" : "the VAE " + quoted(vae->id);
    if (!params.empty()) {
        with += (with.empty() ? "" : " and ") + std::string("the parameters ") + params.dump() +
                (requested.empty() ? " of models.params in the configuration" : "");
    }
    refuse("invalid_value", vae != nullptr ? "vae" : "pipeline_params",
           "the model " + quoted(model.id) + " does not load with " + with + ": " + problem);
}

// Below 2^53, so that a client whose numbers are doubles can send it back unharmed.
std::uint64_t draw_seed() {
    std::random_device device;
    const std::uint64_t bits = (std::uint64_t{device()} << 32) | device();
    return bits >> 12;
}

} // namespace

protocol::Generate resolve(Request request, const plugins::Registry &registry, const Catalogue &catalogue,
                           const config::Config &config, const Inquiries &ask) {
    protocol::Generate spec;
    const auto &model = find_model(request, catalogue, config);
    spec.model_id = model.id;
    spec.model_path = model.path.string();
    check_batch_size(request, config);
    take_model_defaults(request, model, registry);
    static_cast<protocol::GenerateOptions &>(spec) = request;
    spec.seed = request.seed < 0 ? draw_seed() : static_cast<std::uint64_t>(request.seed);
    spec.steps = request.steps;
    resolve_prompts(spec, request, model, catalogue, config, ask.count_tokens);
    check_lora_params(spec, registry, catalogue);
    const auto named = registry.find_sampler(request.sampler);
    apply_few_steps_settings(request, spec, catalogue, named && named->schedule);
    resolve_sampler(spec, request, registry);
    const ModelEntry *vae = resolve_vae_and_refiner(spec, request, model, catalogue, config);
    spec.width = checked_side("width", request.width.value_or(model.default_width), config);
    spec.height = checked_side("height", request.height.value_or(model.default_height), config);
    check_size(spec.width, spec.height, model);
    std::vector<const ModelEntry *> models{&model};
    if (!spec.refiner_id.empty()) {
        models.push_back(find_model(catalogue, spec.refiner_id).entry);
    }
    check_memory(models, spec.width, spec.height, config);
    resolve_pipeline_params(spec, request, model, registry, catalogue, config);
    check_load(ask, model, vae, spec.load_params, request.pipeline_params, config);
    spec.steps = spec.sigmas.empty() ? request.steps : static_cast<std::uint32_t>(spec.sigmas.size() - 1);
    spec.cfg_scale = request.cfg_scale;
    if (request.noise.subseed_strength > 0) {
        spec.noise.subseed = request.subseed ? *request.subseed : draw_seed();
    }
    spec.clip_skip = request.clip_skip.value_or(0);
    check_clip_skip(spec.clip_skip, model);
    check_strength(spec);
    spec.output_dir = config.storage.output_dir.string();
    return spec;
}

protocol::Load resolve_load(const std::string &name, const plugins::Registry &registry, const Catalogue &catalogue,
                            const config::Config &config, const Inquiries &ask) {
    Request request;
    request.model = name;
    const auto &model = find_model(request, catalogue, config);
    protocol::Load load{model.id, model.path.string(), {}};
    load.params = configured_load_params(model, registry, catalogue, config);
    const ModelEntry *vae = find_vae_of(model, std::nullopt, catalogue, config);
    if (vae != nullptr) {
        load.vae_path = vae->path.string();
    }
    check_load(ask, model, vae, load.params, {}, config);
    load.width = checked_side("width", model.default_width, config);
    load.height = checked_side("height", model.default_height, config);
    check_memory({&model}, load.width, load.height, config);
    return load;
}

namespace {

void check_task(const protocol::Load & /*load*/, const plugins::Registry & /*registry*/) {}

void check_task(const protocol::Generate &spec, const plugins::Registry &registry) {
    const auto sampler = registry.find(plugins::ObjectKind::sampler, spec.sampler);
    if (!sampler) {
        refuse("unknown_sampler", "sampler",
               "the sampler " + quoted(spec.sampler) +
                   " was there when the job was queued and is not any more; GET /plugins says what became of it",
               registry.ids(plugins::ObjectKind::sampler));
    }
    check_params("sampler_params", *sampler, spec.sampler_params);
    if (!spec.sigmas.empty()) {
        return;
    }
    const auto schedule = registry.find(plugins::ObjectKind::schedule, spec.schedule);
    if (!schedule) {
        refuse("unknown_schedule", "schedule",
               "the schedule " + quoted(spec.schedule) +
                   " was there when the job was queued and is not any more; GET /plugins says what became of it",
               registry.ids(plugins::ObjectKind::schedule));
    }
    check_params("schedule_params", *schedule, spec.schedule_params);
}

} // namespace

void check_plugins(const protocol::Task &task, const plugins::Registry &registry) {
    std::visit([&](const auto &alternative) { check_task(alternative, registry); }, task);
}

} // namespace able::server
