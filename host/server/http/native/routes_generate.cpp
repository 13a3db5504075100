#include "routes.h"
#include "views.h"

#include <stdexcept>

namespace able::http {

using nlohmann::json;

namespace {

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

void list_jobs(Exchange &exchange, const server::Queue &queue) {
    exchange.check_query();
    const std::size_t limit = exchange.query_number("limit");
    const std::size_t offset = exchange.query_number("offset");
    const server::JobPage page = queue.jobs(wanted_status(exchange), limit, offset);
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

server::Models::InGallery in_gallery(server::Engine &engine) {
    return [&gallery = engine.gallery()](const std::string &id) -> std::optional<json> {
        try {
            const auto image = gallery.image(id);
            json metadata = image.result.metadata;
            metadata["seed"] = image.result.seed;
            return metadata;
        } catch (const base::RequestError &) {
            return std::nullopt;
        }
    };
}

void restore(Exchange &exchange, server::Engine &engine) {
    const json body = exchange.json_body();
    if (!body.is_object() || !body.contains("from_image") || body.size() != 1) {
        throw base::RequestError(base::ErrorKind::invalid, "missing_field",
                                 "from_image must be there, and nothing else: the id of a picture, or a PNG file in "
                                 "base64",
                                 "from_image");
    }
    const auto settings = engine.models().settings_of_picture(body.at("from_image"), in_gallery(engine));
    exchange.reply(200, json{{"request", settings.request}, {"warnings", settings.warnings}});
}

std::string place_in_queue(const server::Job &job) {
    return "the job is number " + std::to_string(job.position) + " in the queue";
}

void reply_accepted(Exchange &exchange, const server::Job &job, const std::string &message,
                    const std::vector<std::string> &warnings) {
    exchange.response().set("Location", "/api/v1/generate/" + job.id);
    exchange.reply(202, json{{"id", job.id},
                             {"status", to_string(job.status)},
                             {"position", job.position},
                             {"message", message},
                             {"warnings", warnings}});
}

void submit(Exchange &exchange, server::Engine &engine) {
    std::optional<std::string> key;
    if (exchange.request().has("Idempotency-Key")) {
        key = exchange.request().get("Idempotency-Key");
    }
    const json sent = exchange.json_body();
    const auto filled = engine.models().fill_from_image(sent, in_gallery(engine));
    const server::Job job = engine.queue().submit(filled.request, key, &sent);
    const bool waiting = job.status == server::JobStatus::queued;
    reply_accepted(exchange, job,
                   waiting ? place_in_queue(job)
                           : "this request was made before; its job is " + std::string(to_string(job.status)),
                   filled.warnings);
}

void retry(Exchange &exchange, server::Queue &queue) {
    exchange.expect_no_body();
    const server::Job job = queue.retry(exchange.parameter("id"));
    reply_accepted(exchange, job, place_in_queue(job), {});
}

void cancel(Exchange &exchange, server::Queue &queue) {
    exchange.expect_no_body();
    const server::Job job = queue.cancel(exchange.parameter("id"));
    const bool done = job.status == server::JobStatus::cancelled;
    exchange.reply(200, json{{"id", job.id},
                             {"status", done ? "cancelled" : "cancelling"},
                             {"message", done ? "the job will not run" : "the job stops at its next step"}});
}

Parameter last_event_id_parameter() {
    return {.name = "Last-Event-ID",
            .description = "The last event that the client had; those after it come first. EventSource sends it.",
            .place = Parameter::Place::header};
}

} // namespace

void add_generate_routes(std::vector<Route> &routes, server::Engine &engine, EventStreams &streams) {
    server::Queue &queue = engine.queue();
    routes.push_back({.method = "POST",
                      .path = "/api/v1/generate",
                      .id = "submitJob",
                      .tag = "jobs",
                      .summary = "Queue a job. The reply comes when the job is safely stored; Idempotency-Key makes it "
                                 "safe to send the request again.",
                      .handle = [&engine](Exchange &exchange) { submit(exchange, engine); },
                      .replies = {{202, "Accepted"}, {400}, {409}, {413}, {415}, {429}},
                      .parameters = {{.name = "Idempotency-Key",
                                      .description = "With a key that came before, the same request returns the same "
                                                     "job; another request is a 409.",
                                      .schema = {{"type", "string"}, {"minLength", 1}, {"maxLength", 255}},
                                      .place = Parameter::Place::header}},
                      .request = "GenerateRequest"});
    routes.push_back({.method = "POST",
                      .path = "/api/v1/generate/restore",
                      .id = "restorePicture",
                      .tag = "jobs",
                      .summary =
                          "What a picture was made with, as a request that makes it again, and what of it cannot "
                          "be had here.",
                      .handle = [&engine](Exchange &exchange) { restore(exchange, engine); },
                      .replies = {{200, "RestoredRequest"}, {400}, {413}, {415}},
                      .request = "RestoreRequest"});
    routes.push_back({.method = "GET",
                      .path = "/api/v1/generate",
                      .id = "listJobs",
                      .tag = "jobs",
                      .summary = "The jobs, newest first, with what they were asked for.",
                      .handle = [&queue](Exchange &exchange) { list_jobs(exchange, queue); },
                      .replies = {{200, "JobPage"}, {400}},
                      .parameters = {{.name = "status",
                                      .description = "Only jobs in this state.",
                                      .schema = {{"$ref", "#/components/schemas/JobStatus"}}},
                                     limit_parameter("Jobs", 200, 50),
                                     offset_parameter("Jobs")}});
    routes.push_back({.method = "GET",
                      .path = "/api/v1/generate/{id}",
                      .id = "getJob",
                      .tag = "jobs",
                      .summary = "A job's state and results.",
                      .handle =
                          [&queue](Exchange &exchange) {
                              exchange.check_query();
                              exchange.reply(200, job_view(queue.get(exchange.parameter("id"))));
                          },
                      .replies = {{200, "Job"}, {404}}});
    routes.push_back({.method = "POST",
                      .path = "/api/v1/generate/{id}/cancel",
                      .id = "cancelJob",
                      .tag = "jobs",
                      .summary = "Cancel a job. A waiting one is cancelled at once; a running one at its next step.",
                      .handle = [&queue](Exchange &exchange) { cancel(exchange, queue); },
                      .replies = {{200, "Cancelled"}, {404}, {409}}});
    routes.push_back({.method = "POST",
                      .path = "/api/v1/generate/{id}/retry",
                      .id = "retryJob",
                      .tag = "jobs",
                      .summary =
                          "Try a failed job again: a new job with the same settings, seed included. Pictures that "
                          "came with the request are kept for a day.",
                      .handle = [&queue](Exchange &exchange) { retry(exchange, queue); },
                      .replies = {{202, "Accepted"}, {404}, {409}, {429}}});
    routes.push_back({.method = "GET",
                      .path = "/api/v1/generate/{id}/events",
                      .id = "followJob",
                      .tag = "events",
                      .summary = "A job's events as a stream (text/event-stream) that ends with the job; Last-Event-ID "
                                 "resumes it.",
                      .handle =
                          [&streams](Exchange &exchange) {
                              exchange.check_query();
                              streams.serve_job(exchange, exchange.parameter("id"));
                          },
                      .replies = {{200, "", "text/event-stream"}, {204}, {404}, {503}},
                      .parameters = {last_event_id_parameter()}});
    routes.push_back({.method = "GET",
                      .path = "/api/v1/events",
                      .id = "followAll",
                      .tag = "events",
                      .summary = "The events of all jobs from now on as a stream (text/event-stream); Last-Event-ID "
                                 "resumes it.",
                      .handle =
                          [&streams](Exchange &exchange) {
                              exchange.check_query();
                              streams.serve_all(exchange);
                          },
                      .replies = {{200, "", "text/event-stream"}, {503}},
                      .parameters = {last_event_id_parameter()}});
}

} // namespace able::http
