#include "routes.h"
#include "views.h"

#include <limits>
#include <stdexcept>

namespace able::http {

using nlohmann::json;

namespace {

constexpr std::size_t max_page = 200;

std::optional<server::JobStatus> wanted_status(const Exchange &exchange) {
    const auto word = exchange.query_text("status");
    if (!word) {
        return std::nullopt;
    }
    try {
        return server::job_status(*word);
    } catch (const std::invalid_argument &) {
        throw base::RequestError(base::ErrorKind::invalid, "invalid_value", "status must be a state of a job", "status",
                                 {"queued", "processing", "completed", "failed", "cancelled"});
    }
}

void list_jobs(Exchange &exchange, const server::Engine &engine) {
    exchange.allow_query({"limit", "offset", "status"});
    const std::size_t limit = exchange.query_number("limit", 50, 1, max_page);
    const std::size_t offset = exchange.query_number("offset", 0, 0, std::numeric_limits<std::uint32_t>::max());
    const server::JobPage page = engine.jobs(wanted_status(exchange), limit, offset);
    json list = json::array();
    for (const auto &job : page.jobs) {
        list.push_back(listed_job_view(job));
    }
    exchange.reply(200, json{{"count", list.size()},
                             {"jobs", std::move(list)},
                             {"total", page.total},
                             {"limit", limit},
                             {"offset", offset}});
}

} // namespace

void add_generate_routes(std::vector<Route> &routes, server::Engine &engine, EventStreams &streams) {
    routes.push_back(
        {"POST",
         "/api/v1/generate",
         "Queue a job. The reply comes when the job is safely stored; Idempotency-Key makes it safe to send "
         "the request again.",
         {202, 400, 409, 413, 415, 429},
         [&engine](Exchange &exchange) {
             std::optional<std::string> key;
             if (exchange.request().has("Idempotency-Key")) {
                 key = exchange.request().get("Idempotency-Key");
             }
             const server::Job job = engine.submit(exchange.json_body(), key);
             exchange.response().set("Location", "/api/v1/generate/" + job.id);
             const bool waiting = job.status == server::JobStatus::queued;
             exchange.reply(
                 202, json{{"id", job.id},
                           {"status", to_string(job.status)},
                           {"position", job.position},
                           {"message", waiting ? "the job is number " + std::to_string(job.position) + " in the queue"
                                               : "this request was made before; its job is " +
                                                     std::string(to_string(job.status))}});
         },
         "GenerateRequest"});
    routes.push_back({"GET",
                      "/api/v1/generate",
                      "The jobs, newest first, with what they were asked for.",
                      {200, 400},
                      [&engine](Exchange &exchange) {
                          list_jobs(exchange, engine);
                      }});
    routes.push_back(
        {"GET", "/api/v1/generate/{id}", "A job's state and results.", {200, 404}, [&engine](Exchange &exchange) {
             exchange.allow_query({});
             exchange.reply(200, job_view(engine.get(exchange.parameter("id"))));
         }});
    routes.push_back({"POST",
                      "/api/v1/generate/{id}/cancel",
                      "Cancel a job. A waiting one is cancelled at once; a running one at its next step.",
                      {200, 404, 409},
                      [&engine](Exchange &exchange) {
                          exchange.expect_no_body();
                          const server::Job job = engine.cancel(exchange.parameter("id"));
                          const bool done = job.status == server::JobStatus::cancelled;
                          exchange.reply(
                              200, json{{"id", job.id},
                                        {"status", done ? "cancelled" : "cancelling"},
                                        {"message", done ? "the job will not run" : "the job stops at its next step"}});
                      }});
    routes.push_back(
        {"GET",
         "/api/v1/generate/{id}/events",
         "A job's events as a stream (text/event-stream) that ends with the job; Last-Event-ID resumes it.",
         {200, 204, 404, 503},
         [&streams](Exchange &exchange) {
             exchange.allow_query({});
             streams.serve_job(exchange, exchange.parameter("id"));
         }});
    routes.push_back({"GET",
                      "/api/v1/events",
                      "The events of all jobs from now on as a stream (text/event-stream); Last-Event-ID resumes it.",
                      {200, 503},
                      [&streams](Exchange &exchange) {
                          exchange.allow_query({});
                          streams.serve_all(exchange);
                      }});
}

} // namespace able::http
