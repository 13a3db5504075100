#include "app.h"

namespace able::http {
namespace {

std::chrono::milliseconds milliseconds(double seconds) {
    return std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000));
}

// A reply that the client keeps reading may take longer than one blocked write.
constexpr int writes_in_a_reply = 10;

} // namespace

App::App(const config::Server &server_config, std::vector<RouteGroup> groups)
    : config(server_config), guard(config), router(std::move(groups)) {
    limits.write = writes_in_a_reply * milliseconds(config.write_timeout);
    limits.next = milliseconds(config.read_timeout) + std::chrono::seconds(5);
}

} // namespace able::http
