#include "openapi.h"

#include <Poco/Net/HTTPResponse.h>
#include <Poco/String.h>
#include <ablerefusal_version.h>

namespace able::http {
namespace {

using nlohmann::json;

constexpr const char *security_scheme = "token"; // its name in the document

json schema_reference(const std::string &schema) {
    return {{"schema", {{"$ref", "#/components/schemas/" + schema}}}};
}

json content_of(const std::string &type, const std::string &schema) {
    return {{type, schema.empty() ? json::object() : schema_reference(schema)}};
}

json responses_of(const Route &route) {
    std::vector<Reply> replies = route.replies;
    if (!route.open) {
        replies.push_back({401});
    }
    json result = json::object();
    for (const Reply &reply : replies) {
        const auto code = static_cast<Poco::Net::HTTPResponse::HTTPStatus>(reply.status);
        json response{{"description", Poco::Net::HTTPResponse::getReasonForStatus(code)}};
        if (reply.status >= 400 && reply.schema.empty()) {
            response["content"] = content_of("application/json", "Error");
        } else if (reply.status != 204 && reply.status != 304) {
            response["content"] = content_of(reply.type, reply.schema);
        }
        result[std::to_string(reply.status)] = std::move(response);
    }
    return result;
}

json parameters_of(const Route &route) {
    json list = json::array();
    const std::string &path = route.path;
    for (std::size_t begin = path.find('{'); begin != std::string::npos; begin = path.find('{', begin + 1)) {
        list.push_back({{"name", path.substr(begin + 1, path.find('}', begin) - begin - 1)},
                        {"in", "path"},
                        {"required", true},
                        {"schema", {{"type", "string"}}}});
    }
    for (const Parameter &parameter : route.parameters) {
        list.push_back({{"name", parameter.name},
                        {"in", parameter.place == Parameter::Place::query ? "query" : "header"},
                        {"required", false},
                        {"description", parameter.description},
                        {"schema", parameter.schema}});
    }
    return list;
}

json operation_of(const Route &route) {
    json result{{"operationId", route.id},
                {"tags", {route.tag}},
                {"summary", route.summary},
                {"responses", responses_of(route)},
                {"security", json::array()}};
    if (!route.open) {
        result["security"].push_back({{security_scheme, json::array()}});
    }
    if (json list = parameters_of(route); !list.empty()) {
        result["parameters"] = std::move(list);
    }
    if (!route.request.empty()) {
        result["requestBody"] = {{"required", true}, {"content", content_of(route.request_type, route.request)}};
    }
    return result;
}

} // namespace

json openapi_document(const RouteGroup &group) {
    json paths = json::object();
    for (const Route &route : group.routes) {
        paths[route.path][Poco::toLower(route.method)] = operation_of(route);
    }
    json tags = json::array();
    for (const Tag &tag : group.tags) {
        tags.push_back({{"name", tag.name}, {"description", tag.description}, {"x-section", tag.section}});
    }
    json scheme = group.credentials.scheme;
    scheme["description"] = "Needed once server.api_tokens lists a token.";
    return {{"openapi", "3.1.0"},
            {"info",
             {{"title", group.title},
              {"version", ABLEREFUSAL_VERSION},
              {"license", {{"name", "MIT"}, {"identifier", "MIT"}}}}},
            {"servers", {{{"url", "/"}, {"description", "The server that this document comes from."}}}},
            {"tags", std::move(tags)},
            {"paths", std::move(paths)},
            {"components", {{"schemas", group.schemas}, {"securitySchemes", {{security_scheme, std::move(scheme)}}}}}};
}

} // namespace able::http
