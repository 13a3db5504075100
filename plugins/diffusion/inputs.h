// What an evaluation is given beside latents and prompts.
#pragma once

#include "tensor_ops.h"

#include <ablerefusal/evaluation.h>

#include <vector>

// Every input of a model on this library; the extensions that make them derive from it.
struct able_input {
    able_input() = default;
    able_input(const able_input &) = delete;
    able_input &operator=(const able_input &) = delete;
    virtual ~able_input() = default;
};

namespace able::diffusion {

// What able_inpaint makes: the mask and the picture without what is under it, [1, n, h, w].
struct InpaintChannels : able_input {
    explicit InpaintChannels(TensorHandle made) : channels(std::move(made)) {}

    TensorHandle channels;
};

struct DeepFeatures;

// The features of an evaluation's conditionings, in their order; none for one that neither keeps nor takes any.
struct DeepUse {
    std::vector<DeepFeatures *> features = {};
    bool reuse = false;

    bool any() const { return !features.empty(); }
};

struct Inputs {
    const able_tensor *channels = nullptr; // of inpainting
    DeepUse deep = {};
};

// The inputs of an evaluation by their kinds. Throws ABLE_INVALID_ARGUMENT for one that is missing, given twice, or in
// a place or a mode that its kind does not have.
Inputs read_inputs(const able_evaluation &evaluation);

} // namespace able::diffusion
