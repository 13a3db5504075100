#include "server.h"

#include "app.h"
#include "connection.h"

#include <Poco/Net/NetException.h>
#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/TCPServer.h>
#include <Poco/ThreadPool.h>
#include <ablerefusal_version.h>
#include <spdlog/spdlog.h>

#include <cerrno>
#include <fcntl.h>

namespace able::http {
namespace {

using Poco::Net::SocketAddress;

// Threads beside those that event streams can hold.
constexpr int handler_threads = 16;
constexpr int max_queued_connections = 64;
constexpr int backlog = 64;

SocketAddress resolve(const config::Server &config) {
    std::string host = config.host;
    if (host.starts_with('[') && host.ends_with(']')) {
        host = host.substr(1, host.size() - 2);
    }
    try {
        return SocketAddress(host, config.port);
    } catch (const Poco::Exception &error) {
        throw ServerError("server.host \"" + config.host + "\" is not an address of this machine (" +
                          error.displayText() + "); use 127.0.0.1, or 0.0.0.0 for all addresses");
    }
}

Poco::Net::ServerSocket bind(const config::Server &config) {
    const SocketAddress address = resolve(config);
    if (!address.host().isLoopback() && config.api_tokens.empty()) {
        throw ServerError("server.host " + config.host +
                          " can be reached from other machines: list a token in server.api_tokens first, or use "
                          "127.0.0.1");
    }
    Poco::Net::ServerSocket socket;
    try {
        if (address.host().family() == Poco::Net::IPAddress::IPv6) {
            socket.bind6(address, true, false, address.host().isLoopback());
        } else {
            // The address again at once after a restart, but never together with another program.
            socket.bind(address, true, false);
        }
        socket.listen(backlog);
    } catch (const Poco::Exception &error) {
        const std::string port = std::to_string(config.port);
        if (error.code() == EADDRINUSE) {
            throw ServerError("port " + port + " is in use by another program; stop it or use --port");
        }
        if (error.code() == EACCES) {
            throw ServerError("port " + port + " needs the system's permission; use --port with one above 1023");
        }
        throw ServerError("cannot listen on " + config.host + " port " + port + ": " + error.displayText());
    }
    ::fcntl(socket.impl()->sockfd(), F_SETFD, FD_CLOEXEC);
    return socket;
}

std::vector<RouteGroup> groups_of(const Dialects &dialects) {
    std::vector<RouteGroup> groups;
    for (const auto &dialect : dialects) {
        groups.push_back(dialect->group());
    }
    return groups;
}

} // namespace

class Server::Impl {
public:
    Impl(const config::Server &config, Dialects dialects)
        : dialects_(std::move(dialects)), app_(config, groups_of(dialects_)) {}

    void start() {
        const auto socket = bind(app_.config);
        Poco::Net::HTTPServerParams::Ptr params = Poco::makeAuto<Poco::Net::HTTPServerParams>();
        const int threads = static_cast<int>(app_.config.max_event_streams) + handler_threads;
        params->setMaxThreads(threads);
        params->setMaxQueued(max_queued_connections);
        params->setKeepAlive(true);
        params->setKeepAliveTimeout(Poco::Timespan(5, 0));
        params->setTimeout(Poco::Timespan(static_cast<Poco::Int64>(app_.config.read_timeout * 1'000'000)));
        params->setSoftwareVersion("AbleRefusal/" ABLEREFUSAL_VERSION);
        pool_ = std::make_unique<Poco::ThreadPool>("http", 2, threads);
        server_ = std::make_unique<Poco::Net::TCPServer>(Poco::makeShared<ConnectionFactory>(app_, params), *pool_,
                                                         socket, params);
        for (const auto &dialect : dialects_) {
            dialect->start();
        }
        server_->start();
        spdlog::info("event=listening url={}", url());
    }

    void stop() {
        if (!server_) {
            return;
        }
        for (const auto &dialect : dialects_) {
            dialect->closing();
        }
        port_ = server_->port();
        server_->stop();
        app_.deadlines.shut_all();
        for (const auto &dialect : dialects_) {
            dialect->closed();
        }
        pool_->joinAll();
        server_.reset();
    }

    std::uint16_t port() const { return server_ ? server_->port() : port_; }

    std::string url() const {
        const std::string &host = app_.config.host;
        const bool bare_ipv6 = host.find(':') != std::string::npos && !host.starts_with('[');
        return "http://" + (bare_ipv6 ? "[" + host + "]" : host) + ":" + std::to_string(port());
    }

private:
    Dialects dialects_;
    App app_;
    std::unique_ptr<Poco::ThreadPool> pool_;
    std::unique_ptr<Poco::Net::TCPServer> server_;
    std::uint16_t port_ = 0;
};

Server::Server(const config::Server &config, Dialects dialects)
    : impl_(std::make_unique<Impl>(config, std::move(dialects))) {}
Server::Server(const config::Server &config, server::Engine &engine) : Server(config, all_dialects(config, engine)) {}
Server::~Server() {
    stop();
}
void Server::start() {
    impl_->start();
}
void Server::stop() {
    impl_->stop();
}
std::uint16_t Server::port() const {
    return impl_->port();
}
std::string Server::url() const {
    return impl_->url();
}

} // namespace able::http
