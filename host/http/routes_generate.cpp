#include "routes.h"
#include "views.h"

namespace able::http {

using nlohmann::json;

void add_generate_routes(std::vector<Route> &routes, jobs::Engine &engine, EventStreams &streams) {
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
             const jobs::Job job = engine.submit(exchange.json_body(), key);
             exchange.response().set("Location", "/api/v1/generate/" + job.id);
             const bool waiting = job.status == jobs::JobStatus::queued;
             exchange.reply(
                 202, json{{"id", job.id},
                           {"status", to_string(job.status)},
                           {"position", job.position},
                           {"message", waiting ? "the job is number " + std::to_string(job.position) + " in the queue"
                                               : "this request was made before; its job is " +
                                                     std::string(to_string(job.status))}});
         },
         "GenerateRequest"});
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
                          const jobs::Job job = engine.cancel(exchange.parameter("id"));
                          const bool done = job.status == jobs::JobStatus::cancelled;
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
