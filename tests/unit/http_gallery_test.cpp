// The gallery and the list of jobs over HTTP, and whether replies look as the OpenAPI document says.
#include "http_client.hpp"
#include "openapi_check.hpp"

#include <algorithm>
#include <cctype>

namespace http_gallery_test {

using fakes::HttpServer;
using fakes::problem;
using fakes::Reply;
using nlohmann::json;

namespace {

std::string make_image(const HttpServer &server, const std::string &prompt) {
    const json request{{"prompt", prompt}, {"steps", 1}, {"seed", 7}};
    const std::string id = server.post("/api/v1/generate", request.dump()).json().at("id");
    fakes::eventually([&] { return server.get("/api/v1/generate/" + id).json().at("status") == "completed"; });
    return id + "-0";
}

} // namespace

TEST_CASE("images are searched, starred, thrown away and taken back") {
    const HttpServer server;
    const std::string fox = make_image(server, "a Fox & <b>hound</b>");
    const std::string cat = make_image(server, "a cat");
    const auto total = [&](const std::string &query) {
        return server.get("/api/v1/images?" + query).json().at("total").get<int>();
    };
    CHECK(total("q=fox") == 1);
    CHECK(total("q=%3Cb%3Ehound") == 1);
    CHECK(total("q=dog") == 0);
    CHECK(total("q=") == 2);
    CHECK(total("until=2020-01-01") == 0);
    CHECK(total("since=2020-01-01T00:00:00Z") == 2);

    const Reply starred = server.post("/api/v1/images/" + fox + "/star", R"({"starred": true})");
    CHECK(starred.json().at("starred") == true);
    CHECK(total("starred=true") == 1);
    CHECK(total("starred=false") == 2);

    const Reply trashed = server.post("/api/v1/images/" + fox + "/trash");
    CHECK(trashed.json().at("trashed_at").is_string());
    CHECK(total("") == 1);
    CHECK(total("trashed=true") == 1);
    CHECK(server.get("/api/v1/outputs/" + fox + ".png").status != 500);
    CHECK(server.post("/api/v1/images/" + fox + "/restore").json().at("trashed_at").is_null());
    CHECK(total("") == 2);
    CHECK(server.get("/api/v1/images/facets").json().contains("models"));
}

TEST_CASE("bad questions to the gallery are 4xx that name what is wrong") {
    const HttpServer server;
    const std::string id = make_image(server, "a fox");
    struct Case {
        std::string query, field;
    };
    for (const Case &bad : std::vector<Case>{{"starred=yes", "starred"},
                                             {"trashed=1", "trashed"},
                                             {"since=yesterday", "since"},
                                             {"until=2026-01-31T12:00:00+01:00", "until"},
                                             {"colour=red", "colour"},
                                             {"q=a+b+c+d+e+f+g+h+i+j+k+l+m+n+o+p+q+r+s+t+u", "q"}}) {
        CAPTURE(bad.query);
        const Reply reply = server.get("/api/v1/images?" + bad.query);
        CHECK(reply.status == 400);
        CHECK(reply.json().at("error").at("field") == bad.field);
    }
    CHECK(server.post("/api/v1/images/" + id + "/star", "{}").error_code() == "missing_field");
    CHECK(server.post("/api/v1/images/" + id + "/star", R"({"starred": 1})").error_code() == "wrong_type");
    CHECK(server.post("/api/v1/images/" + id + "/star", R"({"starred": true, "x": 1})").error_code() ==
          "unknown_field");
    for (const char *action : {"/star", "/trash", "/restore"}) {
        CAPTURE(action);
        const std::string body = std::string(action) == "/star" ? R"({"starred": true})" : "";
        CHECK(server.post("/api/v1/images/nobody" + std::string(action), body).status == 404);
    }
}

TEST_CASE("the jobs are listed with what they were asked for") {
    const HttpServer server;
    make_image(server, "a fox");
    make_image(server, "a cat");
    const json page = server.get("/api/v1/generate?limit=1").json();
    CHECK(page.at("total") == 2);
    CHECK(page.at("jobs").at(0).at("request").at("prompt") == "a cat");
    CHECK(page.at("jobs").at(0).at("results").at(0).contains("image_url"));
    CHECK(server.get("/api/v1/generate?status=failed").json().at("total") == 0);
    CHECK(server.get("/api/v1/generate?status=completed").json().at("total") == 2);
    const Reply bad = server.get("/api/v1/generate?status=asleep");
    CHECK(bad.status == 400);
    CHECK(bad.json().at("error").at("allowed").size() == 5);
}

TEST_CASE("a running job is listed as it is now, not as it was stored") {
    const HttpServer server(fakes::wait_for_cancel);
    const std::string id = server.post("/api/v1/generate", R"({"prompt": "a fox"})").json().at("id");
    fakes::eventually([&] { return server.get("/api/v1/generate?status=processing").json().at("total") == 1; });
    const json job = server.get("/api/v1/generate").json().at("jobs").at(0);
    CHECK(job.at("status") == "processing");
    CHECK(job.at("current_step") == server.get("/api/v1/generate/" + id).json().at("current_step"));
    server.post("/api/v1/generate/" + id + "/cancel");
}

TEST_CASE("a failed job is tried again over REST") {
    std::atomic<int> runs = 0;
    const HttpServer server([&](const fakes::AskedFor &spec, able::server::JobSink &sink,
                                const able::server::CancelToken &cancel) -> able::server::Outcome {
        return runs++ == 0
                   ? able::server::Outcome{able::server::OutcomeKind::failed, "plugin_failed", "it fails", false}
                   : fakes::make_images(spec, sink, cancel);
    });
    const std::string id = server.post("/api/v1/generate", R"({"prompt": "a fox"})").json().at("id");
    const std::string path = "/api/v1/generate/" + id;
    fakes::eventually([&] { return server.get(path).json().at("status") == "failed"; });
    CHECK(server.get(path).json().at("attempts") == 1);
    const Reply reply = server.send("POST", path + "/retry", "");
    REQUIRE(reply.status == 202);
    const json document = server.get("/api/v1/openapi.json").json();
    const json &schema = document.at("paths").at("/api/v1/generate/{id}/retry").at("post").at("responses").at("202");
    CHECK(problem(document, schema.at("content").at("application/json").at("schema"), reply.json(), "reply") == "");
    const std::string again = reply.json().at("id");
    CHECK(reply.headers.at("Location") == "/api/v1/generate/" + again);
    fakes::eventually([&] { return server.get("/api/v1/generate/" + again).json().at("status") == "completed"; });
    const Reply refused = server.send("POST", "/api/v1/generate/" + again + "/retry", "");
    CHECK(refused.status == 409);
    CHECK(refused.json().at("error").at("code") == "job_has_not_failed");
}

TEST_CASE("every JSON reply is as the OpenAPI document says") {
    const HttpServer server;
    const std::string id = make_image(server, "a fox");
    const std::string job = id.substr(0, id.size() - 2);
    server.post("/api/v1/queue/pause");
    const std::string waiting = server.post("/api/v1/generate", R"({"prompt": "waits"})").json().at("id");
    const json document = server.get("/api/v1/openapi.json").json();
    struct Call {
        std::string method, pattern, path, body = {};
    };
    const std::vector<Call> calls{
        {"GET", "/api/v1/health", "/api/v1/health"},
        {"GET", "/api/v1/ready", "/api/v1/ready"},
        {"POST", "/api/v1/generate", "/api/v1/generate", R"({"prompt": "x"})"},
        {"POST", "/api/v1/generate/restore", "/api/v1/generate/restore", R"({"from_image": ")" + id + R"("})"},
        {"GET", "/api/v1/generate", "/api/v1/generate"},
        {"GET", "/api/v1/generate/{id}", "/api/v1/generate/" + job},
        {"POST", "/api/v1/prompt/parse", "/api/v1/prompt/parse",
         R"({"prompt": "a (fox:1.2) <lora:ink:0.5> <lora:x:1>"})"},
        {"GET", "/api/v1/queue", "/api/v1/queue"},
        {"POST", "/api/v1/queue/{id}/move", "/api/v1/queue/" + waiting + "/move", R"({"position": 1})"},
        {"POST", "/api/v1/generate/{id}/cancel", "/api/v1/generate/" + waiting + "/cancel"},
        {"POST", "/api/v1/queue/pause", "/api/v1/queue/pause"},
        {"POST", "/api/v1/queue/resume", "/api/v1/queue/resume"},
        {"GET", "/api/v1/models", "/api/v1/models"},
        {"POST", "/api/v1/models/refresh", "/api/v1/models/refresh"},
        {"GET", "/api/v1/models/downloads", "/api/v1/models/downloads"},
        {"POST", "/api/v1/models/unload", "/api/v1/models/unload", R"({"model": "tiny-sd15"})"},
        {"POST", "/api/v1/models/load", "/api/v1/models/load", R"({"model": "tiny-sd15"})"},
        {"GET", "/api/v1/config", "/api/v1/config"},
        {"POST", "/api/v1/config", "/api/v1/config", R"({"queue.max_queue_size": 12})"},
        {"GET", "/api/v1/logs", "/api/v1/logs"},
        {"GET", "/api/v1/loras", "/api/v1/loras"},
        {"GET", "/api/v1/vaes", "/api/v1/vaes"},
        {"GET", "/api/v1/embeddings", "/api/v1/embeddings"},
        {"GET", "/api/v1/wildcards", "/api/v1/wildcards"},
        {"GET", "/api/v1/samplers", "/api/v1/samplers"},
        {"GET", "/api/v1/schedules", "/api/v1/schedules"},
        {"GET", "/api/v1/adapters", "/api/v1/adapters"},
        {"GET", "/api/v1/pipelines", "/api/v1/pipelines"},
        {"GET", "/api/v1/plugins", "/api/v1/plugins"},
        {"GET", "/api/v1/images", "/api/v1/images"},
        {"GET", "/api/v1/images/facets", "/api/v1/images/facets"},
        {"GET", "/api/v1/images/{id}", "/api/v1/images/" + id},
        {"POST", "/api/v1/images/{id}/star", "/api/v1/images/" + id + "/star", R"({"starred": true})"},
        {"POST", "/api/v1/images/{id}/trash", "/api/v1/images/" + id + "/trash"},
        {"POST", "/api/v1/images/{id}/restore", "/api/v1/images/" + id + "/restore"},
        {"DELETE", "/api/v1/images/{id}", "/api/v1/images/" + id},
    };
    std::size_t described = 0;
    constexpr std::size_t in_other_tests = 7; // of downloads, which have a hub, and of a retry, which has a failed job
    for (const auto &[pattern, methods] : document.at("paths").items()) {
        for (const auto &[method, operation] : methods.items()) {
            for (const auto &[status, response] : operation.at("responses").items()) {
                const json content = response.value("content", json::object());
                const bool is_described =
                    content.contains("application/json") && content.at("application/json").contains("schema");
                described += status < "300" && is_described ? 1 : 0;
            }
        }
    }
    CHECK(described == calls.size() + in_other_tests);
    for (const Call &call : calls) {
        CAPTURE(call.method, call.path);
        const Reply reply = server.send(call.method, call.path, call.body);
        REQUIRE(reply.status < 300);
        std::string method = call.method;
        std::transform(method.begin(), method.end(), method.begin(), [](unsigned char c) { return std::tolower(c); });
        const json &operation = document.at("paths").at(call.pattern).at(method);
        const json &response = operation.at("responses").at(std::to_string(reply.status));
        REQUIRE(response.contains("content"));
        const json &schema = response.at("content").at("application/json").at("schema");
        CHECK(problem(document, schema, reply.json(), "reply") == "");
    }
    for (const json &parameter : document.at("paths").at("/api/v1/images").at("get").at("parameters")) {
        const std::string name = parameter.at("name");
        CAPTURE(name);
        const Reply reply = server.get("/api/v1/images?" + name + "=");
        CHECK((reply.status == 200 || reply.json().at("error").at("code") != "unknown_parameter"));
    }
}

} // namespace http_gallery_test
