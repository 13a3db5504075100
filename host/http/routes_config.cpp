#include "routes.h"

#include "host/config/keys.h"
#include "host/config/logging.h"
#include "host/config/render.h"
#include "host/config/values.h"

namespace able::http {
namespace {

using nlohmann::json;

constexpr std::size_t default_lines = 200;
constexpr std::size_t max_lines = 1000;

json config_view(const config::Config &config) {
    json keys = json::array();
    for (const config::Key &key : config::keys()) {
        keys.push_back({{"name", key.name},
                        {"value", config::shown_value(key, config)},
                        {"help", key.help},
                        {"takes", config::describe_allowed(key)},
                        {"live", key.live}});
    }
    return {{"keys", std::move(keys)}};
}

} // namespace

json config_change_schema() {
    json properties = json::object();
    for (const config::Key &key : config::keys()) {
        if (key.live) {
            properties[std::string(key.name)] = {{"type", {"string", "integer"}}, {"description", key.help}};
        }
    }
    return {{"type", "object"}, {"additionalProperties", false}, {"properties", std::move(properties)}};
}

void add_config_routes(std::vector<Route> &routes, jobs::Engine &engine) {
    routes.push_back({"GET",
                      "/api/v1/config",
                      "The configuration in force; of secrets only how many there are.",
                      {200},
                      [&engine](Exchange &exchange) {
                          exchange.allow_query({});
                          exchange.reply(200, config_view(engine.config()));
                      }});
    routes.push_back({"POST",
                      "/api/v1/config",
                      "Change keys that are `live`, until the server is started again.",
                      {200, 400},
                      [&engine](Exchange &exchange) {
                          engine.change_config(exchange.json_body());
                          exchange.reply(200, config_view(engine.config()));
                      },
                      "ConfigChange"});
    routes.push_back({"GET",
                      "/api/v1/logs",
                      "The last lines of the server's log, oldest first.",
                      {200, 400},
                      [](Exchange &exchange) {
                          exchange.allow_query({"limit"});
                          const std::size_t limit = exchange.query_number("limit", default_lines, 1, max_lines);
                          exchange.reply(200, json{{"lines", config::recent_log(limit)}});
                      }});
}

} // namespace able::http
