// The VAE and the refiner that go with a job's model; and whether all of it fits into memory.
#pragma once

#include "request.h"

#include "host/config/config.h"
#include "host/protocol/generate.h"
#include "host/server/catalogue/catalogue.h"

#include <optional>
#include <string>

namespace able::server {

// The autoencoder to use with the model: the one called `name`; else, for a model without one, that of
// models.default_vae. Null means the model's own. Throws RequestError.
const ModelEntry *find_vae_of(const ModelEntry &model, const std::optional<std::string> &name,
                              const Catalogue &catalogue, const config::Config &config);

// Looks up the request's VAE and refiner, and returns the VAE as find_vae_of() does. Throws RequestError naming the
// field.
const ModelEntry *resolve_vae_and_refiner(protocol::Generate &spec, const Request &request, const ModelEntry &model,
                                          const Catalogue &catalogue, const config::Config &config);

// Refuses a task whose models (the base model, then its refiner) and picture cannot fit into a worker's share of
// inference.memory_limit, as far as the catalogue knows. The worker checks again, with the files themselves. Throws
// RequestError ("not_enough_memory").
void check_memory(const std::vector<const ModelEntry *> &models, std::uint32_t width, std::uint32_t height,
                  const config::Config &config);

} // namespace able::server
