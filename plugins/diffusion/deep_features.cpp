#include "deep_features.h"

#include "torch_guard.h"
#include "view_tensor.h"

namespace able::diffusion {

void check_deep_use(const DeepUse &use, at::IntArrayRef latents) {
    for (const DeepFeatures *features : use.features) {
        if (features->skip != use.features.front()->skip) {
            throw Error(ABLE_INVALID_ARGUMENT,
                        "the deep features of one evaluation must be of one branch, and are of " +
                            std::to_string(use.features.front()->skip) + " and " + std::to_string(features->skip));
        }
        if (use.reuse && !features->value.defined()) {
            throw Error(ABLE_INVALID_ARGUMENT, "there are no deep features to reuse: no evaluation has kept any");
        }
        if (use.reuse && latents != at::IntArrayRef(features->of)) {
            throw Error(ABLE_INVALID_ARGUMENT, "the deep features are of latents of the shape " +
                                                   shape_text(features->of) + " and not " + shape_text(latents));
        }
    }
}

at::Tensor joined_features(const DeepUse &use, const std::vector<size_t> &group) {
    if (!use.reuse) {
        return {};
    }
    std::vector<at::Tensor> values;
    for (const size_t k : group) {
        values.push_back(use.features[k]->value);
    }
    return at::cat(values).contiguous(at::MemoryFormat::ChannelsLast);
}

void keep_features(const DeepUse &use, const std::vector<size_t> &group, const at::Tensor &made,
                   at::IntArrayRef latents) {
    for (size_t i = 0; i < group.size(); ++i) {
        DeepFeatures &features = *use.features[group[i]];
        features.value = made.narrow(0, static_cast<int64_t>(i) * latents.front(), latents.front());
        features.of = latents.vec();
    }
}

} // namespace able::diffusion
