// The REST server: a socket, and the routes behind it.
#pragma once

#include "host/server/http/routing/dialect.h"

#include "host/config/config.h"
#include "host/server/engine.h"

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace able::http {

// The server cannot start. what() says why and what to do.
class ServerError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

using Dialects = std::vector<std::unique_ptr<Dialect>>;

// The dialects of the program, the native one first; `engine` outlives them.
Dialects all_dialects(const config::Server &config, server::Engine &engine);

class Server {
public:
    // The first dialect takes the addresses that are no other's.
    Server(const config::Server &config, Dialects dialects);
    // With all of them; `engine` outlives the server.
    Server(const config::Server &config, server::Engine &engine);
    ~Server();
    Server(const Server &) = delete;
    Server &operator=(const Server &) = delete;

    // Binds and begins to answer. Throws ServerError: the port is taken, the address is not this machine's, or it is
    // public and no token guards it.
    void start();
    // Ends every connection, event streams too, and returns when the last handler has. Safe to call twice.
    void stop();
    // The port in use; after start().
    std::uint16_t port() const;
    // Such as "http://127.0.0.1:8080"; after start().
    std::string url() const;

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace able::http
