// The routes of the API, by subject. Each function appends its own.
#pragma once

#include "router.h"
#include "sse.h"

#include "host/downloads/manager.h"
#include "host/jobs/engine.h"

#include <vector>

namespace able::http {

void add_generate_routes(std::vector<Route> &routes, jobs::Engine &engine, EventStreams &streams);
void add_prompt_routes(std::vector<Route> &routes, jobs::Engine &engine);
void add_queue_routes(std::vector<Route> &routes, jobs::Engine &engine);
void add_model_routes(std::vector<Route> &routes, jobs::Engine &engine);
void add_download_routes(std::vector<Route> &routes, downloads::Manager &downloads);
void add_plugin_routes(std::vector<Route> &routes, jobs::Engine &engine);
void add_image_routes(std::vector<Route> &routes, jobs::Engine &engine);
void add_config_routes(std::vector<Route> &routes, jobs::Engine &engine);
void add_system_routes(std::vector<Route> &routes, jobs::Engine &engine);

// JSON Schema of what POST /api/v1/config takes.
nlohmann::json config_change_schema();

// All of them, and the OpenAPI document that describes them.
std::vector<Route> all_routes(jobs::Engine &engine, EventStreams &streams, downloads::Manager &downloads);

} // namespace able::http
