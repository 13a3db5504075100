// The text side of CLIP: token ids to vectors. Radford et al. 2021.
#pragma once

#include "text_config.h"
#include "weights.h"

#include <ablerefusal/job.h>

#include <optional>
#include <span>
#include <vector>

namespace able::diffusion {

// Vectors that stand in for the embeddings of a row's tokens from `position` on.
struct ReplacedTokens {
    int64_t row, position;
    at::Tensor vectors; // [tokens, width]
};

class ClipTextEncoder {
public:
    // `weights` at the place that holds `embeddings` and `encoder`; `projection` at the one that holds
    // `text_projection`, for an encoder that is asked for pooled().
    static ClipTextEncoder load(const Weights &weights, const TextConfig &config,
                                const std::optional<Weights> &projection);

    const TextConfig &config() const { return config_; }
    at::Device device() const { return tokens_.device(); }

    // ids [N, tokens], int64, at most config().positions tokens, each below config().vocabulary. Runs all layers but
    // the last `skipped`, which is below config().layers, and gives [N, tokens, width] without the final norm:
    // transformers' hidden_states[-(skipped + 1)].
    at::Tensor hidden(const at::Tensor &ids, std::span<const ReplacedTokens> replaced, int64_t skipped,
                      const able_job *job) const;
    at::Tensor final_norm(const at::Tensor &hidden) const { return norm_(hidden); }
    // The whole prompt in one row, [N, config().projection]: runs the layers that `hidden` left out, the final norm,
    // and projects the token at the prompt's end. transformers' text_embeds.
    at::Tensor pooled(const at::Tensor &ids, const at::Tensor &hidden, int64_t skipped, const able_job *job) const;

private:
    struct Layer {
        LayerNorm norm1, norm2;
        Linear q, k, v, out;
        Linear fc1, fc2;
    };

    at::Tensor run(at::Tensor x, int64_t from, int64_t to, const able_job *job) const;
    at::Tensor apply(const Layer &layer, at::Tensor x) const;
    at::Tensor activate(const at::Tensor &x) const;

    TextConfig config_;
    at::Tensor tokens_, positions_; // [vocabulary, width], [positions, width]
    std::vector<Layer> layers_;
    LayerNorm norm_;
    Linear projection_;
};

} // namespace able::diffusion
