// The transformer over a feature map's pixels, with cross-attention to the prompt. Rombach et al. 2022, section 3.3.
#pragma once

#include "prompt_context.h"
#include "weights.h"

#include <vector>

namespace able::diffusion {

struct SpatialTransformer {
    struct Shape {
        int64_t channels;
        int64_t heads;
        int64_t depth;   // transformer blocks
        int64_t context; // width of the prompt's tokens
        int64_t groups;
        bool linear_projection;
        bool upcast_attention;
    };
    struct Attention {
        Linear to_q, to_k, to_v, to_out;
    };
    struct Block {
        LayerNorm norm1, norm2, norm3;
        Attention self, cross;
        Linear gate, out; // the feed-forward part, GEGLU between them
    };

    GroupNorm norm;
    Linear proj_in, proj_out;
    std::vector<Block> blocks;
    int64_t heads = 1;
    bool upcast = false;

    // x [N, C, H, W], the context's tokens [N, tokens, width]; gives x's shape.
    at::Tensor operator()(const at::Tensor &x, PromptContext &context) const;

private:
    at::Tensor attend(const Attention &layer, const at::Tensor &x, const PromptContext::KeysValues &seen,
                      at::Tensor sum) const;
    at::Tensor apply(const Block &block, at::Tensor x, PromptContext &context) const;
    static at::Tensor feed_forward(const Block &block, const at::Tensor &x);
};

SpatialTransformer load_spatial_transformer(const Weights &weights, const SpatialTransformer::Shape &shape);

} // namespace able::diffusion
