#include "routes.h"
#include "views.h"

namespace able::http {

void add_plugin_routes(std::vector<Route> &routes, server::Models &models) {
    const auto add = [&](const char *path, const char *id, const char *summary, const char *schema,
                         nlohmann::json (*view)(const plugins::Registry &)) {
        routes.push_back({.method = "GET",
                          .path = path,
                          .id = id,
                          .tag = "plugins",
                          .summary = summary,
                          .handle =
                              [&models, view](Exchange &exchange) {
                                  exchange.check_query();
                                  exchange.reply(200, view(*models.plugins()));
                              },
                          .replies = {{200, schema}}});
    };
    add("/api/v1/samplers", "listSamplers", "The samplers that jobs can name, with their parameters.", "SamplerList",
        samplers_view);
    add("/api/v1/schedules", "listSchedules", "The schedules that jobs can name, with their parameters.",
        "ScheduleList", schedules_view);
    add("/api/v1/adapters", "listAdapters",
        "What takes LoRAs and embeddings, with the parameters that a LoRA can be given.", "AdapterList", adapters_view);
    add("/api/v1/pipelines", "listPipelines",
        "What loads models, with the parameters that a request can give as pipeline_params.", "PipelineList",
        pipelines_view);
    add("/api/v1/plugins", "listPlugins", "Every plugin file that was found, whether it is used, and why not.",
        "PluginList", plugins_view);
}

} // namespace able::http
