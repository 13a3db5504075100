#include "inputs.h"

#include "deep_features.h"

#include <ablerefusal/glue.hpp>

#include <algorithm>
#include <string>

namespace able::diffusion {
namespace {

[[noreturn]] void refuse(const std::string &what) {
    throw Error(ABLE_INVALID_ARGUMENT, what);
}

void add_channels(Inputs &inputs, const able_input_use &use, const InpaintChannels &made) {
    if (use.conditioning != ABLE_ALL_CONDITIONINGS || use.mode != 0 || inputs.channels != nullptr) {
        refuse("an evaluation has one input for inpainting, which goes with all of its conditionings");
    }
    inputs.channels = made.channels.get();
}

void add_features(DeepUse &deep, const able_input_use &use, DeepFeatures &features, uint32_t count) {
    if (use.mode != ABLE_DEEP_KEEP && use.mode != ABLE_DEEP_REUSE) {
        refuse("deep features have no mode " + std::to_string(use.mode));
    }
    const bool reuse = use.mode == ABLE_DEEP_REUSE;
    if (deep.any() && deep.reuse != reuse) {
        refuse("an evaluation either keeps deep features or reuses them, for all of its conditionings");
    }
    deep.reuse = reuse;
    deep.features.resize(count);
    if (use.conditioning >= count || deep.features[use.conditioning] != nullptr) {
        refuse("deep features are given for each conditioning of an evaluation, and once");
    }
    deep.features[use.conditioning] = &features;
}

} // namespace

Inputs read_inputs(const able_evaluation &evaluation) {
    Inputs inputs;
    for (uint32_t i = 0; i < evaluation.input_count; ++i) {
        const able_input_use *use = evaluation.inputs[i];
        if (use == nullptr || use->input == nullptr) {
            refuse("an input of the evaluation is missing");
        }
        if (use->strength != 1) {
            refuse("inputs of this model have no strength other than 1");
        }
        if (const auto *made = dynamic_cast<const InpaintChannels *>(use->input)) {
            add_channels(inputs, *use, *made);
        } else if (auto *features = dynamic_cast<DeepFeatures *>(use->input)) {
            add_features(inputs.deep, *use, *features, evaluation.count);
        } else {
            refuse("input " + std::to_string(i) + " of the evaluation is of no kind that this model makes");
        }
    }
    const auto &features = inputs.deep.features;
    if (std::find(features.begin(), features.end(), nullptr) != features.end()) {
        refuse("deep features are missing for some of the evaluation's conditionings; give them for all or for none");
    }
    return inputs;
}

} // namespace able::diffusion
