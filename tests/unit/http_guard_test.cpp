// What the server does not let through, tried over real sockets.
#include "http_client.hpp"

#include "host/server/http/guard.h"

#include <catch2/catch.hpp>

#include <vector>

namespace http_guard_test {

using fakes::count_of;
using fakes::HttpServer;
using fakes::status_of;

namespace {

const std::string smuggled = "POST /api/v1/queue/pause HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n";

std::string post_head(const std::string &headers) {
    return "POST /api/v1/generate HTTP/1.1\r\n" + headers + "\r\n";
}

} // namespace

TEST_CASE("a body behind a refused request is never taken for a request") {
    const HttpServer server;
    const std::string length = std::to_string(smuggled.size());
    const std::vector<std::string> attempts{
        // Refused by the guard, by the router, by a handler; with keep-alive asked for each time.
        "POST /api/v1/generate HTTP/1.1\r\nHost: evil.example\r\nConnection: keep-alive\r\nContent-Length: " + length +
            "\r\n\r\n" + smuggled,
        "POST /nowhere HTTP/1.1\r\nHost: localhost\r\nConnection: keep-alive\r\nContent-Type: "
        "application/json\r\nContent-Length: " +
            length + "\r\n\r\n" + smuggled,
        "POST /api/v1/generate HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: " + length +
            "\r\n\r\n" + smuggled,
        "GET /api/v1/health HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + length + "\r\n\r\n" + smuggled,
        "DELETE /api/v1/images/x HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + length + "\r\n\r\n" + smuggled,
        // Two lengths, or a length and chunks: whoever stands in front may count differently.
        "POST /api/v1/generate HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nContent-Length: " + length +
            "\r\n\r\n" + smuggled,
        "POST /api/v1/generate HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nContent-Length: "
        "5\r\n\r\n0\r\n\r\n" +
            smuggled,
        "POST /api/v1/generate HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + smuggled,
        "POST /api/v1/generate HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: identity\r\n\r\n" + smuggled,
        "GET /api/v1/health HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + smuggled,
        "POST /api/v1/generate HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n" + smuggled,
        "POST /api/v1/generate HTTP/1.1\r\nHost: localhost\r\nContent-Length: +5\r\n\r\n" + smuggled,
        "POST /api/v1/generate HTTP/1.1\r\nHost: localhost\r\nContent-Length : 5\r\n\r\n" + smuggled,
        "POST /api/v1/generate HTTP/1.1\r\nHost: localhost\r\n\r\n" + smuggled,
    };
    for (const std::string &attempt : attempts) {
        CAPTURE(attempt);
        const std::string reply = server.raw(attempt);
        CAPTURE(reply);
        CHECK(status_of(reply) >= 400);
        CHECK(status_of(reply) < 500);
        CHECK(count_of(reply, "HTTP/1.") == 1);
        CHECK_FALSE(server.engine->queue().state().paused);
    }
}

TEST_CASE("a length that is no number ends the connection, with a 4xx or without a word") {
    const HttpServer server;
    for (const char *length : {"0x5", "5, 5", "99999999999999999999", "five", "5 5"}) {
        CAPTURE(length);
        const std::string reply =
            server.raw(post_head("Host: localhost\r\nContent-Length: " + std::string(length) + "\r\n") + smuggled);
        CHECK((reply.empty() || status_of(reply) / 100 == 4));
        CHECK(count_of(reply, "HTTP/1.") <= 1);
        CHECK_FALSE(server.engine->queue().state().paused);
    }
}

TEST_CASE("requests that were read to their end share a connection") {
    const HttpServer server;
    const std::string body = R"({"prompt": "a fox", "width": 65})";
    const std::string reply =
        server.raw(post_head("Host: localhost\r\nContent-Type: application/json\r\nContent-Length: " +
                             std::to_string(body.size()) + "\r\n") +
                   body + "GET /api/v1/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    CHECK(status_of(reply) == 400);
    CHECK(count_of(reply, "HTTP/1.1 ") == 2);
    CHECK(reply.find("HTTP/1.1 200") != std::string::npos);
}

TEST_CASE("only known host names are answered") {
    const HttpServer server(fakes::make_images, [](auto &config) { config.server.allowed_hosts = {"studio.local"}; });
    const auto status = [&](const std::string &headers) {
        return status_of(server.raw("GET /api/v1/health HTTP/1.1\r\n" + headers + "Connection: close\r\n\r\n"));
    };
    for (const char *good : {"localhost", "LOCALHOST:8080", "127.0.0.1:1", "[::1]:8080", "studio.local"}) {
        CAPTURE(good);
        CHECK(status("Host: " + std::string(good) + "\r\n") == 200);
    }
    for (const char *other : {"evil.example", "localhost.evil.example", "192.168.0.1", "[::2]", "0.0.0.0"}) {
        CAPTURE(other);
        CHECK(status("Host: " + std::string(other) + "\r\n") == 421);
    }
    for (const char *malformed : {"", "a@localhost", "evil\\@localhost", "localhost:", "localhost:x", "localhost:1:2",
                                  "[::1", "local host", "localhost/", "localhost,evil.example"}) {
        CAPTURE(malformed);
        CHECK(status("Host: " + std::string(malformed) + "\r\n") == 400);
    }
    CHECK(status("") == 400);
    CHECK(status("Host: localhost\r\nHost: localhost\r\n") == 400);
    // RFC 2047, which Poco decodes before anyone sees it.
    CHECK(status("Host: =?utf-8?Q?evil.example?=\r\n") == 421);
    CHECK(status("Host: localhost\r\nX-Note: =?utf-8?Q?a=0D=0AX-Evil:_1?=\r\n") == 400);
}

TEST_CASE("pages of other sites change nothing") {
    const HttpServer server;
    const auto pause = [&](const std::map<std::string, std::string> &headers) {
        return server.post("/api/v1/queue/pause", "", headers).status;
    };
    const std::string own = "127.0.0.1:" + std::to_string(server.server->port());
    CHECK(pause({{"Origin", "http://evil.example"}}) == 403);
    CHECK(pause({{"Origin", "null"}}) == 403);
    CHECK(pause({{"Origin", "http://127.0.0.1:1"}}) == 403);
    CHECK(pause({{"Origin", "http://" + own + ".evil.example"}}) == 403);
    CHECK(pause({{"Sec-Fetch-Site", "cross-site"}}) == 403);
    CHECK(pause({{"Sec-Fetch-Site", "same-site"}}) == 403);
    CHECK_FALSE(server.engine->queue().state().paused);
    CHECK(server.send("DELETE", "/api/v1/images/x", "", {{"Origin", "http://evil.example"}}).status == 403);
    CHECK(pause({{"Origin", "http://" + own}, {"Sec-Fetch-Site", "same-origin"}}) == 200);
    CHECK(server.engine->queue().state().paused);
    // Reading is the browser's business: without CORS the page gets no reply.
    const auto read = server.get("/api/v1/queue", {{"Origin", "http://evil.example"}});
    CHECK(read.status == 200);
    CHECK(read.headers.count("Access-Control-Allow-Origin") == 0);
}

TEST_CASE("with CORS, pages of allowed hosts may call, and no others") {
    const HttpServer server(fakes::make_images, [](auto &config) { config.server.enable_cors = true; });
    const auto good =
        server.post("/api/v1/queue/pause", "", {{"Origin", "http://localhost:5173"}, {"Sec-Fetch-Site", "same-site"}});
    CHECK(good.status == 200);
    CHECK(good.headers.at("Access-Control-Allow-Origin") == "http://localhost:5173");
    CHECK(server.post("/api/v1/queue/resume", "", {{"Origin", "http://evil.example"}}).status == 403);
    CHECK(server.send("OPTIONS", "/api/v1/generate", "", {{"Origin", "http://localhost:5173"}}).status == 204);
    CHECK(server.send("OPTIONS", "/api/v1/generate", "", {{"Origin", "http://evil.example"}}).status == 405);
}

TEST_CASE("a body is JSON by its content type or refused") {
    const HttpServer server;
    const std::string body = R"({"prompt": "a fox"})";
    for (const char *type : {"text/plain", "application/x-www-form-urlencoded", "multipart/form-data",
                             "application/jsonp", "application/json; charset=latin1"}) {
        CAPTURE(type);
        CHECK(server.post("/api/v1/generate", body, {{"Content-Type", type}}).status == 415);
    }
    CHECK(server.post("/api/v1/generate", body, {{"Content-Type", "Application/JSON; charset=UTF-8"}}).status == 202);
}

TEST_CASE("a token guards everything but the page and health") {
    const HttpServer server(fakes::make_images, [](auto &config) { config.server.api_tokens = {"first", "second"}; });
    const auto status = [&](const std::string &path, const std::string &header) {
        return header.empty() ? server.get(path).status : server.get(path, {{"Authorization", header}}).status;
    };
    CHECK(status("/api/v1/queue", "") == 401);
    for (const char *bad : {"Bearer wrong", "Bearer ", "Bearer firs", "Bearer firstx", "Basic first", "first"}) {
        CAPTURE(bad);
        CHECK(status("/api/v1/queue", bad) == 401);
    }
    CHECK(status("/api/v1/queue", "Bearer first") == 200);
    CHECK(status("/api/v1/queue", "bearer second") == 200);
    CHECK(status("/api/v1/health", "") == 200);
    CHECK(status("/", "") == 200);
    CHECK(status("/api/v1/health?x=1", "") == 401);
    CHECK(status("/api/v1/outputs/x.png", "") == 401);
    CHECK(status("/api/v1/openapi.json", "") == 401);
}

TEST_CASE("a body of 100 MB is refused by its announced length, before it is read") {
    const HttpServer server;
    auto socket = server.connect();
    HttpServer::send_all(
        socket, post_head("Host: localhost\r\nContent-Type: application/json\r\nContent-Length: 104857600\r\n"));
    const std::string reply = HttpServer::read_all(socket);
    CHECK(status_of(reply) == 413);
    CHECK(reply.find("104857600") != std::string::npos);
}

TEST_CASE("a client that asks first is refused before it sends the body") {
    const HttpServer server;
    const std::string headers =
        "Host: localhost\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: ";
    auto large = server.connect();
    HttpServer::send_all(large, post_head(headers + "104857600\r\n"));
    CHECK(status_of(HttpServer::read_all(large)) == 413);

    const std::string body = R"({"prompt": "a fox"})";
    auto fitting = server.connect();
    HttpServer::send_all(fitting, post_head(headers + std::to_string(body.size()) + "\r\nConnection: close\r\n"));
    char buffer[25];
    REQUIRE(fitting.receiveBytes(buffer, sizeof buffer, MSG_WAITALL) == 25);
    CHECK(std::string(buffer, sizeof buffer) == "HTTP/1.1 100 Continue\r\n\r\n");
    HttpServer::send_all(fitting, body);
    CHECK(status_of(HttpServer::read_all(fitting)) == 202);
}

TEST_CASE("a request that drips in slowly is cut off at its deadline") {
    const HttpServer server(fakes::make_images, [](auto &config) { config.server.read_timeout = 0.5; });
    for (const std::string &start :
         {std::string("GET /api/v1/health HTTP/1.1\r\nHost: localhost\r\nX-Slow: "),
          post_head("Host: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n")}) {
        auto socket = server.connect();
        HttpServer::send_all(socket, start);
        // Each byte comes in good time; all of them together would take hours.
        bool cut_off = false;
        for (int i = 0; i < 6000 && !cut_off; ++i) {
            try {
                HttpServer::send_all(socket, "a");
                cut_off = socket.poll(Poco::Timespan(0, 10'000), Poco::Net::Socket::SELECT_READ);
            } catch (const Poco::Exception &) {
                cut_off = true;
            }
        }
        CHECK(cut_off);
    }
    CHECK(server.get("/api/v1/health").status == 200);
}

TEST_CASE("a body that ends early is told, not waited for") {
    const HttpServer server;
    auto socket = server.connect();
    HttpServer::send_all(socket,
                         post_head("Host: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n") +
                             "{\"prompt\"");
    socket.shutdownSend();
    CHECK(status_of(HttpServer::read_all(socket)) == 408);
}

TEST_CASE("garbage is answered or dropped, and the server lives") {
    const HttpServer server;
    std::string noise;
    for (int i = 0; i < 5000; ++i) {
        noise += static_cast<char>(i * 7919 % 256);
    }
    server.raw(noise + "\r\n\r\n");
    server.raw("GET\r\n\r\n");
    server.raw("GET /" + std::string(100'000, 'a') + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
    server.raw("GET / HTTP/1.1\r\nHost: localhost\r\nX: " + std::string(100'000, 'a') + "\r\n\r\n");
    std::string many = "GET / HTTP/1.1\r\nHost: localhost\r\n";
    for (int i = 0; i < 1000; ++i) {
        many += "X-" + std::to_string(i) + ": 1\r\n";
    }
    CHECK(status_of(server.raw(many + "\r\n")) == 400);
    CHECK(server.get("/api/v1/health").status == 200);
}

TEST_CASE("names of hosts are read strictly") {
    using able::http::host_name;
    CHECK(host_name("LocalHost:80") == "localhost");
    CHECK(host_name("[::1]:80") == "[::1]");
    for (const char *bad : {"", ":80", "a b", "a@b", "a\\@b", "[::1", "[]", "[::1]x", "a:123456", "a%2fb", "a#b"}) {
        CAPTURE(bad);
        CHECK_FALSE(host_name(bad));
    }
}

} // namespace http_guard_test
