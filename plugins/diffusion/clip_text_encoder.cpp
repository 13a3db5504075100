#include "clip_text_encoder.h"

#include "attention.h"
#include "cpu_ops.h"
#include "torch_guard.h"

namespace able::diffusion {

ClipTextEncoder ClipTextEncoder::load(const Weights &weights, const TextConfig &config,
                                      const std::optional<Weights> &projection) {
    ClipTextEncoder encoder;
    encoder.config_ = config;
    const int64_t width = config.width;
    encoder.tokens_ = weights.matrix("embeddings.token_embedding.weight", {config.vocabulary, width});
    encoder.positions_ = weights.matrix("embeddings.position_embedding.weight", {config.positions, width});
    for (int64_t i = 0; i < config.layers; ++i) {
        const Weights at = weights.at("encoder.layers", i);
        Layer layer;
        layer.norm1 = at.layer_norm("layer_norm1", width, config.norm_eps);
        layer.q = at.linear("self_attn.q_proj", width, width);
        layer.k = at.linear("self_attn.k_proj", width, width);
        layer.v = at.linear("self_attn.v_proj", width, width);
        layer.out = at.linear("self_attn.out_proj", width, width);
        layer.norm2 = at.layer_norm("layer_norm2", width, config.norm_eps);
        layer.fc1 = at.linear("mlp.fc1", width, config.mlp_width);
        layer.fc2 = at.linear("mlp.fc2", config.mlp_width, width);
        encoder.layers_.push_back(std::move(layer));
    }
    encoder.norm_ = weights.layer_norm("final_layer_norm", width, config.norm_eps);
    if (projection) {
        encoder.projection_ = projection->linear("text_projection", width, config.projection, Weights::Bias::no);
    }
    return encoder;
}

at::Tensor ClipTextEncoder::activate(const at::Tensor &x) const {
    const bool exact = config_.activation == TextActivation::gelu;
    if (cpu::takes(x)) {
        // libtorch's round differently at the ends of each thread's part.
        return exact ? cpu::gelu(x) : cpu::quick_gelu(x);
    }
    if (exact) {
        return at::gelu(x);
    }
    return x * at::sigmoid(1.702 * x); // quick_gelu, as in OpenAI's CLIP
}

at::Tensor ClipTextEncoder::apply(const Layer &layer, at::Tensor x) const {
    const at::Tensor own = layer.norm1(x);
    const AttentionOptions options{.heads = config_.heads, .causal = true, .upcast = false};
    x = layer.out(attention(layer.q(own), layer.k(own), layer.v(own), options)).add_(x);
    return layer.fc2(activate(layer.fc1(layer.norm2(x)))).add_(x);
}

at::Tensor ClipTextEncoder::run(at::Tensor x, int64_t from, int64_t to, const able_job *job) const {
    for (int64_t i = from; i < to; ++i) {
        stop_if_cancelled(job);
        x = apply(layers_[static_cast<size_t>(i)], x);
    }
    return x;
}

at::Tensor ClipTextEncoder::hidden(const at::Tensor &ids, std::span<const ReplacedTokens> replaced, int64_t skipped,
                                   const able_job *job) const {
    // In the format that the encoder computes in, which the norms have; the tables may be kept in a narrower one.
    const at::ScalarType format = norm_.weight.scalar_type();
    at::Tensor x = at::embedding(tokens_, ids.to(tokens_.device())).to(format);
    for (const ReplacedTokens &tokens : replaced) {
        x[tokens.row].narrow(0, tokens.position, tokens.vectors.size(0)).copy_(tokens.vectors);
    }
    x += positions_.narrow(0, 0, ids.size(1)).to(format);
    return run(x, 0, config_.layers - skipped, job);
}

at::Tensor ClipTextEncoder::pooled(const at::Tensor &ids, const at::Tensor &hidden, int64_t skipped,
                                   const able_job *job) const {
    const at::Tensor last = norm_(run(hidden, config_.layers - skipped, config_.layers, job));
    // Configs from before transformers 4.31 say 2, which never was the end's id; the end was then found as the largest
    // (transformers' CLIPTextTransformer, "eos_token_id == 2"). argmax takes the first of equals, here as there.
    const at::Tensor ends = config_.end == 2 ? ids : ids.eq(config_.end).to(at::kLong);
    const at::Tensor place = ends.argmax(1).to(last.device()).view({-1, 1, 1}).expand({-1, 1, last.size(2)});
    return projection_(last.gather(1, place).squeeze(1));
}

} // namespace able::diffusion
