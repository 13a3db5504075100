// A dialect is a folder: everything that sets one apart is in its group of routes. This one, which nothing else knows,
// has its own words for errors, its own place for the token, forms and bodies in chunks.
#include "http_client.hpp"

#include "host/server/http/exchange.h"
#include "host/server/http/routing/openapi.h"

#include <catch2/catch.hpp>

#include <fstream>

namespace http_dialect_test {

using able::http::Dialect;
using able::http::Dialects;
using able::http::Exchange;
using able::http::FormPart;
using able::http::Problem;
using able::http::RouteGroup;
using able::http::Server;
using fakes::HttpServer;
using fakes::Reply;
using fakes::status_of;
using nlohmann::json;

namespace {

json fault(const Problem &problem) {
    return {{"fault", problem.code}, {"why", problem.message}};
}

std::string whole_value(const std::string &value) {
    return value;
}

json parts_view(const std::vector<FormPart> &parts) {
    json list = json::array();
    for (const FormPart &part : parts) {
        list.push_back({{"name", part.name}, {"file", part.file}, {"type", part.type}, {"size", part.bytes.size()}});
    }
    return list;
}

class Echo final : public Dialect {
public:
    RouteGroup group() override {
        RouteGroup group;
        group.title = "Echo";
        group.prefix = "/echo/";
        group.tags = {{"echoes", "What came is said again.", ""}};
        group.schemas["Error"] = {{"type", "object"}};
        group.schemas["Parts"] = {{"type", "array"}};
        group.error_body = fault;
        group.nothing_here = "no echo from there";
        group.body = {.multipart = true, .chunked = true, .max_parts = 3, .max_part_size = 1000};
        group.credentials = {.header = "X-Echo-Key",
                             .token = whole_value,
                             .challenge = "Echo",
                             .hint = "say X-Echo-Key",
                             .scheme = {{"type", "apiKey"}, {"in", "header"}, {"name", "X-Echo-Key"}}};
        group.origins.cross = false;
        group.routes.push_back({.method = "POST",
                                .path = "/echo/form",
                                .id = "echoForm",
                                .tag = "echoes",
                                .summary = "A form's parts.",
                                .handle =
                                    [this](Exchange &exchange) {
                                        parts = exchange.form();
                                        exchange.reply(200, parts_view(parts));
                                    },
                                .replies = {{200, "Parts"}, {400}},
                                .request = "Parts",
                                .request_type = "multipart/form-data"});
        group.routes.push_back({.method = "POST",
                                .path = "/echo/json",
                                .id = "echoJson",
                                .tag = "echoes",
                                .summary = "A document.",
                                .handle = [](Exchange &exchange) {
                                    exchange.reply(200, exchange.json_body());
                                }});
        group.routes.push_back({.method = "GET",
                                .path = "/echo/open",
                                .id = "echoOpen",
                                .tag = "echoes",
                                .summary = "Whether there is an echo.",
                                .handle = [](Exchange &exchange) { exchange.reply(200, json::object()); },
                                .open = true});
        return group;
    }

    std::vector<FormPart> parts; // of the last form
};

// The program's own dialects, and that one.
class EchoServer {
public:
    explicit EchoServer(const std::function<void(able::config::Server &)> &change = nullptr) {
        able::config::Server config;
        config.port = 0;
        config.api_tokens = {"secret"};
        config.max_body_size = 100'000;
        if (change) {
            change(config);
        }
        http.server->stop();
        Dialects dialects = able::http::all_dialects(config, *http.engine);
        auto own = std::make_unique<Echo>();
        echo = own.get();
        dialects.push_back(std::move(own));
        http.server = std::make_unique<Server>(config, std::move(dialects));
        http.server->start();
    }

    Reply form(const std::string &body, const std::string &type = "multipart/form-data; boundary=edge") const {
        return http.post("/echo/form", body, {{"Content-Type", type}, {"X-Echo-Key", "secret"}});
    }
    // The reply to a body in chunks, and to `after` behind it.
    std::string chunked(const std::string &chunks, const std::string &headers = "Content-Type: application/json\r\n",
                        const std::string &path = "/echo/json", const std::string &after = "") const {
        return http.raw("POST " + path +
                        " HTTP/1.1\r\nHost: localhost\r\nX-Echo-Key: secret\r\nAuthorization: Bearer " +
                        "secret\r\nTransfer-Encoding: chunked\r\n" + headers + "\r\n" + chunks + after);
    }

