// What a prompt became: the able_conditioning of every pipeline on this library.
#pragma once

#include "tensor_ops.h"

#include <ablerefusal/pipeline.h>

struct able_conditioning {
    explicit able_conditioning(at::Tensor context_value, at::Tensor pooled_value = {}, at::Tensor added_value = {})
        : context(std::move(context_value)), pooled(std::move(pooled_value)), added(std::move(added_value)) {}

    able_tensor context; // [1, tokens, width], fp32
    able_tensor pooled;  // [1, width], fp32; undefined where the model has none
    at::Tensor added;    // [1, UnetConfig::Added::width], fp32; undefined where the model has none
};
