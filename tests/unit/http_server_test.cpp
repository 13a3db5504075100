// The API over HTTP, with fake workers behind it.
#include "http_client.hpp"

#include <catch2/catch.hpp>

#include <fstream>
#include <set>

namespace http_server_test {

using fakes::HttpServer;
using fakes::Reply;
using nlohmann::json;

namespace {

const std::string a_fox = R"({"prompt": "a fox", "steps": 3, "seed": 7})";

std::string submit(const HttpServer &server, const std::string &body = a_fox) {
    const Reply reply = server.post("/api/v1/generate", body);
    REQUIRE(reply.status == 202);
    return reply.json().at("id");
}

json wait_for_end(const HttpServer &server, const std::string &id) {
    json job;
    fakes::eventually([&] {
        job = server.get("/api/v1/generate/" + id).json();
        return job.at("status") != "queued" && job.at("status") != "processing";
    });
    return job;
}

struct StreamEvent {
    std::string id, type;
    json data;
};

std::vector<StreamEvent> parse_events(const std::string &text) {
    std::vector<StreamEvent> events;
    std::istringstream lines(text);
    StreamEvent event;
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("id: ")) {
            event.id = line.substr(4);
        }
        if (line.starts_with("event: ")) {
            event.type = line.substr(7);
        }
        if (line.starts_with("data: ")) {
            event.data = json::parse(line.substr(6));
        }
        if (line.empty() && !event.type.empty()) {
            events.push_back(std::exchange(event, {}));
        }
    }
    return events;
}

std::vector<std::string> types_of(const std::vector<StreamEvent> &events) {
    std::vector<std::string> types;
    for (const auto &event : events) {
        types.push_back(event.type);
    }
    return types;
}

} // namespace

TEST_CASE("a job goes from a request to an image over HTTP") {
    const HttpServer server;
    const Reply accepted = server.post("/api/v1/generate", a_fox);
    CHECK(accepted.status == 202);
    CHECK(accepted.json().at("status") == "queued");
    CHECK(accepted.json().at("position") == 1);
    CHECK(accepted.json().contains("message"));
    const std::string id = accepted.json().at("id");
    CHECK(accepted.headers.at("Location") == "/api/v1/generate/" + id);

    const json job = wait_for_end(server, id);
    for (const char *field : {"id", "status", "progress", "current_step", "total_steps", "eta_seconds", "results",
                              "error", "created_at", "started_at", "completed_at"}) {
        CHECK(job.contains(field));
    }
    CHECK(job.at("status") == "completed");
    CHECK(job.at("progress") == 100);
    CHECK(job.at("error").is_null());
    const json result = job.at("results").at(0);
    CHECK(result.at("seed") == 7);
    CHECK(result.at("width") == 64);
    CHECK(result.at("image_path") == id + "-0.png");
    CHECK(result.at("image_url") == "/api/v1/outputs/" + id + "-0.png");
    CHECK(result.at("metadata").at("prompt") == "a fox");
}

TEST_CASE("bad requests are 4xx that name the field and what exists") {
    const HttpServer server;
    struct Case {
        std::string body, field;
    };
    for (const Case &bad : std::vector<Case>{{R"({"prompt": "x", "model": "nope"})", "model"},
                                             {R"({"prompt": "x", "model": "../../etc/passwd"})", "model"},
                                             {R"({"prompt": "x", "sampler": "nope"})", "sampler"},
                                             {R"({"prompt": "x", "schedule": "nope"})", "schedule"},
                                             {R"({"prompt": "x", "colour": "red"})", "colour"},
                                             {R"({"prompt": 7})", "prompt"},
                                             {R"({"prompt": "x", "seed": 18446744073709551616})", "seed"},
                                             {R"({"prompt": "x", "width": 65})", "width"}}) {
        CAPTURE(bad.body);
        const Reply reply = server.post("/api/v1/generate", bad.body);
        CHECK(reply.status == 400);
        const json error = reply.json().at("error");
        CHECK(error.at("field") == bad.field);
        CHECK(error.contains("code"));
        CHECK(error.at("message").get<std::string>().find(bad.field) != std::string::npos);
    }
    CHECK(server.post("/api/v1/generate", R"({"prompt": "x", "sampler": "nope"})").json().at("error").at("allowed") ==
          json{"euler_a", "dpmpp_2m"});
    CHECK(server.post("/api/v1/generate", "{").json().at("error").at("code") == "invalid_json");
    CHECK(server.script->runs == 0);
}

