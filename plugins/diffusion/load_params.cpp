#include "load_params.h"

#include <ablerefusal/glue.hpp>
#include <ablerefusal/model_info.h>

#include <string>

namespace able::diffusion {

std::optional<int32_t> prediction_named(std::string_view name) noexcept {
    if (name == "epsilon") {
        return ABLE_PREDICTION_EPSILON;
    }
    if (name == "v_prediction") {
        return ABLE_PREDICTION_V;
    }
    if (name == "sample") {
        return ABLE_PREDICTION_SAMPLE;
    }
    return std::nullopt;
}

int32_t asked_prediction(const able_load_request &request) {
    const able_params *params = request.params;
    const char *chosen = params != nullptr ? params->string(params, prediction_param.key) : nullptr;
    const std::string_view name = chosen != nullptr ? chosen : "";
    if (name.empty() || name == "auto") {
        return 0;
    }
    if (const auto prediction = prediction_named(name)) {
        return *prediction;
    }
    throw Error(ABLE_INVALID_ARGUMENT,
                "prediction is \"" + std::string(name) + "\"; expected auto, epsilon, v_prediction or sample");
}

} // namespace able::diffusion
