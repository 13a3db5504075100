// The routes of the API, by subject. Each function appends its own.
#pragma once

#include "event_streams.h"

#include "host/server/http/exchange.h"

#include "host/server/downloads/manager.h"
#include "host/server/engine.h"

#include <string>
#include <vector>

namespace able::http {

void add_generate_routes(std::vector<Route> &routes, server::Engine &engine, EventStreams &streams);
void add_prompt_routes(std::vector<Route> &routes, server::Models &models);
void add_queue_routes(std::vector<Route> &routes, server::Queue &queue);
void add_model_routes(std::vector<Route> &routes, server::Engine &engine);
void add_download_routes(std::vector<Route> &routes, downloads::Manager &downloads);
void add_plugin_routes(std::vector<Route> &routes, server::Models &models);
void add_image_routes(std::vector<Route> &routes, server::Gallery &gallery);
void add_config_routes(std::vector<Route> &routes, server::Settings &settings);
void add_system_routes(std::vector<Route> &routes, server::Engine &engine);

// JSON Schema of what POST /api/v1/config takes.
nlohmann::json config_change_schema();

// Parameters of lists: entries in the reply, and how many to leave out before them.
Parameter limit_parameter(const std::string &of, unsigned maximum, unsigned standard);
Parameter offset_parameter(const std::string &of);
// Of files, which a client may have already.
Parameter if_none_match_parameter();

} // namespace able::http
