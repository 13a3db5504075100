// Parameters of the pipeline that takes a model: the request's, and those that the configuration gives the model.
#pragma once

#include "request.h"

#include "host/config/config.h"
#include "host/plugins/describe/registry.h"
#include "host/protocol/generate.h"
#include "host/server/catalogue/catalogue.h"

namespace able::server {

// Sets spec.pipeline_params and load_params; what the request leaves out is as models.params has it for the model.
// Throws RequestError naming the parameter that the model's pipeline does not take so.
void resolve_pipeline_params(protocol::Generate &spec, const Request &request, const ModelEntry &model,
                             const plugins::Registry &registry, const Catalogue &catalogue,
                             const config::Config &config);

// Those of models.params alone that loading the model depends on. Throws RequestError likewise.
nlohmann::json configured_load_params(const ModelEntry &model, const plugins::Registry &registry,
                                      const Catalogue &catalogue, const config::Config &config);

} // namespace able::server
