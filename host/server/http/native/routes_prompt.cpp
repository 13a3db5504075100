#include "routes.h"

namespace able::http {

void add_prompt_routes(std::vector<Route> &routes, server::Models &models) {
    routes.push_back(
        {.method = "POST",
         .path = "/api/v1/prompt/parse",
         .id = "parsePrompt",
         .tag = "prompts",
         .summary = "What a prompt means: its parts, schedule and weights, the LoRAs in it, and its tokens by chunk. "
                    "What is wrong with it is part of the answer.",
         .handle = [&models](Exchange &exchange) { exchange.reply(200, models.parse_prompt(exchange.json_body())); },
         .replies = {{200, "PromptReport"}, {400}, {413}, {415}},
         .request = "ParseRequest"});
}

} // namespace able::http
