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

// Who has the last word on a key's value.
const char *source_of(const std::string &name, const config::Loaded &loaded) {
    if (loaded.overridden.contains(name)) {
        return "start";
    }
    if (loaded.changed.contains(name)) {
        return "changed";
    }
    const auto origin = loaded.origins.find(name);
    return origin == loaded.origins.end() || origin->second == "default" ? "default" : "file";
}

json key_view(const config::Key &key, const config::Loaded &loaded) {
    const std::string name(key.name);
    const std::string_view kind = config::kind_of(key);
    const bool number = kind == "integer" || kind == "number" || kind == "size";
    const auto origin = loaded.origins.find(name);
    return {{"name", name},
            {"value", config::shown_value(key, loaded.config)},
            {"help", key.help},
            {"takes", config::describe_allowed(key)},
            {"kind", kind},
            {"minimum", number ? json(key.minimum) : json(nullptr)},
            {"maximum", number ? json(key.maximum) : json(nullptr)},
            {"choices", json(std::vector<std::string>(key.choices.begin(), key.choices.end()))},
            {"secret", key.secret},
            {"live", key.live},
            {"source", source_of(name, loaded)},
            {"origin", origin == loaded.origins.end() ? "default" : origin->second}};
}

// `problem`: why the last change could not be kept; empty if it was.
json config_view(const config::Loaded &loaded, const std::string &problem = {}) {
    json keys = json::array();
    for (const config::Key &key : config::keys()) {
        keys.push_back(key_view(key, loaded));
    }
    const std::string file = loaded.changes_file.string();
    return {{"keys", std::move(keys)},
            {"changes_file", file.empty() ? json(nullptr) : json(file)},
            {"not_kept", problem.empty() ? json(nullptr) : json(problem)}};
}

} // namespace

json config_change_schema() {
    json properties = json::object();
    for (const config::Key &key : config::keys()) {
        if (key.live) {
            properties[std::string(key.name)] = {{"type", {"string", "number", "boolean", "null"}},
                                                 {"description", key.help}};
        }
    }
    return {{"type", "object"}, {"additionalProperties", false}, {"properties", std::move(properties)}};
}

void add_config_routes(std::vector<Route> &routes, server::Engine &engine) {
    routes.push_back({"GET",
                      "/api/v1/config",
                      "The configuration in force; of secrets only how many there are.",
                      {200},
                      [&engine](Exchange &exchange) {
                          exchange.allow_query({});
                          exchange.reply(200, config_view(engine.configuration()));
                      }});
    routes.push_back({"POST",
                      "/api/v1/config",
                      "Change keys that are `live`: now, and in a file beside the configuration for later starts. null "
                      "takes one back to what is configured.",
                      {200, 400},
                      [&engine](Exchange &exchange) {
                          const std::string problem = engine.change_config(exchange.json_body());
                          exchange.reply(200, config_view(engine.configuration(), problem));
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