    HttpServer http;
    const Echo *echo = nullptr;
};

std::string part(const std::string &disposition, const std::string &bytes, const std::string &more = "") {
    return "--edge\r\nContent-Disposition: " + disposition + "\r\n" + more + "\r\n" + bytes + "\r\n";
}

} // namespace

TEST_CASE("A dialect has its own errors, its own place for the token and its own open addresses") {
    const EchoServer server;
    const Reply refused = server.http.post("/echo/json", "{}", {{"Authorization", "Bearer secret"}});
    CHECK(refused.status == 401);
    CHECK(refused.headers.at("WWW-Authenticate") == "Echo");
    CHECK(refused.json() == json{{"fault", "token_required"}, {"why", "say X-Echo-Key"}});
    CHECK(server.http.post("/echo/json", "{\"a\": 1}", {{"X-Echo-Key", "secret"}}).json() == json{{"a", 1}});
    CHECK(server.http.get("/echo/open").status == 200);
    CHECK(server.http.get("/echo/open?x=1").status == 401);
    CHECK(server.http.get("/echo/nowhere", {{"X-Echo-Key", "secret"}}).json() ==
          json{{"fault", "not_found"}, {"why", "no echo from there"}});
    CHECK(server.http.get("/echo/json", {{"X-Echo-Key", "secret"}}).json().at("fault") == "method_not_allowed");
    CHECK(server.http.post("/echo/json", "{", {{"X-Echo-Key", "secret"}}).json().at("fault") == "invalid_json");
    // The native one keeps its own.
    CHECK(server.http.get("/api/v1/queue", {{"X-Echo-Key", "secret"}}).error_code() == "token_required");
    CHECK(server.http.get("/api/v1/queue", {{"Authorization", "Bearer secret"}}).status == 200);
    CHECK(server.http.get("/echo", {{"Authorization", "Bearer secret"}}).error_code() == "not_found");
}

TEST_CASE("A form's parts arrive as they were sent") {
    const EchoServer server;
    const std::string picture = std::string("\x89PNG\r\n\x1a\n\0--edge", 15) + "\r\n-- not the edge\r\n";
    const Reply reply = server.form(
        part("form-data; name=\"prompt\"", "a fox") +
        part("form-data; name=\"image[]\"; filename=\"../fox.png\"", picture, "Content-Type: image/png\r\n") +
        part("form-data; name=\"image[]\"; filename=\"b.png\"", "") + "--edge--\r\n");
    CHECK(reply.status == 200);
    CHECK(reply.json() == json::parse(R"([{"name": "prompt", "file": "", "type": "", "size": 5},
        {"name": "image[]", "file": "../fox.png", "type": "image/png", "size": 34},
        {"name": "image[]", "file": "b.png", "type": "", "size": 0}])"));
    REQUIRE(server.echo->parts.size() == 3);
    CHECK(server.echo->parts.at(0).bytes == "a fox");
    CHECK(server.echo->parts.at(1).bytes == picture);
}

TEST_CASE("A malformed form is refused in the dialect's words, and one that is too large") {
    const EchoServer server;
    const std::string good = part("form-data; name=\"a\"", "1");
    struct Case {
        std::string body, type, code;
        int status;
    };
    const std::string form = "multipart/form-data; boundary=edge";
    for (const Case &bad : std::vector<Case>{
             {good + "--edge--", "multipart/form-data", "invalid_form", 400},
             {good + "--edge--", "multipart/form-data; boundary=" + std::string(71, 'x'), "invalid_form", 400},
             {good + "--edge--", "multipart/form-data; boundary=other", "invalid_form", 400},
             {good, form, "invalid_form", 400},
             {good + "--edge", form, "invalid_form", 400},
             {"", form, "invalid_form", 400},
             {part("form-data", "1") + "--edge--", form, "invalid_form", 400},
             {part("attachment; name=\"a\"", "1") + "--edge--", form, "invalid_form", 400},
             {part("form-data; name=\"a\"", std::string(1001, 'x')) + "--edge--", form, "body_too_large", 413},
             {good + good + good + good + "--edge--", form, "body_too_large", 413},
             {"{}", "application/json", "form_required", 415},
             {"{}", "text/plain", "json_required", 415}}) {
        CAPTURE(bad.body, bad.type);
        const Reply reply = server.form(bad.body, bad.type);
        CHECK(reply.status == bad.status);
        CHECK(reply.json().at("fault") == bad.code);
    }
    CHECK(server.http.post("/echo/json", good + "--edge--", {{"Content-Type", form}, {"X-Echo-Key", "secret"}})
              .json()
              .at("fault") == "json_required");
    // The native dialect reads no forms.
    CHECK(server.http
              .post("/api/v1/generate", good + "--edge--", {{"Content-Type", form}, {"Authorization", "Bearer secret"}})
              .error_code() == "json_required");
}

TEST_CASE("A body in chunks is read by the groups that take one, and its connection ends") {
    const EchoServer server;
    const std::string whole = server.chunked("6\r\n{\"a\": \r\n2;x=y\r\n1}\r\n0\r\n\r\n");
    CHECK(status_of(whole) == 200);
    CHECK(whole.ends_with("{\"a\":1}"));
    const std::string form = part("form-data; name=\"a\"", "1") + "--edge--";
    std::ostringstream size;
    size << std::hex << form.size();
    CHECK(status_of(server.chunked(size.str() + "\r\n" + form + "\r\n0\r\n\r\n",
                                   "Content-Type: multipart/form-data; boundary=edge\r\n", "/echo/form")) == 200);
    // What follows is no second request, whether the chunks were well-formed or not.
    const std::string next = "GET /echo/open HTTP/1.1\r\nHost: localhost\r\n\r\n";
    for (const char *chunks : {"2\r\n{}\r\n0\r\n\r\n", "2\r\n{}\r\nzz\r\n", "2\r\n{}\r\n-1\r\n"}) {
        CAPTURE(chunks);
        const std::string reply = server.chunked(chunks, "Content-Type: application/json\r\n", "/echo/json", next);
        CHECK(fakes::count_of(reply, "HTTP/1.") == 1);
    }
    CHECK(status_of(server.chunked("2\r\n{}\r\n0\r\n\r\n",
                                   "Content-Type: application/json\r\nContent-Length: 2\r\n")) == 400);
    CHECK(status_of(server.chunked("2\r\n{}\r\n0\r\n\r\n",
                                   "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n")) == 400);
    CHECK(status_of(server.chunked("2\r\n{}\r\n0\r\n\r\n", "")) == 415);
    CHECK(status_of(server.chunked("20000\r\n" + std::string(0x20000, ' ') + "\r\n0\r\n\r\n")) == 413);
    CHECK(status_of(server.chunked("2\r\n{}\r\n0\r\n\r\n", "Content-Type: application/json\r\n",
                                   "/api/v1/queue/pause")) == 411);
    CHECK_FALSE(server.http.engine->queue().state().paused);
    // A body that breaks off is no shorter body.
    auto socket = server.http.connect();
    HttpServer::send_all(socket, "POST /echo/json HTTP/1.1\r\nHost: localhost\r\nX-Echo-Key: secret\r\n"
                                 "Transfer-Encoding: chunked\r\nContent-Type: application/json\r\n\r\n20\r\n{\"a\":");
    socket.shutdownSend();
    CHECK(status_of(HttpServer::read_all(socket)) == 400);
}

TEST_CASE("Which pages may call is the group's rule") {
    const EchoServer server([](auto &config) { config.enable_cors = true; });
    const std::map<std::string, std::string> page{
        {"Origin", "http://localhost:5173"}, {"X-Echo-Key", "secret"}, {"Authorization", "Bearer secret"}};
    CHECK(server.http.post("/echo/json", "{}", page).json().at("fault") == "origin_not_allowed");
    CHECK(server.http.send("OPTIONS", "/echo/json", "", page).status == 405);
    const Reply native = server.http.post("/api/v1/queue/pause", "", page);
    CHECK(native.status == 200);
    CHECK(native.headers.at("Access-Control-Allow-Origin") == "http://localhost:5173");
}

TEST_CASE("A dialect's OpenAPI document comes from its rows") {
    const json document = able::http::openapi_document(Echo().group());
    CHECK(document.at("info").at("title") == "Echo");
    CHECK(document.at("components").at("securitySchemes").at("token").at("name") == "X-Echo-Key");
    const json &form = document.at("paths").at("/echo/form").at("post");
    CHECK(form.at("operationId") == "echoForm");
    CHECK(form.at("requestBody").at("content").contains("multipart/form-data"));
    CHECK(form.at("responses").contains("401"));
    CHECK(document.at("paths").at("/echo/open").at("get").at("security") == json::array());
}

TEST_CASE("The HTTP server knows no dialect but in the file that lists them") {
    const std::filesystem::path folder = std::filesystem::path(ABLE_SOURCE_DIR) / "host/server/http";
    std::size_t files = 0;
    for (const auto &entry : std::filesystem::recursive_directory_iterator(folder)) {
        const std::string path = std::filesystem::relative(entry.path(), folder).string();
        if (!entry.is_regular_file() || path.starts_with("native/") || path == "dialects.cpp") {
            continue;
        }
        CAPTURE(path);
        std::ifstream file(entry.path());
        const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
        CHECK(text.find("http/native/") == std::string::npos);
        CHECK(text.find("/api/v1") == std::string::npos);
        ++files;
    }
    CHECK(files > 20);
}

} // namespace http_dialect_test