TEST_CASE("addresses and methods that do not exist say so") {
    const HttpServer server;
    for (const char *path : {"/nowhere", "/api/v1", "/api/v1/", "/api/v1/generate/", "/api/v1//queue", "/api/v1/queue/",
                             "/api/v1/generate/a%2fb/cancel", "/api/v1/%2e%2e/queue", "/api/v1/queue%00", "/api/v1/%zz",
                             "/api/v1/../v1/queue"}) {
        CAPTURE(path);
        const Reply reply = server.get(path);
        CHECK(reply.status == 404);
        CHECK(reply.error_code() == "not_found");
    }
    CHECK(server.get("/api/v1/generate/none").error_code() == "unknown_job");
    CHECK(server.post("/api/v1/generate/none/cancel").status == 404);
    CHECK(server.get("/api/v1/generate/none/events").status == 404);
    CHECK(server.get("/api/v1/images/none").status == 404);
    const Reply wrong = server.get("/api/v1/queue/pause");
    CHECK(wrong.status == 405);
    CHECK(wrong.headers.at("Allow") == "POST");
    CHECK(server.send("PATCH", "/api/v1/queue", "", {{"Content-Length", "0"}}).status == 405);
    CHECK(server.get("/api/v1/images?limit=0").status == 400);
    CHECK(server.get("/api/v1/images?limit=x").status == 400);
    CHECK(server.get("/api/v1/images?size=1").json().at("error").at("field") == "size");
    CHECK(server.get("/api/v1/images?limit=1&limit=2").status == 400);
}

TEST_CASE("every reply forbids sniffing, framing and scripts") {
    const HttpServer server;
    for (const char *path : {"/api/v1/health", "/api/v1/queue", "/nowhere", "/", "/app.js", "/api/v1/openapi.json"}) {
        CAPTURE(path);
        const Reply reply = server.get(path);
        CHECK(reply.headers.at("X-Content-Type-Options") == "nosniff");
        const std::string policy = reply.headers.at("Content-Security-Policy");
        CHECK(policy.find("default-src 'none'") != std::string::npos);
        CHECK(policy.find("frame-ancestors 'none'") != std::string::npos);
        CHECK(policy.find("unsafe") == std::string::npos);
    }
}

TEST_CASE("health answers from the first moment, ready when there is something to do it with") {
    const HttpServer server;
    const json health = server.get("/api/v1/health").json();
    CHECK(health.at("status") == "ok");
    CHECK(health.at("time").get<std::string>().size() == 24);
    const Reply ready = server.get("/api/v1/ready");
    CHECK(ready.status == 200);
    CHECK(ready.json().at("status") == "ready");
    for (const char *service : {"worker", "storage", "queue"}) {
        CHECK(ready.json().at("services").contains(service));
    }
    std::filesystem::remove_all(server.folder() / "outputs");
    CHECK(server.get("/api/v1/ready").status == 503);
    CHECK(server.get("/api/v1/health").status == 200);
    CHECK(server.send("HEAD", "/api/v1/health").status == 200);
    CHECK(server.send("HEAD", "/api/v1/health").body.empty());
}

