#include "native.h"

#include "routes.h"
#include "schemas.h"

#include "host/config/model_places.h"
#include "host/server/http/routing/openapi.h"

namespace able::http {
namespace {

using nlohmann::json;

downloads::Options download_options(server::Engine &engine) {
    const config::Config config = engine.settings().config();
    const config::Models &models = config.models;
    downloads::Options options;
    options.hub = {.url = models.hub_url,
                   .token = {},
                   .ca_file = models.hub_ca_file,
                   .allow_private = models.hub_private_addresses};
    options.hub_token = [&engine] {
        return engine.settings().config().models.hub_token;
    };
    options.hub_cache = models.hub_cache;
    const config::ModelPlaces places = config::model_places(config);
    options.models_dir = places.models.front();
    options.lora_dir = places.loras.front();
    options.list_file = config.storage.temp_dir / "downloads.json";
    return options;
}

downloads::Manager::Listener listener_of(server::Engine &engine) {
    return {.changed =
                [&engine](const nlohmann::json &view) {
                    engine.events().publish("download", view.at("id").get<std::string>(), view);
                },
            .completed =
                [&engine] {
                    engine.models().refresh();
                }};
}

// {"error": {"code", "message", "field"?, "allowed"?}}
json error_body(const Problem &problem) {
    json error{{"code", problem.code}, {"message", problem.message}};
    if (!problem.field.empty()) {
        error["field"] = problem.field;
    }
    if (!problem.allowed.empty()) {
        error["allowed"] = problem.allowed;
    }
    return {{"error", std::move(error)}};
}

std::vector<Tag> native_tags() {
    return {{"jobs", "Jobs: asking for images, and what becomes of it.", "#post-generate"},
            {"events", "Progress as it happens.", "#events"},
            {"prompts", "How prompts are understood.", "#post-promptparse"},
            {"queue", "The order of the jobs.", "#the-queue"},
            {"models", "The models on disk and in memory.", "#models-and-vaes"},
            {"prompt files", "What else prompts can name.", "#loras-embeddings-and-wildcards"},
            {"downloads", "Models from a hub.", "#downloads"},
            {"settings", "The configuration in force, and the log.", "#configuration-and-log"},
            {"plugins", "What plugins offer.", "#samplers-schedules-adapters-pipelines-plugins"},
            {"images", "Finished images: search, filters, files.", "#images"},
            {"system", "Whether the server runs and can work, and this document.", "#health"},
            {"page", "The files of the web page.", "user-guide.md"}};
}

class Native final : public Dialect {
public:
    Native(const config::Server &config, server::Engine &engine)
        : engine_(engine), streams_(engine.queue(), engine.events(), config.max_event_streams),
          downloads_(download_options(engine), listener_of(engine)) {}

    RouteGroup group() override {
        RouteGroup group;
        group.title = "AbleRefusal";
        group.tags = native_tags();
        group.schemas = native_schemas();
        group.error_body = error_body;
        group.nothing_here = "there is nothing at this address; GET /api/v1/openapi.json lists what is";
        group.origins.headers = "Content-Type, Authorization, Idempotency-Key, Last-Event-ID";
        std::vector<Route> &routes = group.routes;
        add_generate_routes(routes, engine_, streams_);
        add_prompt_routes(routes, engine_.models());
        add_queue_routes(routes, engine_.queue());
        add_model_routes(routes, engine_);
        add_download_routes(routes, downloads_);
        add_plugin_routes(routes, engine_.models());
        add_image_routes(routes, engine_.gallery());
        add_config_routes(routes, engine_.settings());
        add_system_routes(routes, engine_);
        routes.push_back({.method = "GET",
                          .path = "/api/v1/openapi.json",
                          .id = "getOpenApi",
                          .tag = "system",
                          .summary = "This document.",
                          .handle = nullptr});
        // Made once: the tables do not change while the server runs.
        const auto document = std::make_shared<const json>(openapi_document(group));
        routes.back().handle = [document](Exchange &exchange) {
            exchange.reply(200, *document);
        };
        return group;
    }
    void start() override { downloads_.start(); }
    void closing() override { streams_.stop(); }
    void closed() override { downloads_.stop(); } // one who asks the hub would be waited for

private:
    server::Engine &engine_;
    EventStreams streams_;
    downloads::Manager downloads_;
};

} // namespace

std::unique_ptr<Dialect> native_dialect(const config::Server &config, server::Engine &engine) {
    return std::make_unique<Native>(config, engine);
}

Parameter limit_parameter(const std::string &of, unsigned maximum, unsigned standard) {
    return {"limit",
            of + " in the reply.",
            {{"type", "integer"}, {"minimum", 1}, {"maximum", maximum}, {"default", standard}}};
}

Parameter if_none_match_parameter() {
    return {.name = "If-None-Match",
            .description = "The ETag of the copy that the client has: 304 if that is the present one.",
            .place = Parameter::Place::header};
}

Parameter offset_parameter(const std::string &of) {
    return {"offset", of + " to skip.", {{"type", "integer"}, {"minimum", 0}, {"default", 0}}};
}

} // namespace able::http
