#include "routes.h"
#include "views.h"

#include "host/jobs/default_model.h"

namespace able::http {

void add_model_routes(std::vector<Route> &routes, jobs::Engine &engine) {
    const auto reply = [&engine](Exchange &exchange, const models::Catalogue &catalogue) {
        exchange.reply(200, models_view(catalogue, engine.state(), jobs::default_model(catalogue, engine.config()).id));
    };
    routes.push_back({"GET",
                      "/api/v1/models",
                      "The models on disk; one that cannot be used says why.",
                      {200},
                      [&engine, reply](Exchange &exchange) {
                          exchange.allow_query({});
                          reply(exchange, *engine.catalogue());
                      }});
    routes.push_back({"POST",
                      "/api/v1/models/refresh",
                      "Look for models and LoRAs again.",
                      {200},
                      [&engine, reply](Exchange &exchange) {
                          exchange.expect_no_body();
                          reply(exchange, *engine.refresh_models());
                      }});
    routes.push_back({"GET",
                      "/api/v1/vaes",
                      "The autoencoders on their own, for a request's `vae`.",
                      {200},
                      [&engine](Exchange &exchange) {
                          exchange.allow_query({});
                          exchange.reply(200, vaes_view(*engine.catalogue()));
                      }});
    routes.push_back({"GET",
                      "/api/v1/loras",
                      "The LoRAs on disk; one that cannot be used says why.",
                      {200},
                      [&engine](Exchange &exchange) {
                          exchange.allow_query({});
                          exchange.reply(200, loras_view(*engine.catalogue()));
                      }});
}

} // namespace able::http
