#include "app.h"

#include "host/server/http/native/routes.h"

namespace able::http {
namespace {

std::chrono::milliseconds milliseconds(double seconds) {
    return std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000));
}

downloads::Options download_options(server::Engine &engine) {
    const config::Config config = engine.config();
    const config::Models &models = config.models;
    downloads::Options options;
    options.hub = {.url = models.hub_url,
                   .token = {},
                   .ca_file = models.hub_ca_file,
                   .allow_private = models.hub_private_addresses};
    options.hub_token = [&engine] {
        return engine.config().models.hub_token;
    };
    options.hub_cache = models.hub_cache;
    options.models_dir = config.storage.models_dir;
    options.lora_dir = config.storage.models_dir / "loras";
    options.list_file = config.storage.temp_dir / "downloads.json";
    return options;
}

downloads::Manager::Listener listener_of(server::Engine &engine) {
    return {.changed =
                [&engine](const nlohmann::json &view) {
                    engine.events().publish("download", view.at("id").get<std::string>(), view);
                },
            .completed =
                [&engine] {
                    engine.refresh_models();
                }};
}

// A reply that the client keeps reading may take longer than one blocked write.
constexpr int writes_in_a_reply = 10;

} // namespace

App::App(const config::Server &server_config, server::Engine &job_engine)
    : config(server_config), engine(job_engine), guard(config), streams(engine, config.max_event_streams),
      downloads(download_options(engine), listener_of(engine)), router(all_routes(engine, streams, downloads)) {
    limits.write = writes_in_a_reply * milliseconds(config.write_timeout);
    limits.next = milliseconds(config.read_timeout) + std::chrono::seconds(5);
}

} // namespace able::http
