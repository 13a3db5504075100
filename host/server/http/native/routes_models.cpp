#include "host/server/requests/refusal.h"
#include "routes.h"
#include "views.h"

#include "host/config/memory_limit.h"
#include "host/server/requests/default_model.h"

#include <functional>
#include <utility>

namespace able::http {
namespace {

std::string wanted_model(const nlohmann::json &body) {
    if (!body.is_object()) {
        server::refuse("wrong_type", "", "send an object such as {\"model\": \"org/name\"}");
    }
    for (const auto &[name, value] : body.items()) {
        if (name != "model") {
            server::refuse("unknown_field", name, "model is the only field");
        }
    }
    if (!body.contains("model") || !body.at("model").is_string()) {
        server::refuse("missing_field", "model", "model must be the id of a model");
    }
    return body.at("model").get<std::string>();
}

Route model_change_route(const char *path, const char *id, const char *summary, const char *status,
                         std::function<void(const std::string &model)> apply) {
    return {.method = "POST",
            .path = path,
            .id = id,
            .tag = "models",
            .summary = summary,
            .handle =
                [status, apply = std::move(apply)](Exchange &exchange) {
                    const std::string model = wanted_model(exchange.json_body());
                    apply(model);
                    exchange.reply(202, nlohmann::json{{"model", model}, {"status", status}});
                },
            .replies = {{202, "ModelChange"}, {400}, {409}},
            .request = "ModelRequest"};
}

// A list of things on disk.
Route list_route(const char *path, const char *id, const char *tag, const char *summary, const char *schema,
                 std::function<nlohmann::json()> list) {
    return {.method = "GET",
            .path = path,
            .id = id,
            .tag = tag,
            .summary = summary,
            .handle =
                [list = std::move(list)](Exchange &exchange) {
                    exchange.check_query();
                    exchange.reply(200, list());
                },
            .replies = {{200, schema}}};
}

} // namespace

void add_model_routes(std::vector<Route> &routes, server::Engine &engine) {
    const auto models = [&engine](const server::Catalogue &catalogue) {
        const config::Config config = engine.settings().config();
        return models_view(catalogue, engine.queue().work(), config::worker_memory_limit(config),
                           server::default_model(catalogue, config).id);
    };
    routes.push_back(list_route("/api/v1/models", "listModels", "models",
                                "The models on disk; one that cannot be used says why.", "ModelList",
                                [&engine, models] { return models(*engine.models().catalogue()); }));
    routes.push_back({.method = "POST",
                      .path = "/api/v1/models/refresh",
                      .id = "refreshModels",
                      .tag = "models",
                      .summary = "Look for models, LoRAs and embeddings again.",
                      .handle =
                          [&engine, models](Exchange &exchange) {
                              exchange.expect_no_body();
                              exchange.reply(200, models(*engine.models().refresh()));
                          },
                      .replies = {{200, "ModelList"}}});
    routes.push_back(
        model_change_route("/api/v1/models/load", "loadModel",
                           "Take a model into a worker's memory before a job needs it; the event model tells when.",
                           "loading", [&engine](const std::string &model) { engine.models().load(model); }));
    routes.push_back(model_change_route("/api/v1/models/unload", "unloadModel",
                                        "End the workers that have a model in memory, once they are idle.", "unloading",
                                        [&engine](const std::string &model) { engine.queue().unload(model); }));
    routes.push_back(list_route("/api/v1/vaes", "listVaes", "models",
                                "The autoencoders on their own, for a request's `vae`.", "VaeList",
                                [&engine] { return vaes_view(*engine.models().catalogue()); }));
    routes.push_back(list_route("/api/v1/loras", "listLoras", "prompt files",
                                "The LoRAs on disk; one that cannot be used says why.", "LoraList",
                                [&engine] { return loras_view(*engine.models().catalogue()); }));
    routes.push_back(list_route("/api/v1/embeddings", "listEmbeddings", "prompt files",
                                "The embeddings (textual inversion) on disk, whose names are words of prompts.",
                                "EmbeddingList", [&engine] { return embeddings_view(*engine.models().catalogue()); }));
    routes.push_back(list_route(
        "/api/v1/wildcards", "listWildcards", "prompt files", "The wildcards that prompts can draw from.",
        "WildcardList",
        [&engine] { return wildcards_view(server::wildcard_list(engine.settings().config().prompts.wildcards_dir)); }));
}

} // namespace able::http
