#include "routes.h"

#include "host/config/keys.h"
#include "host/config/logging.h"
#include "host/config/render.h"
#include "host/config/values.h"

namespace able::http {
namespace {

using nlohmann::json;

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

void add_config_routes(std::vector<Route> &routes, server::Settings &settings) {
    routes.push_back({.method = "GET",
                      .path = "/api/v1/config",
                      .id = "getConfig",
                      .tag = "settings",
                      .summary = "The configuration in force; of secrets only how many there are.",
                      .handle =
                          [&settings](Exchange &exchange) {
                              exchange.check_query();
                              exchange.reply(200, config_view(settings.configuration()));
                          },
                      .replies = {{200, "ConfigState"}}});
    routes.push_back({.method = "POST",
                      .path = "/api/v1/config",
                      .id = "changeConfig",
                      .tag = "settings",
                      .summary = "Change keys that are `live`: now, and in a file beside the configuration for later "
                                 "starts. null takes one back to what is configured.",
                      .handle =
                          [&settings](Exchange &exchange) {
                              const std::string problem = settings.change(exchange.json_body());
                              exchange.reply(200, config_view(settings.configuration(), problem));
                          },
                      .replies = {{200, "ConfigState"}, {400}},
                      .request = "ConfigChange"});
    routes.push_back({.method = "GET",
                      .path = "/api/v1/logs",
                      .id = "getLog",
                      .tag = "settings",
                      .summary = "The last lines of the server's log, oldest first.",
                      .handle =
                          [](Exchange &exchange) {
                              exchange.check_query();
                              exchange.reply(200, json{{"lines", config::recent_log(exchange.query_number("limit"))}});
                          },
                      .replies = {{200, "LogLines"}, {400}},
                      .parameters = {limit_parameter("Lines", 1000, 200)}});
}

} // namespace able::http
