#include "host/server/http/page.h"
#include "routes.h"
#include "views.h"

#include "host/config/memory_limit.h"

#include <ablerefusal_version.h>

#include <thread>

namespace able::http {
namespace {

using nlohmann::json;

json ready_view(const server::WorkState &work, const server::StorageState &storage, bool ready,
                const config::Config &config) {
    json workers = json::array();
    for (const auto &worker : work.workers) {
        workers.push_back(
            {{"pid", worker.pid == 0 ? json(nullptr) : json(worker.pid)},
             {"loaded_model", worker.loaded_models.empty() ? json(nullptr) : json(worker.loaded_models.front())},
             {"loaded_models", worker.loaded_models},
             {"job", worker.job_id.empty() ? json(nullptr) : json(worker.job_id)}});
    }
    const bool storage_works = storage.problem.empty();
    return {{"status", ready           ? "ready"
                       : storage_works ? "starting"
                                       : "failing"},
            {"system",
             {{"version", ABLEREFUSAL_VERSION},
              {"cores", std::thread::hardware_concurrency()},
              {"device", config.inference.device},
              {"dtype", config.inference.dtype},
              {"worker_memory_bytes", config::worker_memory_limit(config)}}},
            {"services",
             {{"worker", {{"status", "ok"}, {"workers", std::move(workers)}}},
              {"storage",
               {{"status", storage_works ? "ok" : "failing"},
                {"reason", storage_works ? json(nullptr) : json(storage.problem)},
                {"free_bytes", storage.free_bytes}}},
              {"queue",
               {{"status", work.paused ? "paused" : "ok"},
                {"waiting", work.waiting},
                {"running", work.running},
                {"max_queue_size", config.queue.max_queue_size}}}}}};
}

Route page_route(const char *address, const char *id) {
    return {.method = "GET",
            .path = address,
            .id = id,
            .tag = "page",
            .summary = std::string_view(address) == "/" ? "The web page." : "A file of the web page.",
            .handle = [address](Exchange &exchange) { serve_page(exchange, address); },
            .replies = {{200, "", page_content_type(address)}, {304}},
            .parameters = {if_none_match_parameter()},
            .open = true};
}

} // namespace

void add_system_routes(std::vector<Route> &routes, server::Engine &engine) {
    routes.push_back(page_route("/", "getPage"));
    routes.push_back(page_route("/app.js", "getPageScript"));
    routes.push_back(page_route("/app.css", "getPageStyle"));
    routes.push_back(page_route("/icon.svg", "getPageIcon"));
    // Asks nobody anything: it tells that the process lives, from its first moment on.
    routes.push_back({.method = "GET",
                      .path = "/api/v1/health",
                      .id = "getHealth",
                      .tag = "system",
                      .summary = "Whether the server answers.",
                      .handle =
                          [](Exchange &exchange) {
                              exchange.reply(200, json{{"status", "ok"}, {"time", server::utc_now()}});
                          },
                      .replies = {{200, "Health"}},
                      .open = true});
    routes.push_back({.method = "GET",
                      .path = "/api/v1/ready",
                      .id = "getReady",
                      .tag = "system",
                      .summary = "Whether the server can do its work: 503 until then.",
                      .handle =
                          [&engine](Exchange &exchange) {
                              const server::StorageState storage = engine.gallery().storage();
                              const bool ready = engine.models().ready() && storage.problem.empty();
                              exchange.reply(ready ? 200 : 503, ready_view(engine.queue().work(), storage, ready,
                                                                           engine.settings().config()));
                          },
                      .replies = {{200, "Ready"}, {503, "Ready"}}});
}

} // namespace able::http
