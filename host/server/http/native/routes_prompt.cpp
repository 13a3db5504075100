#include "routes.h"

namespace able::http {

void add_prompt_routes(std::vector<Route> &routes, server::Engine &engine) {
    routes.push_back(
        {"POST",
         "/api/v1/prompt/parse",
         "What a prompt means: its parts, schedule and weights, the LoRAs in it, and its tokens by chunk. What is "
         "wrong with it is part of the answer.",
         {200, 400, 413, 415},
         [&engine](Exchange &exchange) { exchange.reply(200, engine.parse_prompt(exchange.json_body())); },
         "ParseRequest"});
}

} // namespace able::http
