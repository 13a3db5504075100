// Parameters that pipelines on this library take when they load a model.
#pragma once

#include <ablerefusal/param.h>
#include <ablerefusal/pipeline.h>

#include <cstdint>
#include <optional>
#include <string_view>

namespace able::diffusion {

inline constexpr const char *prediction_choices[] = {"auto", "epsilon", "v_prediction", "sample"};

inline constexpr able_param prediction_param{
    .struct_size = sizeof(able_param),
    .type = ABLE_PARAM_ENUM,
    .key = "prediction",
    .label = "Prediction",
    .help =
        "What the network was trained to predict. A single file often does not say; where pictures are noise or flat "
        "colours, another choice may mend them.",
    .group = nullptr,
    .unit = nullptr,
    .minimum = 0,
    .maximum = 0,
    .default_number = 0,
    .step = 0,
    .default_string = nullptr,
    .choices = prediction_choices,
    .choice_count = 4,
    .flags = ABLE_PARAM_AT_LOAD,
};

// For a descriptor's `params`.
inline constexpr const able_param *load_params[] = {&prediction_param};

// ABLE_PREDICTION_… by its name among prediction_choices, which is diffusers' too; nothing for another name and "auto".
std::optional<int32_t> prediction_named(std::string_view name) noexcept;

// ABLE_PREDICTION_… that the request asks for; 0: what the model's files say.
int32_t asked_prediction(const able_load_request &request);

} // namespace able::diffusion