TEST_CASE("the lists show models, LoRAs, samplers, schedules and plugins") {
    const HttpServer server;
    const json model = server.get("/api/v1/models").json().at("models").at(0);
    CHECK(model.at("id") == "tiny-sd15");
    CHECK(model.at("ready") == true);
    CHECK(model.at("loaded") == false);
    CHECK(server.post("/api/v1/models/refresh").json().at("count") == 1);
    CHECK(server.get("/api/v1/loras").json().at("loras").at(0).at("id") == "styles/ink");
    const json sampler = server.get("/api/v1/samplers").json().at("samplers").at(0);
    CHECK(sampler.at("id") == "euler_a");
    CHECK(sampler.at("plugin") == "able.samplers");
    CHECK(sampler.at("default_schedule") == "normal");
    CHECK(sampler.at("parameters").at("properties").contains("eta"));
    CHECK(server.get("/api/v1/schedules").json().at("schedules").size() == 2);
    const json plugin = server.get("/api/v1/plugins").json().at("plugins").at(0);
    CHECK(plugin.at("state") == "active");
    CHECK(plugin.at("reason").is_null());
    CHECK(plugin.at("objects").size() == 4);
}

TEST_CASE("the queue can be seen, paused, resumed and ordered") {
    const HttpServer server;
    CHECK(server.post("/api/v1/queue/pause").json().at("paused") == true);
    const std::string a = submit(server);
    const std::string b = submit(server);
    json queue = server.get("/api/v1/queue").json();
    CHECK(queue.at("paused") == true);
    CHECK(queue.at("count") == 2);
    CHECK(queue.at("queue").at(1).at("id") == b);
    CHECK(queue.at("queue").at(1).at("position") == 2);
    CHECK(queue.at("queue").at(1).at("request").at("prompt") == "a fox");
    CHECK(server.post("/api/v1/queue/" + b + "/move", R"({"position": 1})").json().at("position") == 1);
    CHECK(server.get("/api/v1/queue").json().at("queue").at(0).at("id") == b);
    for (const char *bad : {"", "{}", "[]", R"({"position": 0})", R"({"position": "1"})", R"({"position": 1.5})",
                            R"({"position": 1, "x": 1})", R"({"position": -1})"}) {
        CAPTURE(bad);
        CHECK(server.post("/api/v1/queue/" + b + "/move", bad).status == 400);
    }
    CHECK(server.post("/api/v1/queue/none/move", R"({"position": 1})").status == 404);
    CHECK(server.post("/api/v1/queue/resume").json().at("paused") == false);
    CHECK(wait_for_end(server, a).at("status") == "completed");
    CHECK(wait_for_end(server, b).at("status") == "completed");
    CHECK(server.post("/api/v1/queue/" + b + "/move", R"({"position": 1})").status == 409);
}

TEST_CASE("jobs can be cancelled while they wait and while they run") {
    const HttpServer server(fakes::wait_for_cancel);
    const std::string running = submit(server);
    const std::string waiting = submit(server);
    fakes::eventually([&] { return server.get("/api/v1/generate/" + running).json().at("status") == "processing"; });
    CHECK(server.post("/api/v1/generate/" + waiting + "/cancel").json().at("status") == "cancelled");
    CHECK(server.post("/api/v1/generate/" + running + "/cancel").json().at("status") == "cancelling");
    CHECK(wait_for_end(server, running).at("status") == "cancelled");
    CHECK(server.post("/api/v1/generate/" + running + "/cancel").status == 409);
}

TEST_CASE("a full queue is a 429 that says when to come again") {
    const HttpServer server(fakes::make_images, [](auto &config) { config.queue.max_queue_size = 1; });
    server.post("/api/v1/queue/pause");
    submit(server);
    const Reply reply = server.post("/api/v1/generate", a_fox);
    CHECK(reply.status == 429);
    CHECK(reply.headers.count("Retry-After") == 1);
}

TEST_CASE("Idempotency-Key is honoured") {
    const HttpServer server;
    const std::map<std::string, std::string> key{{"Idempotency-Key", "k1"}};
    const Reply first = server.post("/api/v1/generate", a_fox, key);
    const Reply again = server.post("/api/v1/generate", a_fox, key);
    CHECK(again.status == 202);
    CHECK(again.json().at("id") == first.json().at("id"));
    CHECK(server.post("/api/v1/generate", R"({"prompt": "other"})", key).status == 409);
}

