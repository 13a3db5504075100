#include "routes.h"

namespace able::http {
namespace {

using nlohmann::json;
using Change = json (downloads::Manager::*)(std::string_view id);

Route change_route(const char *what, const char *summary, downloads::Manager &downloads, Change change) {
    return {"POST",
            std::string("/api/v1/models/downloads/{id}/") + what,
            summary,
            {200, 404, 409},
            [&downloads, change](Exchange &exchange) {
                exchange.expect_no_body();
                exchange.reply(200, (downloads.*change)(exchange.parameter("id")));
            }};
}

} // namespace

void add_download_routes(std::vector<Route> &routes, downloads::Manager &downloads) {
    routes.push_back({"POST",
                      "/api/v1/models/hub",
                      "What a repository on the hub has to download: a model as a whole, single files, or both.",
                      {200, 400, 404, 429, 502},
                      [&downloads](Exchange &exchange) { exchange.reply(200, downloads.browse(exchange.json_body())); },
                      "HubRequest"});
    routes.push_back({"POST",
                      "/api/v1/models/download",
                      "Get a model or a LoRA from the hub.",
                      {202, 400, 409, 429},
                      [&downloads](Exchange &exchange) { exchange.reply(202, downloads.add(exchange.json_body())); },
                      "DownloadRequest"});
    routes.push_back({"GET",
                      "/api/v1/models/downloads",
                      "The downloads, newest first. Their changes are events of the type download.",
                      {200},
                      [&downloads](Exchange &exchange) {
                          exchange.allow_query({});
                          exchange.reply(200, downloads.list());
                      }});
    routes.push_back(
        change_route("pause", "Stop a download; what has come is kept.", downloads, &downloads::Manager::pause));
    routes.push_back(
        change_route("resume", "Go on where a download stopped or failed.", downloads, &downloads::Manager::resume));
    routes.push_back(change_route("cancel", "Stop a download; files that are not complete are deleted.", downloads,
                                  &downloads::Manager::cancel));
    routes.push_back({"DELETE",
                      "/api/v1/models/downloads/{id}",
                      "Take a download that has ended off the list. What it brought stays.",
                      {200, 404, 409},
                      [&downloads](Exchange &exchange) {
                          const std::string &id = exchange.parameter("id");
                          downloads.forget(id);
                          exchange.reply(200, json{{"id", id}, {"deleted", true}});
                      }});
}

} // namespace able::http
