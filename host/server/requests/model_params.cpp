#include "model_params.h"

#include "refusal.h"

#include "host/plugins/describe/param_values.h"

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace able::server {
namespace {

using nlohmann::json;

// Numbers and booleans as they are written in JSON; anything else is a text.
json value_of(std::string_view text) {
    json value = json::parse(text, nullptr, false);
    return value.is_number() || value.is_boolean() ? value : json(text);
}

// The parameters that models.params has for `model`. A line: "anime/some.safetensors:prediction=v_prediction".
json configured(const ModelEntry &model, const Catalogue &catalogue, const config::Config &config) {
    json params = json::object();
    for (const std::string_view line : config.models.params) {
        const std::size_t equals = line.find('=');
        const std::size_t colon = line.rfind(':', equals);
        if (find_model(catalogue, line.substr(0, colon)).entry == &model) {
            params[std::string(line.substr(colon + 1, equals - colon - 1))] = value_of(line.substr(equals + 1));
        }
    }
    return params;
}

const std::vector<plugins::ParamDescription> &params_of(const ModelEntry &model, const plugins::Registry &registry) {
    const auto pipeline = registry.find(plugins::ObjectKind::pipeline, model.pipeline);
    if (!pipeline) {
        refuse("unknown_pipeline", "pipeline_params",
               "the pipeline " + quoted(model.pipeline) + " that takes the model " + quoted(model.id) +
                   " is not there any more; GET /plugins says what became of it");
    }
    return pipeline->description->params;
}

// `origin` names where the values come from.
void check(const std::vector<plugins::ParamDescription> &params, const json &values, const std::string &origin) {
    try {
        plugins::check_params(params, values);
    } catch (const plugins::ParamError &error) {
        std::vector<std::string> known;
        known.reserve(params.size());
        for (const auto &param : params) {
            known.push_back(param.key);
        }
        refuse("invalid_parameter", error.key().empty() ? "pipeline_params" : "pipeline_params." + error.key(),
               origin + ": " + error.what(), std::move(known));
    }
}

json at_load(const std::vector<plugins::ParamDescription> &params, const json &values) {
    json some = json::object();
    for (const auto &param : params) {
        if (param.at_load && values.contains(param.key)) {
            some[param.key] = values.at(param.key);
        }
    }
    return some;
}

} // namespace

void resolve_pipeline_params(protocol::Generate &spec, const Request &request, const ModelEntry &model,
                             const plugins::Registry &registry, const Catalogue &catalogue,
                             const config::Config &config) {
    json values = configured(model, catalogue, config);
    if (values.empty() && request.pipeline_params.empty()) {
        return;
    }
    const auto &params = params_of(model, registry);
    check(params, values, "models.params in the configuration");
    check(params, request.pipeline_params, "pipeline_params");
    values.update(request.pipeline_params);
    spec.load_params = at_load(params, values);
    spec.pipeline_params = std::move(values);
}

json configured_load_params(const ModelEntry &model, const plugins::Registry &registry, const Catalogue &catalogue,
                            const config::Config &config) {
    json values = configured(model, catalogue, config);
    if (values.empty()) {
        return values;
    }
    const auto &params = params_of(model, registry);
    check(params, values, "models.params in the configuration");
    return at_load(params, values);
}

} // namespace able::server
