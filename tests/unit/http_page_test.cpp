// The web page's files, as the server hands them out.
#include "http_client.hpp"

#include "host/server/http/page.h"

#include <Poco/InflatingStream.h>

#include <sstream>

namespace http_page_test {

using fakes::HttpServer;
using fakes::Reply;

namespace {

std::string inflate(const std::string &bytes) {
    std::istringstream stream(bytes);
    Poco::InflatingInputStream inflated(stream, Poco::InflatingStreamBuf::STREAM_GZIP);
    std::string text;
    Poco::StreamCopier::copyToString(inflated, text);
    return text;
}

} // namespace

TEST_CASE("the page is there, all of it, without a token") {
    const HttpServer server(fakes::make_images,
                            [](able::config::Config &config) { config.server.api_tokens = {"a secret of the tests"}; });
    const std::map<std::string_view, std::string> types{{"/", "text/html; charset=utf-8"},
                                                        {"/app.js", "text/javascript; charset=utf-8"},
                                                        {"/app.css", "text/css; charset=utf-8"},
                                                        {"/icon.svg", "image/svg+xml"}};
    for (const std::string_view address : able::http::page_addresses) {
        CAPTURE(address);
        const Reply reply = server.get(std::string(address));
        CHECK(reply.status == 200);
        CHECK(reply.headers.at("Content-Type") == types.at(address));
        CHECK_FALSE(reply.body.empty());
    }
    CHECK(server.get("/api/v1/queue").status == 401);
    CHECK(server.get("/app.js.map").status == 401);
}

TEST_CASE("the page's scripts and styles are its own files and nothing else") {
    const HttpServer server;
    const std::string policy = server.get("/").headers.at("Content-Security-Policy");
    CHECK(policy.find("script-src 'self';") != std::string::npos);
    CHECK(policy.find("style-src 'self';") != std::string::npos);
    CHECK(policy.find("unsafe") == std::string::npos);
    CHECK(policy.find("require-trusted-types-for 'script'") != std::string::npos);
    const std::string page = server.get("/").body;
    CHECK(page.find("<style") == std::string::npos);
    CHECK(page.find(" style=") == std::string::npos);
    CHECK(page.find("http://") == std::string::npos);
    CHECK(page.find("https://") == std::string::npos);
    // Every script is one of ours by name.
    CHECK(fakes::count_of(page, "<script") == fakes::count_of(page, "src=\"/app.js\""));
}

TEST_CASE("a client that has a file of the page is told so, and gets the new one when it changes") {
    const HttpServer server;
    const Reply first = server.get("/app.js");
    const std::string tag = first.headers.at("ETag");
    CHECK(first.headers.at("Cache-Control") == "no-cache");
    const Reply again = server.get("/app.js", {{"If-None-Match", tag}});
    CHECK(again.status == 304);
    CHECK(again.body.empty());
    CHECK(server.get("/app.js", {{"If-None-Match", "\"of an older version\""}}).status == 200);
    CHECK(server.get("/app.css").headers.at("ETag") != tag);
}

TEST_CASE("the page is compressed for clients that can read that") {
    const HttpServer server;
    const Reply plain = server.get("/app.js");
    CHECK(plain.headers.count("Content-Encoding") == 0);
    CHECK(plain.headers.at("Vary") == "Accept-Encoding");
    for (const char *accepted : {"gzip", "br, gzip;q=0.5, *", "deflate,gzip"}) {
        CAPTURE(accepted);
        const Reply reply = server.get("/app.js", {{"Accept-Encoding", accepted}});
        CHECK(reply.headers.at("Content-Encoding") == "gzip");
        CHECK(reply.headers.at("ETag") != plain.headers.at("ETag"));
        CHECK(inflate(reply.body) == plain.body);
        CHECK(server.get("/app.js", {{"Accept-Encoding", accepted}, {"If-None-Match", reply.headers.at("ETag")}})
                  .status == 304);
    }
    for (const char *refused : {"br", "gzip;q=0", "gzip; q=0.0", "xgzip"}) {
        CAPTURE(refused);
        CHECK(server.get("/app.js", {{"Accept-Encoding", refused}}).headers.count("Content-Encoding") == 0);
    }
}

TEST_CASE("long replies of the API are compressed for clients that can read that, short ones never") {
    const HttpServer server;
    const Reply plain = server.get("/api/v1/openapi.json");
    CHECK(plain.headers.count("Content-Encoding") == 0);
    CHECK(plain.headers.at("Vary") == "Accept-Encoding");
    const Reply reply = server.get("/api/v1/openapi.json", {{"Accept-Encoding", "gzip"}});
    CHECK(reply.headers.at("Content-Encoding") == "gzip");
    CHECK(reply.body.size() * 4 < plain.body.size());
    CHECK(inflate(reply.body) == plain.body);
    CHECK(server.get("/api/v1/queue", {{"Accept-Encoding", "gzip"}}).headers.count("Content-Encoding") == 0);
}

TEST_CASE("the first load of the page is under 120 kB") {
    const HttpServer server;
    std::size_t bytes = 0;
    for (const std::string_view address : able::http::page_addresses) {
        bytes += server.get(std::string(address), {{"Accept-Encoding", "gzip"}}).body.size();
    }
    CHECK(bytes < 120'000);
}

} // namespace http_page_test
