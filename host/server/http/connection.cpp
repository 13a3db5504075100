#include "connection.h"

#include "host/config/logging.h"

#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/Net/HTTPRequestHandlerFactory.h>
#include <Poco/Net/HTTPServerConnection.h>
#include <Poco/Net/HTTPServerRequestImpl.h>
#include <spdlog/spdlog.h>

#include <fcntl.h>

namespace able::http {
namespace {

using Poco::Net::HTTPServerRequest;
using Poco::Net::HTTPServerResponse;

Poco::Timespan timespan(double seconds) {
    return Poco::Timespan(static_cast<Poco::Int64>(seconds * 1'000'000));
}

std::chrono::milliseconds milliseconds(double seconds) {
    return std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000));
}

class Handler : public Poco::Net::HTTPRequestHandler {
public:
    Handler(App &app, const RouteGroup &group, std::shared_ptr<Deadlines::Watch> watch,
            std::optional<HttpError> refusal)
        : app_(app), group_(group), watch_(std::move(watch)), refusal_(std::move(refusal)) {}

    void handleRequest(HTTPServerRequest &request, HTTPServerResponse &response) override {
        Exchange exchange(request, response, *watch_, group_, app_.limits);
        try {
            answer(exchange);
        } catch (...) {
            // A reply that has begun cannot be taken back: the connection ends, which the client notices.
            if (exchange.replied()) {
                response.setKeepAlive(false);
                return;
            }
            exchange.refuse(problem_of(std::current_exception()));
        }
        spdlog::debug("event=request method={} target={} status={}", request.getMethod(),
                      config::log_value(request.getURI()), static_cast<int>(response.getStatus()));
    }

private:
    void answer(Exchange &exchange) {
        if (refusal_) {
            throw HttpError(*refusal_);
        }
        const auto &request = exchange.request();
        if (const auto origin = app_.guard.cors_origin(request, group_)) {
            allow_origin(exchange.response(), *origin);
            if (request.getMethod() == "OPTIONS") {
                exchange.read_body(0);
                return exchange.reply_empty(204);
            }
        }
        app_.router.match(request.getMethod(), request.getURI(), exchange);
        if (Guard::has_chunks(request)) {
            exchange.read_chunks(app_.guard.max_body_size());
        } else {
            exchange.read_body(Guard::body_length(request));
        }
        exchange.route().handle(exchange);
    }

    void allow_origin(HTTPServerResponse &response, const std::string &origin) const {
        response.set("Access-Control-Allow-Origin", origin);
        response.set("Access-Control-Allow-Methods", group_.origins.methods);
        response.set("Access-Control-Allow-Headers", group_.origins.headers);
        response.set("Access-Control-Max-Age", "600");
        response.set("Cross-Origin-Resource-Policy", "cross-origin");
        response.set("Vary", "Origin");
    }

    App &app_;
    const RouteGroup &group_;
    std::shared_ptr<Deadlines::Watch> watch_;
    std::optional<HttpError> refusal_;
};

// Poco makes a handler once it has read a request's head, and greets "Expect: 100-continue" between the two.
class HandlerFactory : public Poco::Net::HTTPRequestHandlerFactory {
public:
    HandlerFactory(App &app, std::shared_ptr<Deadlines::Watch> watch) : app_(app), watch_(std::move(watch)) {}

    Poco::Net::HTTPRequestHandler *createRequestHandler(const HTTPServerRequest &request) override {
        watch_->set(milliseconds(app_.config.read_timeout));
        const RouteGroup &group = app_.router.group(request.getURI());
        auto refusal = app_.guard.check(request, group);
        if (refusal) {
            // With a status other than 200 it does not ask for a body that nobody will read.
            request.response().setStatus(static_cast<Poco::Net::HTTPResponse::HTTPStatus>(refusal->status()));
        }
        return std::make_unique<Handler>(app_, group, watch_, std::move(refusal)).release();
    }

private:
    App &app_;
    std::shared_ptr<Deadlines::Watch> watch_;
};

class Connection : public Poco::Net::HTTPServerConnection {
public:
    Connection(const Poco::Net::StreamSocket &stream, const Poco::Net::HTTPServerParams::Ptr &params, App &app,
               const std::shared_ptr<Deadlines::Watch> &watch)
        : HTTPServerConnection(stream, params, Poco::makeShared<HandlerFactory>(app, watch)), app_(app), watch_(watch) {
    }

    void run() override {
        socket().setSendTimeout(timespan(app_.config.write_timeout));
        watch_->set(milliseconds(app_.config.read_timeout));
        HTTPServerConnection::run();
    }

private:
    App &app_;
    std::shared_ptr<Deadlines::Watch> watch_;
};

} // namespace

Poco::Net::TCPServerConnection *ConnectionFactory::createConnection(const Poco::Net::StreamSocket &socket) {
    const int descriptor = socket.impl()->sockfd();
    ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
    const auto watch = std::make_shared<Deadlines::Watch>(app_.deadlines, descriptor);
    return std::make_unique<Connection>(socket, params_, app_, watch).release();
}

} // namespace able::http
