// The routes of the API, by subject. Each function appends its own.
#pragma once

#include "host/server/http/router.h"
#include "host/server/http/sse.h"

#include "host/server/downloads/manager.h"
#include "host/server/queue/engine.h"

#include <vector>

namespace able::http {

void add_generate_routes(std::vector<Route> &routes, server::Engine &engine, EventStreams &streams);
void add_prompt_routes(std::vector<Route> &routes, server::Engine &engine);
void add_queue_routes(std::vector<Route> &routes, server::Engine &engine);
void add_model_routes(std::vector<Route> &routes, server::Engine &engine);
void add_download_routes(std::vector<Route> &routes, downloads::Manager &downloads);
void add_plugin_routes(std::vector<Route> &routes, server::Engine &engine);
void add_image_routes(std::vector<Route> &routes, server::Engine &engine);
void add_config_routes(std::vector<Route> &routes, server::Engine &engine);
void add_system_routes(std::vector<Route> &routes, server::Engine &engine);

// JSON Schema of what POST /api/v1/config takes.
nlohmann::json config_change_schema();

// All of them, and the OpenAPI document that describes them.
std::vector<Route> all_routes(server::Engine &engine, EventStreams &streams, downloads::Manager &downloads);

} // namespace able::http
