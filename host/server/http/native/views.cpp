#include "views.h"

#include "host/server/queue/job_json.h"

#include <ablerefusal/param.h>
#include <ablerefusal/prompt.h>

#include <algorithm>

namespace able::http {
namespace {

using nlohmann::json;

json or_null(const std::string &text) {
    return text.empty() ? json(nullptr) : json(text);
}

// Adds the addresses of the images: of the data itself, and of its results.
json with_urls(json data) {
    const auto add_url = [](json &result) {
        result["image_url"] = output_url(result.at("image_path"));
    };
    if (data.contains("image_path")) {
        add_url(data);
    }
    if (const auto results = data.find("results"); results != data.end()) {
        std::for_each(results->begin(), results->end(), add_url);
    }
    return data;
}

json object_view(const plugins::Object &object) {
    const auto &description = *object.description;
    json view{{"id", description.id},
              {"name", description.name},
              {"summary", description.summary},
              {"url", or_null(description.url)},
              {"aliases", description.aliases},
              {"plugin", object.file->description.id},
              {"plugin_version", object.file->description.version},
              {"experimental", (description.flags & ABLE_FLAG_EXPERIMENTAL) != 0},
              {"parameters", plugins::json_schema(description.params)}};
    if (description.kind == plugins::ObjectKind::sampler) {
        view["default_schedule"] = description.default_schedule;
        view["stochastic"] = (description.flags & ABLE_FLAG_STOCHASTIC) != 0;
        view["few_steps"] = (description.flags & ABLE_FLAG_FEW_STEPS) != 0;
    }
    return view;
}

json objects_view(const char *name, plugins::ObjectKind kind, const plugins::Registry &registry) {
    json list = json::array();
    for (const auto &object : registry.objects(kind)) {
        list.push_back(object_view(object));
    }
    return {{name, std::move(list)}};
}

// What its pipeline says of a model; null where it says nothing.
json traits_view(const protocol::ModelTraits &traits) {
    const auto known = [](std::uint32_t value) {
        return value == 0 ? json(nullptr) : json(value);
    };
    json sizes = json::array();
    for (const auto &[width, height] : traits.sizes) {
        sizes.push_back({{"width", width}, {"height", height}});
    }
    json prompt = nullptr;
    if (traits.prompt) {
        const auto honours = [&](std::uint32_t flag) {
            return (traits.prompt->honours & flag) != 0;
        };
        prompt = {{"weights", honours(ABLE_HONOURS_WEIGHTS)},
                  {"comfy_weights", honours(ABLE_HONOURS_EMPTY_WEIGHTS)},
                  {"break", honours(ABLE_HONOURS_BREAK)},
                  {"clip_skip", honours(ABLE_HONOURS_CLIP_SKIP)},
                  {"negative_prompt", honours(ABLE_HONOURS_NEGATIVE)},
                  {"embeddings", honours(ABLE_HONOURS_WORDS)},
                  {"chunk_size", known(traits.prompt->chunk_tokens)},
                  {"most_tokens", known(traits.prompt->most_tokens)}};
    }
    return {{"family_name", or_null(traits.family_name)},
            {"size_multiple", known(traits.size_multiple)},
            {"smallest_side", known(traits.smallest_side)},
            {"largest_side", known(traits.largest_side)},
            {"sizes", std::move(sizes)},
            {"sampler", or_null(traits.sampler)},
            {"schedule", or_null(traits.schedule)},
            {"steps", known(traits.steps)},
            {"cfg_scale", traits.guidance == 0 ? json(nullptr) : json(traits.guidance)},
            {"prompt", std::move(prompt)}};
}

// What a job of the model's default size takes; null if that is not known.
json memory_view(const server::ModelEntry &model, std::uint64_t limit) {
    if (!model.memory.known()) {
        return nullptr;
    }
    const std::uint64_t working = model.memory.working_at(std::uint64_t{model.default_width} * model.default_height);
    json view{{"weights_bytes", model.memory.weights}, {"working_bytes", working}, {"fits", nullptr}};
    if (limit != 0) {
        view["fits"] = model.memory.weights + working <= limit;
    }
    return view;
}

} // namespace

std::string output_url(const std::string &file) {
    return "/api/v1/outputs/" + file;
}

json job_view(const server::Job &job) {
    return with_urls(server::job_json(job));
}

json queue_view(const server::QueueState &queue) {
    json list = json::array();
    for (const auto &job : queue.jobs) {
        list.push_back({{"id", job.id},
                        {"request", job.request},
                        {"status", to_string(job.status)},
                        {"position", job.position},
                        {"progress", job.progress}});
    }
    return {{"count", list.size()}, {"queue", std::move(list)}, {"paused", queue.paused}};
}

json listed_job_view(const server::Job &job) {
    json view = job_view(job);
    view["request"] = job.request;
    return view;
}

json facets_view(const server::ImageFacets &facets) {
    const auto list = [](const std::vector<server::ImageFacets::Count> &counts) {
        json result = json::array();
        for (const auto &[id, images] : counts) {
            result.push_back({{"id", id}, {"images", images}});
        }
        return result;
    };
    return {{"models", list(facets.models)}, {"samplers", list(facets.samplers)}, {"loras", list(facets.loras)}};
}

json image_view(const server::ImageRecord &image) {
    json view = with_urls(server::result_json(image.result));
    view["id"] = image.id;
    view["job_id"] = image.job_id;
    view["created_at"] = image.result.created_at;
    view["request"] = image.request;
    view["starred"] = image.starred;
    view["trashed_at"] = or_null(image.trashed_at);
    return view;
}

json event_view(const server::Event &event) {
    return with_urls(event.data);
}

server::Event final_event(const server::Job &job) {
    server::Event event;
    event.type = to_string(job.status);
    event.job_id = job.id;
    event.data = job_view(job);
    return event;
}

json models_view(const server::Catalogue &catalogue, const server::WorkState &work, std::uint64_t worker_memory,
                 const std::string &default_model) {
    json list = json::array();
    for (const auto &model : catalogue.models) {
        const bool loaded = std::any_of(work.workers.begin(), work.workers.end(), [&](const auto &worker) {
            return std::count(worker.loaded_models.begin(), worker.loaded_models.end(), model.id) > 0;
        });
        list.push_back({{"id", model.id},
                        {"name", model.name},
                        {"kind", model.kind},
                        {"family", or_null(model.family)},
                        {"variant", or_null(model.variant)},
                        {"dtype", or_null(model.dtype)},
                        {"size_bytes", model.size_bytes},
                        {"default_width", model.default_width == 0 ? json(nullptr) : json(model.default_width)},
                        {"default_height", model.default_height == 0 ? json(nullptr) : json(model.default_height)},
                        {"pipeline", or_null(model.pipeline)},
                        {"traits", traits_view(model.traits)},
                        {"loaded", loaded},
                        {"ready", model.ready},
                        {"reason", or_null(model.reason)},
                        {"needs", model.needs},
                        {"notes", model.notes},
                        {"bundled", model.bundled},
                        {"memory", memory_view(model, worker_memory)}});
    }
    return {{"count", list.size()},
            {"models", std::move(list)},
            {"default", or_null(default_model)},
            {"warnings", catalogue.warnings}};
}

json vaes_view(const server::Catalogue &catalogue) {
    json list = json::array();
    for (const auto &vae : catalogue.vaes) {
        list.push_back({{"id", vae.id},
                        {"name", vae.name},
                        {"kind", vae.kind},
                        {"dtype", or_null(vae.dtype)},
                        {"size_bytes", vae.size_bytes},
                        {"notes", vae.notes},
                        {"encodes", vae.encodes}});
    }
    return {{"count", list.size()}, {"vaes", std::move(list)}};
}

json samplers_view(const plugins::Registry &registry) {
    return objects_view("samplers", plugins::ObjectKind::sampler, registry);
}

json schedules_view(const plugins::Registry &registry) {
    return objects_view("schedules", plugins::ObjectKind::schedule, registry);
}

json adapters_view(const plugins::Registry &registry) {
    return objects_view("adapters", plugins::ObjectKind::adapter, registry);
}

json pipelines_view(const plugins::Registry &registry) {
    return objects_view("pipelines", plugins::ObjectKind::pipeline, registry);
}

json plugins_view(const plugins::Registry &registry) {
    json list = json::array();
    for (const auto &file : registry.files()) {
        const auto &plugin = file.description;
        json objects = json::array();
        for (const auto &object : plugin.objects) {
            objects.push_back({{"kind", to_string(object.kind)}, {"id", object.id}, {"name", object.name}});
        }
        list.push_back({{"file", file.path.string()},
                        {"state", to_string(file.state)},
                        {"reason", or_null(file.reason)},
                        {"id", or_null(plugin.id)},
                        {"name", or_null(plugin.name)},
                        {"version", or_null(plugin.version)},
                        {"vendor", or_null(plugin.vendor)},
                        {"licence", or_null(plugin.licence)},
                        {"url", or_null(plugin.url)},
                        {"engine", or_null(plugin.engine)},
                        {"abi_minor", plugin.abi_minor},
                        {"min_host_minor", plugin.min_host_minor},
                        {"objects", std::move(objects)}});
    }
    return {{"count", list.size()}, {"plugins", std::move(list)}};
}

} // namespace able::http
