// A server with fake workers on a free port, and clients that mind their manners or do not.
#pragma once

#include "server_fakes.hpp"

#include "host/server/http/server.h"

#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/Net/NetException.h>
#include <Poco/Net/StreamSocket.h>
#include <Poco/StreamCopier.h>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <map>
#include <string>

namespace fakes {

struct Reply {
    int status = 0;
    std::string body;
    std::map<std::string, std::string> headers;

    nlohmann::json json() const { return nlohmann::json::parse(body); }
    std::string error_code() const { return json().at("error").at("code"); }
};

class HttpServer {
public:
    // `changes_file`: what keeps changes of the configuration.
    explicit HttpServer(Script::Run run = make_images, std::function<void(able::config::Config &)> change = nullptr,
                        const std::filesystem::path &changes_file = {}) {
        script->run = std::move(run);
        able::config::Config config = config_in(folder_.path());
        config.server.port = 0;
        if (change) {
            change(config);
        }
        able::config::Loaded loaded;
        loaded.config = loaded.configured = config;
        loaded.changes_file = changes_file;
        engine = std::make_unique<able::server::Engine>(loaded, std::make_unique<FakeEnvironment>(script));
        engine->start();
        server = std::make_unique<able::http::Server>(config.server, *engine);
        server->start();
    }
    ~HttpServer() {
        server->stop();
        engine->stop();
    }
    HttpServer(const HttpServer &) = delete;
    HttpServer &operator=(const HttpServer &) = delete;

    Reply send(const std::string &method, const std::string &path, const std::string &body = "",
               const std::map<std::string, std::string> &headers = {}) const {
        Poco::Net::HTTPClientSession session("127.0.0.1", server->port());
        session.setTimeout(Poco::Timespan(60, 0));
        Poco::Net::HTTPRequest request(method, path, Poco::Net::HTTPMessage::HTTP_1_1);
        if (method == "POST") {
            request.setContentLength64(static_cast<Poco::Int64>(body.size()));
            if (!body.empty()) {
                request.setContentType("application/json");
            }
        }
        for (const auto &[name, value] : headers) {
            request.set(name, value);
        }
        session.sendRequest(request) << body;
        Poco::Net::HTTPResponse response;
        std::istream &stream = session.receiveResponse(response);
        Reply reply;
        Poco::StreamCopier::copyToString(stream, reply.body);
        reply.status = response.getStatus();
        for (const auto &[name, value] : response) {
            reply.headers[name] = value;
        }
        return reply;
    }
    Reply get(const std::string &path, const std::map<std::string, std::string> &headers = {}) const {
        return send("GET", path, "", headers);
    }
    Reply post(const std::string &path, const std::string &body = "",
               const std::map<std::string, std::string> &headers = {}) const {
        return send("POST", path, body, headers);
    }

    Poco::Net::StreamSocket connect() const {
        Poco::Net::StreamSocket socket(Poco::Net::SocketAddress("127.0.0.1", server->port()));
        socket.setReceiveTimeout(Poco::Timespan(60, 0));
        return socket;
    }
    // Everything the server says to these bytes until it closes the connection.
    std::string raw(const std::string &bytes) const {
        auto socket = connect();
        send_all(socket, bytes);
        return read_all(socket);
    }
    static void send_all(Poco::Net::StreamSocket &socket, const std::string &bytes) {
        for (std::size_t sent = 0; sent < bytes.size();) {
            sent +=
                static_cast<std::size_t>(socket.sendBytes(bytes.data() + sent, static_cast<int>(bytes.size() - sent)));
        }
    }
    static std::string read_all(Poco::Net::StreamSocket &socket) {
        std::string text;
        char buffer[4096];
        try {
            for (int count = 0; (count = socket.receiveBytes(buffer, sizeof buffer)) > 0;) {
                text.append(buffer, static_cast<std::size_t>(count));
            }
        } catch (const Poco::Net::ConnectionResetException &) {
            // The server has closed with unread bytes on the way.
        }
        return text;
    }

    std::shared_ptr<Script> script = std::make_shared<Script>();
    std::unique_ptr<able::server::Engine> engine;
    std::unique_ptr<able::http::Server> server;

    const std::filesystem::path &folder() const { return folder_.path(); }

private:
    TempDir folder_;
};

inline int status_of(const std::string &reply) {
    return reply.size() > 12 && reply.starts_with("HTTP/1.") ? std::stoi(reply.substr(9, 3)) : 0;
}

inline std::size_t count_of(const std::string &text, const std::string &part) {
    std::size_t count = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
        ++count;
    }
    return count;
}

} // namespace fakes
