#include "routes.h"
#include "views.h"

#include "host/server/requests/default_model.h"

namespace able::http {
namespace {

std::string wanted_model(const nlohmann::json &body) {
    const auto refuse = [](const char *code, const char *message, const std::string &field) {
        throw base::RequestError(base::ErrorKind::invalid, code, message, field);
    };
    if (!body.is_object()) {
        refuse("wrong_type", "send an object such as {\"model\": \"org/name\"}", "");
    }
    for (const auto &[name, value] : body.items()) {
        if (name != "model") {
            refuse("unknown_field", "model is the only field", name);
        }
    }
    if (!body.contains("model") || !body.at("model").is_string()) {
        refuse("missing_field", "model must be the id of a model", "model");
    }
    return body.at("model").get<std::string>();
}

} // namespace

void add_model_routes(std::vector<Route> &routes, server::Engine &engine) {
    const auto reply = [&engine](Exchange &exchange, const server::Catalogue &catalogue) {
        exchange.reply(200,
                       models_view(catalogue, engine.state(), server::default_model(catalogue, engine.config()).id));
    };
    routes.push_back({"GET",
                      "/api/v1/models",
                      "The models on disk; one that cannot be used says why.",
                      {200},
                      [&engine, reply](Exchange &exchange) {
                          exchange.allow_query({});
                          reply(exchange, *engine.catalogue());
                      }});
    routes.push_back({"POST",
                      "/api/v1/models/refresh",
                      "Look for models, LoRAs and embeddings again.",
                      {200},
                      [&engine, reply](Exchange &exchange) {
                          exchange.expect_no_body();
                          reply(exchange, *engine.refresh_models());
                      }});
    const auto change = [&routes, &engine](const char *pattern, const char *summary, const char *status,
                                           void (server::Engine::*apply)(std::string_view)) {
        routes.push_back({"POST",
                          pattern,
                          summary,
                          {202, 400, 409},
                          [&engine, status, apply](Exchange &exchange) {
                              const std::string model = wanted_model(exchange.json_body());
                              (engine.*apply)(model);
                              exchange.reply(202, nlohmann::json{{"model", model}, {"status", status}});
                          },
                          "ModelRequest"});
    };
    change("/api/v1/models/load",
           "Take a model into a worker's memory before a job needs it; the event model tells when.", "loading",
           &server::Engine::load_model);
    change("/api/v1/models/unload", "End the workers that have a model in memory, once they are idle.", "unloading",
           &server::Engine::unload_model);
    routes.push_back({"GET",
                      "/api/v1/vaes",
                      "The autoencoders on their own, for a request's `vae`.",
                      {200},
                      [&engine](Exchange &exchange) {
                          exchange.allow_query({});
                          exchange.reply(200, vaes_view(*engine.catalogue()));
                      }});
    routes.push_back({"GET",
                      "/api/v1/loras",
                      "The LoRAs on disk; one that cannot be used says why.",
                      {200},
                      [&engine](Exchange &exchange) {
                          exchange.allow_query({});
                          exchange.reply(200, loras_view(*engine.catalogue()));
                      }});
    routes.push_back({"GET",
                      "/api/v1/embeddings",
                      "The embeddings (textual inversion) on disk, whose names are words of prompts.",
                      {200},
                      [&engine](Exchange &exchange) {
                          exchange.allow_query({});
                          exchange.reply(200, embeddings_view(*engine.catalogue()));
                      }});
    routes.push_back(
        {"GET", "/api/v1/wildcards", "The wildcards that prompts can draw from.", {200}, [&engine](Exchange &exchange) {
             exchange.allow_query({});
             exchange.reply(200, wildcards_view(server::wildcard_list(engine.config().prompts.wildcards_dir)));
         }});
}

} // namespace able::http
