#include "routes.h"
#include "views.h"

namespace able::http {

void add_plugin_routes(std::vector<Route> &routes, server::Engine &engine) {
    const auto add = [&](const char *pattern, const char *summary, nlohmann::json (*view)(const plugins::Registry &)) {
        routes.push_back({"GET", pattern, summary, {200}, [&engine, view](Exchange &exchange) {
                              exchange.allow_query({});
                              exchange.reply(200, view(*engine.registry()));
                          }});
    };
    add("/api/v1/samplers", "The samplers that jobs can name, with their parameters.", samplers_view);
    add("/api/v1/schedules", "The schedules that jobs can name, with their parameters.", schedules_view);
    add("/api/v1/adapters", "What takes LoRAs and embeddings, with the parameters that a LoRA can be given.",
        adapters_view);
    add("/api/v1/pipelines", "What loads models, with the parameters that a request can give as pipeline_params.",
        pipelines_view);
    add("/api/v1/plugins", "Every plugin file that was found, whether it is used, and why not.", plugins_view);
}

} // namespace able::http
