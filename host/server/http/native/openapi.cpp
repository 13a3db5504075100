#include "openapi.h"

#include "openapi_replies.h"
#include "routes.h"

#include "host/server/downloads/request.h"
#include "host/server/requests/prompt_report.h"
#include "host/server/requests/request.h"

#include <Poco/Net/HTTPResponse.h>
#include <ablerefusal_version.h>

#include <algorithm>

namespace able::http {
namespace {

using nlohmann::json;

json path_parameters(const std::string &pattern) {
    json parameters = json::array();
    for (std::size_t begin = pattern.find('{'); begin != std::string::npos; begin = pattern.find('{', begin + 1)) {
        parameters.push_back({{"name", pattern.substr(begin + 1, pattern.find('}', begin) - begin - 1)},
                              {"in", "path"},
                              {"required", true},
                              {"schema", {{"type", "string"}}}});
    }
    return parameters;
}

json operation(const Route &route) {
    json responses = json::object();
    for (const int status : route.statuses) {
        const auto code = static_cast<Poco::Net::HTTPResponse::HTTPStatus>(status);
        json response{{"description", Poco::Net::HTTPResponse::getReasonForStatus(code)}};
        if (status >= 400) {
            response["content"]["application/json"]["schema"]["$ref"] = "#/components/schemas/Error";
        } else if (const auto schema = reply_schema(route.method, route.pattern); status != 304 && schema) {
            response["content"]["application/json"]["schema"]["$ref"] = "#/components/schemas/" + *schema;
        }
        responses[std::to_string(status)] = std::move(response);
    }
    json result{{"summary", route.summary}, {"responses", std::move(responses)}};
    json parameters = path_parameters(route.pattern);
    for (const json &parameter : query_parameters(route.method, route.pattern)) {
        parameters.push_back(parameter);
    }
    if (!parameters.empty()) {
        result["parameters"] = std::move(parameters);
    }
    if (!route.request_schema.empty()) {
        json body{{"required", true}};
        body["content"]["application/json"]["schema"]["$ref"] = "#/components/schemas/" + route.request_schema;
        result["requestBody"] = std::move(body);
    }
    return result;
}

json error_schema() {
    const json text{{"type", "string"}};
    return {{"type", "object"},
            {"required", {"error"}},
            {"properties",
             {{"error",
               {{"type", "object"},
                {"required", {"code", "message"}},
                {"properties",
                 {{"code", text},
                  {"message", text},
                  {"field", text},
                  {"allowed", {{"type", "array"}, {"items", text}}}}}}}}}};
}

json star_schema() {
    return {{"type", "object"},
            {"additionalProperties", false},
            {"required", {"starred"}},
            {"properties", {{"starred", {{"type", "boolean"}}}}}};
}

json model_schema() {
    return {{"type", "object"},
            {"additionalProperties", false},
            {"required", {"model"}},
            {"properties", {{"model", {{"type", "string"}, {"description", "Id of the model."}}}}}};
}

json move_schema() {
    return {{"type", "object"},
            {"additionalProperties", false},
            {"required", {"position"}},
            {"properties", {{"position", {{"type", "integer"}, {"minimum", 1}}}}}};
}

} // namespace

json openapi_document(std::span<const Route> routes) {
    json paths = json::object();
    for (const Route &route : routes) {
        std::string method = route.method;
        std::transform(method.begin(), method.end(), method.begin(),
                       [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        paths[route.pattern][method] = operation(route);
    }
    json schemas = reply_schemas();
    schemas["GenerateRequest"] = server::request_schema();
    schemas["ParseRequest"] = server::parse_request_schema();
    schemas["ConfigChange"] = config_change_schema();
    schemas["ModelRequest"] = model_schema();
    schemas["DownloadRequest"] = downloads::request_schema();
    schemas["HubRequest"] = downloads::hub_request_schema();
    schemas["MoveRequest"] = move_schema();
    schemas["StarRequest"] = star_schema();
    schemas["Error"] = error_schema();
    return {{"openapi", "3.1.0"},
            {"info",
             {{"title", "AbleRefusal"},
              {"version", ABLEREFUSAL_VERSION},
              {"license", {{"name", "MIT"}, {"identifier", "MIT"}}}}},
            {"paths", std::move(paths)},
            {"components",
             {{"schemas", std::move(schemas)},
              {"securitySchemes", {{"token", {{"type", "http"}, {"scheme", "bearer"}}}}}}}};
}

std::vector<Route> all_routes(server::Engine &engine, EventStreams &streams, downloads::Manager &downloads) {
    std::vector<Route> routes;
    add_generate_routes(routes, engine, streams);
    add_prompt_routes(routes, engine);
    add_queue_routes(routes, engine);
    add_model_routes(routes, engine);
    add_download_routes(routes, downloads);
    add_plugin_routes(routes, engine);
    add_image_routes(routes, engine);
    add_config_routes(routes, engine);
    add_system_routes(routes, engine);
    routes.push_back({"GET", "/api/v1/openapi.json", "This document.", {200}, nullptr});
    // Made once: the tables do not change while the server runs.
    const auto document = std::make_shared<const json>(openapi_document(routes));
    routes.back().handle = [document](Exchange &exchange) {
        exchange.reply(200, *document);
    };
    return routes;
}

} // namespace able::http