TEST_CASE("the stream of a job tells its whole story and ends with it") {
    const HttpServer server;
    const std::string id = submit(server);
    const Reply stream = server.get("/api/v1/generate/" + id + "/events");
    CHECK(stream.headers.at("Content-Type") == "text/event-stream");
    const auto events = parse_events(stream.body);
    CHECK(types_of(events) ==
          std::vector<std::string>{"queued", "started", "step", "step", "step", "image", "completed"});
    CHECK(events[2].data.at("current_step") == 1);
    CHECK(events[5].data.at("image_url") == "/api/v1/outputs/" + id + "-0.png");
    CHECK(events[6].data.at("results").at(0).at("seed") == 7);
    // The last event is the job as its own address shows it.
    const json job = server.get("/api/v1/generate/" + id).json();
    for (const char *field : {"id", "status", "progress", "error", "created_at", "started_at", "completed_at"}) {
        CHECK(events[6].data.at(field) == job.at(field));
    }

    // Resumed: only what came after.
    const Reply rest = server.get("/api/v1/generate/" + id + "/events", {{"Last-Event-ID", events[4].id}});
    CHECK(types_of(parse_events(rest.body)) == std::vector<std::string>{"image", "completed"});
    // A browser that comes back after the end is told to stay away.
    CHECK(server.get("/api/v1/generate/" + id + "/events", {{"Last-Event-ID", events[6].id}}).status == 204);
    // An id of another server, or nonsense: everything that is known.
    for (const char *strange : {"1", "x", "99999999999999999999999"}) {
        const auto all =
            parse_events(server.get("/api/v1/generate/" + id + "/events", {{"Last-Event-ID", strange}}).body);
        REQUIRE_FALSE(all.empty());
        CHECK(all.back().type == "completed");
    }
}

TEST_CASE("the stream of a job that ended before the server's memory begins still tells the end") {
    fakes::TempDir folder;
    const auto script = std::make_shared<fakes::Script>();
    script->run = fakes::make_images;
    auto config = fakes::config_in(folder.path());
    config.server.port = 0;
    std::string id;
    {
        able::server::Engine engine(config, std::make_unique<fakes::FakeEnvironment>(script));
        engine.start();
        id = engine.queue().submit(json::parse(a_fox)).id;
        fakes::eventually([&] { return is_terminal(engine.queue().get(id).status); });
    }
    const HttpServer server(fakes::make_images, [&](auto &own) { own.storage = config.storage; });
    const auto events = parse_events(server.get("/api/v1/generate/" + id + "/events").body);
    CHECK(types_of(events) == std::vector<std::string>{"completed"});
    CHECK(events[0].data.at("results").at(0).at("seed") == 7);
}

TEST_CASE("streams have a cap, and the rest of the API does not suffer from it") {
    const HttpServer server(fakes::wait_for_cancel, [](auto &config) { config.server.max_event_streams = 2; });
    const std::string open = "GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n";
    auto first = server.connect();
    auto second = server.connect();
    for (auto *socket : {&first, &second}) {
        HttpServer::send_all(*socket, open);
        char byte = 0;
        REQUIRE(socket->receiveBytes(&byte, 1) == 1);
    }
    const Reply third = server.get("/api/v1/events");
    CHECK(third.status == 503);
    CHECK(third.headers.count("Retry-After") == 1);
    CHECK(server.get("/api/v1/health").status == 200);
    // A client that goes makes room.
    first.close();
    fakes::eventually([&] {
        auto next = server.connect();
        HttpServer::send_all(next, open);
        char line[12];
        return next.receiveBytes(line, sizeof line, MSG_WAITALL) == 12 && std::string(line, 12) == "HTTP/1.1 200";
    });
}

TEST_CASE("the stream of all jobs carries the events of every job") {
    const HttpServer server;
    auto socket = server.connect();
    HttpServer::send_all(socket, "GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n");
    std::string text;
    const auto read_until = [&](const std::string &words) {
        char buffer[4096];
        while (text.find(words) == std::string::npos) {
            const int count = socket.receiveBytes(buffer, sizeof buffer);
            REQUIRE(count > 0);
            text.append(buffer, static_cast<std::size_t>(count));
        }
    };
    read_until("retry:");
    const std::string id = submit(server);
    read_until("event: completed");
    CHECK(text.find(id) != std::string::npos);
    CHECK(text.find("event: queued") < text.find("event: started"));
}

