// From names to things: the model, sampler, schedule and LoRAs that a request means.
#pragma once

#include "embeddings.h"
#include "request.h"

#include "host/config/config.h"
#include "host/plugins/describe/registry.h"
#include "host/protocol/task.h"
#include "host/server/catalogue/catalogue.h"

namespace able::server {

// The model that the request names, or the one for requests that name none. Throws RequestError.
const ModelEntry &find_model(const Request &request, const Catalogue &catalogue, const config::Config &config);

// As Environment::load_problem: why a model would not load with another autoencoder or with parameters. Empty: nobody
// can say, and the worker finds out.
using LoadProblem = std::function<std::string(const ModelEntry &model, const ModelEntry *vae,
                                              const nlohmann::json &params, const config::Inference &settings)>;

// What child processes are asked while a request is resolved.
struct Inquiries {
    CountTokens count_tokens = {};
    LoadProblem load_problem = {};
};

// Everything the worker needs, except the job's id. Draws the seed if the request leaves it open, and takes the model's
// or a few-step LoRA's settings for what it leaves out. `ask.count_tokens` is asked where a prompt may use an
// embedding; without it, none is found. Throws RequestError naming the field, with the names that exist in allowed(),
// for whatever cannot be had; nothing is replaced by a default.
protocol::Generate resolve(Request request, const plugins::Registry &registry, const Catalogue &catalogue,
                           const config::Config &config, const Inquiries &ask = {});

// Everything the worker needs to take a model into memory before a job does; there has to be room for a picture of the
// model's own size beside it. Throws RequestError.
protocol::Load resolve_load(const std::string &model, const plugins::Registry &registry, const Catalogue &catalogue,
                            const config::Config &config, const Inquiries &ask = {});

// Checks that the plugins a queued task needs are still there and still take its parameters. Throws RequestError.
void check_plugins(const protocol::Task &task, const plugins::Registry &registry);

} // namespace able::server
