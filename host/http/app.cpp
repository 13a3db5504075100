#include "app.h"

#include "routes.h"

namespace able::http {
namespace {

std::chrono::milliseconds milliseconds(double seconds) {
    return std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000));
}

// A reply that the client keeps reading may take longer than one blocked write.
constexpr int writes_in_a_reply = 10;

} // namespace

App::App(const config::Server &server_config, jobs::Engine &job_engine)
    : config(server_config), engine(job_engine), guard(config), streams(engine, config.max_event_streams),
      router(all_routes(engine, streams)) {
    limits.write = writes_in_a_reply * milliseconds(config.write_timeout);
    limits.next = milliseconds(config.read_timeout) + std::chrono::seconds(5);
}

} // namespace able::http
