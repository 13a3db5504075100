#include "routes.h"

namespace able::http {
namespace {

using nlohmann::json;
using Change = json (downloads::Manager::*)(std::string_view id);

Route download_change_route(const char *what, const char *id, const char *summary, downloads::Manager &downloads,
                            Change change) {
    return {.method = "POST",
            .path = std::string("/api/v1/models/downloads/{id}/") + what,
            .id = id,
            .tag = "downloads",
            .summary = summary,
            .handle =
                [&downloads, change](Exchange &exchange) {
                    exchange.expect_no_body();
                    exchange.reply(200, (downloads.*change)(exchange.parameter("id")));
                },
            .replies = {{200, "Download"}, {404}, {409}}};
}

} // namespace

void add_download_routes(std::vector<Route> &routes, downloads::Manager &downloads) {
    routes.push_back(
        {.method = "POST",
         .path = "/api/v1/models/hub",
         .id = "browseHub",
         .tag = "downloads",
         .summary = "What a repository on the hub has to download: a model as a whole, single files, or both.",
         .handle = [&downloads](Exchange &exchange) { exchange.reply(200, downloads.browse(exchange.json_body())); },
         .replies = {{200, "HubRepo"}, {400}, {404}, {429}, {502}},
         .request = "HubRequest"});
    routes.push_back(
        {.method = "POST",
         .path = "/api/v1/models/download",
         .id = "startDownload",
         .tag = "downloads",
         .summary = "Get a model or a LoRA from the hub.",
         .handle = [&downloads](Exchange &exchange) { exchange.reply(202, downloads.add(exchange.json_body())); },
         .replies = {{202, "Download"}, {400}, {409}, {429}},
         .request = "DownloadRequest"});
    routes.push_back({.method = "GET",
                      .path = "/api/v1/models/downloads",
                      .id = "listDownloads",
                      .tag = "downloads",
                      .summary = "The downloads, newest first. Their changes are events of the type download.",
                      .handle =
                          [&downloads](Exchange &exchange) {
                              exchange.check_query();
                              exchange.reply(200, downloads.list());
                          },
                      .replies = {{200, "DownloadList"}}});
    routes.push_back(download_change_route("pause", "pauseDownload", "Stop a download; what has come is kept.",
                                           downloads, &downloads::Manager::pause));
    routes.push_back(download_change_route("resume", "resumeDownload", "Go on where a download stopped or failed.",
                                           downloads, &downloads::Manager::resume));
    routes.push_back(download_change_route("cancel", "cancelDownload",
                                           "Stop a download; files that are not complete are deleted.", downloads,
                                           &downloads::Manager::cancel));
    routes.push_back({.method = "DELETE",
                      .path = "/api/v1/models/downloads/{id}",
                      .id = "forgetDownload",
                      .tag = "downloads",
                      .summary = "Take a download that has ended off the list. What it brought stays.",
                      .handle =
                          [&downloads](Exchange &exchange) {
                              const std::string &id = exchange.parameter("id");
                              downloads.forget(id);
                              exchange.reply(200, json{{"id", id}, {"deleted", true}});
                          },
                      .replies = {{200, "Deleted"}, {404}, {409}}});
}

} // namespace able::http