TEST_CASE("stopping the server ends open streams and idle connections") {
    auto server = std::make_unique<HttpServer>(fakes::wait_for_cancel);
    auto stream = server->connect();
    HttpServer::send_all(stream, "GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n");
    char byte = 0;
    REQUIRE(stream.receiveBytes(&byte, 1) == 1);
    auto idle = server->connect();
    server.reset();
    CHECK_NOTHROW(HttpServer::read_all(stream));
    CHECK(HttpServer::read_all(idle).empty());
}

TEST_CASE("images are served once recorded, cached for good, and nothing else is") {
    const HttpServer server;
    const std::string id = submit(server);
    wait_for_end(server, id);
    const auto outputs = server.folder() / "outputs";
    std::ofstream(outputs / (id + "-0.png"), std::ios::binary) << "the picture";
    std::ofstream(outputs / "stray.png") << "secret";
    const std::string path = "/api/v1/outputs/" + id + "-0.png";
    const Reply image = server.get(path);
    CHECK(image.status == 200);
    CHECK(image.body == "the picture");
    CHECK(image.headers.at("Content-Type") == "image/png");
    CHECK(image.headers.at("X-Content-Type-Options") == "nosniff");
    CHECK(image.headers.at("Cache-Control").find("immutable") != std::string::npos);
    const Reply cached = server.get(path, {{"If-None-Match", image.headers.at("ETag")}});
    CHECK(cached.status == 304);
    CHECK(cached.body.empty());
    CHECK(server.send("HEAD", path).status == 200);
    CHECK(server.send("HEAD", path).body.empty());
    for (const char *name : {"stray.png", "jobs.sqlite", "..%2fjobs.sqlite", "../jobs.sqlite",
                             "%2e%2e/outputs/stray.png", "stray.png%00", ".png", "..%5cjobs.sqlite"}) {
        CAPTURE(name);
        CHECK(server.get("/api/v1/outputs/" + std::string(name)).status == 404);
    }
    // A link in the place of an image leads nowhere.
    std::filesystem::remove(outputs / (id + "-0.png"));
    std::filesystem::create_symlink(outputs / "stray.png", outputs / (id + "-0.png"));
    CHECK(server.get(path).status == 404);
}

TEST_CASE("images are listed by pages and deleted") {
    const HttpServer server;
    const std::string id = submit(server, R"({"prompt": "a fox", "steps": 1, "seed": 7, "batch_size": 3})");
    wait_for_end(server, id);
    const json page = server.get("/api/v1/images?limit=2&offset=1").json();
    CHECK(page.at("total") == 3);
    CHECK(page.at("count") == 2);
    const json image = server.get("/api/v1/images/" + id + "-1").json();
    CHECK(image.at("seed") == 8);
    CHECK(image.at("job_id") == id);
    CHECK(image.at("request").at("prompt") == "a fox");
    CHECK(server.send("DELETE", "/api/v1/images/" + id + "-1").status == 200);
    CHECK(server.send("DELETE", "/api/v1/images/" + id + "-1").status == 404);
    CHECK(server.get("/api/v1/images").json().at("total") == 2);
}

