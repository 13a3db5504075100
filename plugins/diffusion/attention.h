// Scaled dot-product attention.
#pragma once

#include <ATen/ATen.h>

namespace able::diffusion {

struct AttentionOptions {
    int64_t heads = 1;
    bool causal = false; // token i sees tokens 0 to i only; needs as many keys as queries
    bool upcast = false; // queries and keys in fp32
};

// softmax(q k^T / sqrt(d)) v, for each head of d = width / heads channels. q [N, T, width], k and v [N, S, width];
// gives [N, T, width] in the format of q. The softmax is fp32, and the scores in memory at a time stay bounded.
at::Tensor attention(const at::Tensor &q, const at::Tensor &k, const at::Tensor &v, const AttentionOptions &options);

} // namespace able::diffusion
