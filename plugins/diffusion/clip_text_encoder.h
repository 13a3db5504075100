// The text side of CLIP: token ids to vectors. Radford et al. 2021.
#pragma once

#include "text_config.h"
#include "weights.h"

#include <ablerefusal/job.h>

#include <vector>

namespace able::diffusion {

class ClipTextEncoder {
public:
    // `weights` at the place that holds `embeddings` and `encoder`.
    static ClipTextEncoder load(const Weights &weights, const TextConfig &config);

    const TextConfig &config() const { return config_; }

    // ids [N, tokens], int64, at most config().positions tokens, each below config().vocabulary. Runs all layers but
    // the last `skipped`, then the final norm; [N, tokens, width]. `skipped` is below config().layers.
    at::Tensor operator()(const at::Tensor &ids, int64_t skipped, const able_job *job) const;

private:
    struct Layer {
        LayerNorm norm1, norm2;
        Linear q, k, v, out;
        Linear fc1, fc2;
    };

    at::Tensor apply(const Layer &layer, at::Tensor x) const;
    at::Tensor activate(const at::Tensor &x) const;

    TextConfig config_;
    at::Tensor tokens_, positions_; // [vocabulary, width], [positions, width]
    std::vector<Layer> layers_;
    LayerNorm norm_;
};

} // namespace able::diffusion
