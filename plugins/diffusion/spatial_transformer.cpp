#include "spatial_transformer.h"

#include "attention.h"

#include <algorithm>

namespace able::diffusion {
namespace {

SpatialTransformer::Attention load_attention(const Weights &weights, int64_t channels, int64_t context) {
    return {weights.linear("to_q", channels, channels, Weights::Bias::no),
            weights.linear("to_k", context, channels, Weights::Bias::no),
            weights.linear("to_v", context, channels, Weights::Bias::no),
            weights.linear("to_out.0", channels, channels)};
}

} // namespace

// sum + attention of x to what is seen, in `sum`.
at::Tensor SpatialTransformer::attend(const Attention &layer, const at::Tensor &x,
                                      const PromptContext::KeysValues &seen, at::Tensor sum) const {
    const AttentionOptions options{.heads = heads, .causal = false, .upcast = upcast};
    return layer.to_out.added_to(std::move(sum), attention(layer.to_q(x), seen.keys, seen.values, options));
}

at::Tensor SpatialTransformer::apply(const Block &block, at::Tensor x, PromptContext &context) const {
    const auto keys_values = [](const Attention &layer, const at::Tensor &tokens) {
        return PromptContext::KeysValues{layer.to_k(tokens), layer.to_v(tokens)};
    };
    const at::Tensor own = block.norm1(x);
    x = attend(block.self, own, keys_values(block.self, own), x);
    const PromptContext::KeysValues &prompt =
        context.of(&block, [&](const at::Tensor &tokens) { return keys_values(block.cross, tokens); });
    x = attend(block.cross, block.norm2(x), prompt, x);
    return feed_forward(block, x);
}

// x + the feed-forward layer of x, in `x`. On a CPU some rows at a time: blocks of more than 32 MiB are got from the
// system anew each time (host/worker/main/process_settings.h), page by page.
at::Tensor SpatialTransformer::feed_forward(const Block &block, const at::Tensor &x) {
    constexpr int64_t block_bytes = int64_t{24} << 20;
    const at::Tensor rows = x.view({-1, x.size(-1)});
    const int64_t row_bytes = block.gate.weight.size(0) * static_cast<int64_t>(x.element_size());
    const int64_t count = x.is_cpu() ? std::max<int64_t>(1, block_bytes / row_bytes) : rows.size(0);
    const int64_t parts = (rows.size(0) + count - 1) / count;
    for (const at::Tensor &part : rows.chunk(parts)) {
        block.out.added_to(part, geglu(block.gate(block.norm3(part))));
    }
    return x;
}

at::Tensor SpatialTransformer::operator()(const at::Tensor &x, PromptContext &context) const {
    const int64_t n = x.size(0);
    const int64_t channels = x.size(1);
    const int64_t height = x.size(2);
    const int64_t width = x.size(3);
    at::Tensor tokens = proj_in(norm(x).permute({0, 2, 3, 1}).reshape({n, height * width, channels}));
    for (const Block &block : blocks) {
        tokens = apply(block, tokens, context);
    }
    return x + proj_out(tokens).view({n, height, width, channels}).permute({0, 3, 1, 2});
}

SpatialTransformer load_spatial_transformer(const Weights &weights, const SpatialTransformer::Shape &shape) {
    const int64_t channels = shape.channels;
    const auto projection = [&](const char *name) {
        return shape.linear_projection ? weights.linear(name, channels, channels)
                                       : weights.pointwise(name, channels, channels);
    };
    SpatialTransformer transformer;
    transformer.heads = shape.heads;
    transformer.upcast = shape.upcast_attention;
    // 1e-6 here, whatever the UNet's own norm_eps: diffusers' Transformer2DModel.
    transformer.norm = weights.group_norm("norm", channels, shape.groups, 1e-6);
    transformer.proj_in = projection("proj_in");
    for (int64_t i = 0; i < shape.depth; ++i) {
        const Weights at = weights.at("transformer_blocks", i);
        SpatialTransformer::Block block;
        block.norm1 = at.layer_norm("norm1", channels, 1e-5);
        block.self = load_attention(at.at("attn1"), channels, channels);
        block.norm2 = at.layer_norm("norm2", channels, 1e-5);
        block.cross = load_attention(at.at("attn2"), channels, shape.context);
        block.norm3 = at.layer_norm("norm3", channels, 1e-5);
        block.gate = at.linear("ff.net.0.proj", channels, 8 * channels);
        block.out = at.linear("ff.net.2", 4 * channels, channels);
        transformer.blocks.push_back(std::move(block));
    }
    transformer.proj_out = projection("proj_out");
    return transformer;
}

} // namespace able::diffusion