TEST_CASE("the OpenAPI document describes every route and the request as it is validated") {
    const HttpServer server;
    const json document = server.get("/api/v1/openapi.json").json();
    CHECK(document.at("openapi").get<std::string>().starts_with("3.1"));
    const json &paths = document.at("paths");
    for (const char *path : {"/api/v1/generate",
                             "/api/v1/generate/{id}",
                             "/api/v1/generate/{id}/cancel",
                             "/api/v1/generate/{id}/events",
                             "/api/v1/events",
                             "/api/v1/queue",
                             "/api/v1/queue/pause",
                             "/api/v1/queue/resume",
                             "/api/v1/queue/{id}/move",
                             "/api/v1/models",
                             "/api/v1/models/refresh",
                             "/api/v1/vaes",
                             "/api/v1/loras",
                             "/api/v1/samplers",
                             "/api/v1/schedules",
                             "/api/v1/plugins",
                             "/api/v1/images",
                             "/api/v1/images/facets",
                             "/api/v1/images/{id}",
                             "/api/v1/images/{id}/star",
                             "/api/v1/images/{id}/trash",
                             "/api/v1/images/{id}/restore",
                             "/api/v1/outputs/{file}",
                             "/api/v1/health",
                             "/api/v1/ready",
                             "/api/v1/openapi.json",
                             "/",
                             "/app.js",
                             "/app.css",
                             "/icon.svg"}) {
        CAPTURE(path);
        CHECK(paths.contains(path));
    }
    CHECK(paths.at("/api/v1/images/{id}").contains("delete"));
    const json &schema = document.at("components").at("schemas").at("GenerateRequest");
    CHECK(schema.at("properties").at("width").at("multipleOf") == 8);
}

TEST_CASE("each operation of the OpenAPI document has a name and a tag, and says who may call it") {
    const HttpServer server;
    const json document = server.get("/api/v1/openapi.json").json();
    CHECK(document.at("servers").at(0).at("url") == "/");
    CHECK(document.at("components").at("securitySchemes").at("token").at("scheme") == "bearer");
    std::set<std::string> tags;
    for (const json &tag : document.at("tags")) {
        tags.insert(tag.at("name").get<std::string>());
    }
    std::set<std::string> names;
    std::size_t open = 0;
    for (const auto &[path, operations] : document.at("paths").items()) {
        for (const auto &[method, operation] : operations.items()) {
            CAPTURE(path, method);
            CHECK(names.insert(operation.at("operationId").get<std::string>()).second);
            CHECK(tags.contains(operation.at("tags").at(0).get<std::string>()));
            const bool guarded = operation.at("security") == json::parse(R"([{"token": []}])");
            CHECK((guarded || operation.at("security") == json::array()));
            CHECK(guarded == operation.at("responses").contains("401"));
            open += guarded ? 0 : 1;
        }
    }
    CHECK(open == 5); // the page's files and health
    const json &paths = document.at("paths");
    const json &submit = paths.at("/api/v1/generate").at("post");
    CHECK(submit.at("parameters").at(0).at("name") == "Idempotency-Key");
    CHECK(submit.at("parameters").at(0).at("in") == "header");
    const auto has_content = [&](const char *path, const char *type) {
        return paths.at(path).at("get").at("responses").at("200").at("content").contains(type);
    };
    CHECK(has_content("/api/v1/events", "text/event-stream"));
    CHECK(has_content("/api/v1/outputs/{file}", "image/png"));
    CHECK(has_content("/api/v1/ready", "application/json"));
}

TEST_CASE("a port that is taken is a clear error") {
    const HttpServer first;
    able::config::Server config;
    config.port = first.server->port();
    able::http::Server second(config, *first.engine);
    CHECK_THROWS_WITH(second.start(), Catch::Contains("is in use by another program") && Catch::Contains("--port") &&
                                          Catch::Contains(std::to_string(config.port)));
}

TEST_CASE("a public address needs a token") {
    const HttpServer running;
    able::config::Server config;
    config.port = 0;
    config.host = "0.0.0.0";
    CHECK_THROWS_WITH(able::http::Server(config, *running.engine).start(), Catch::Contains("api_tokens"));
    config.host = "::";
    CHECK_THROWS_WITH(able::http::Server(config, *running.engine).start(), Catch::Contains("api_tokens"));
    config.host = "no.such.host.invalid";
    CHECK_THROWS_AS(able::http::Server(config, *running.engine).start(), able::http::ServerError);
    config.host = "0.0.0.0";
    config.api_tokens = {"secret"};
    able::http::Server open(config, *running.engine);
    open.start();
    CHECK(open.port() != 0);
}

} // namespace http_server_test
