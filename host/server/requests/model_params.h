// Parameters of the pipeline that takes a model: the request's, and those that the configuration gives the model.
#pragma once

#include "request.h"

#include "host/config/config.h"
#include "host/plugins/describe/registry.h"
#include "host/protocol/generate.h"
#include "host/server/catalogue/catalogue.h"

namespace able::server {

// Sets spec.pipeline_params and load_params. Parameters that the request leaves out are taken from models.params, if
// that has them for the model. Throws RequestError naming the parameter that the model's pipeline does not accept.
void resolve_pipeline_params(protocol::Generate &spec, const Request &request, const ModelEntry &model,
                             const plugins::Registry &registry, const Catalogue &catalogue,
                             const config::Config &config);

// The load-time parameters that models.params has for the model. Throws RequestError in the same cases.
nlohmann::json configured_load_params(const ModelEntry &model, const plugins::Registry &registry,
                                      const Catalogue &catalogue, const config::Config &config);

} // namespace able::server
