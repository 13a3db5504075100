// One client connection: Poco's loop over its requests, with a deadline on it and the guard in front of the routes.
#pragma once

#include "app.h"

#include <Poco/Net/HTTPServerParams.h>
#include <Poco/Net/TCPServerConnectionFactory.h>

namespace able::http {

class ConnectionFactory : public Poco::Net::TCPServerConnectionFactory {
public:
    // `app` outlives every connection.
    ConnectionFactory(App &app, Poco::Net::HTTPServerParams::Ptr params) : app_(app), params_(std::move(params)) {}

    Poco::Net::TCPServerConnection *createConnection(const Poco::Net::StreamSocket &socket) override;

private:
    App &app_;
    Poco::Net::HTTPServerParams::Ptr params_;
};

} // namespace able::http
