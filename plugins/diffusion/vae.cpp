#include "vae.h"

#include "attention.h"
#include "torch_guard.h"

namespace able::diffusion {
namespace {

constexpr double norm_eps = 1e-6; // of every norm of the autoencoder

ResnetBlock load_resnet(const Weights &weights, const VaeConfig &config, int64_t in, int64_t out) {
    return load_resnet_block(weights, {in, out, config.norm_groups, norm_eps, /*time=*/0});
}

PixelAttention load_attention(const Weights &weights, const VaeConfig &config, int64_t channels) {
    // Before diffusers 0.17 the projections had other names.
    const bool old = weights.has("query.weight") && !weights.has("to_q.weight");
    const auto projection = [&](const char *name, const char *old_name) {
        return weights.squeezed_linear(old ? old_name : name, channels, channels);
    };
    return {weights.group_norm("group_norm", channels, config.norm_groups, norm_eps), projection("to_q", "query"),
            projection("to_k", "key"), projection("to_v", "value"), projection("to_out.0", "proj_attn")};
}

VaeMiddle load_middle(const Weights &weights, const VaeConfig &config) {
    const int64_t channels = config.channels.back();
    VaeMiddle middle;
    middle.first = load_resnet(weights.at("resnets", 0), config, channels, channels);
    if (config.mid_attention) {
        middle.attention = load_attention(weights.at("attentions", 0), config, channels);
    }
    middle.second = load_resnet(weights.at("resnets", 1), config, channels, channels);
    return middle;
}

at::Tensor prepared(const at::Tensor &x, const Conv2d &first) {
    return x.to(first.weight.options()).contiguous(at::MemoryFormat::ChannelsLast);
}

at::Tensor run(const VaeLevel &level, at::Tensor h, const able_job *job) {
    for (const ResnetBlock &resnet : level.resnets) {
        stop_if_cancelled(job);
        h = resnet(h);
    }
    stop_if_cancelled(job);
    return h;
}

} // namespace

at::Tensor PixelAttention::operator()(const at::Tensor &x) const {
    const int64_t n = x.size(0);
    const int64_t channels = x.size(1);
    const at::Tensor pixels = norm(x).permute({0, 2, 3, 1}).reshape({n, x.size(2) * x.size(3), channels});
    const at::Tensor out = to_out(attention(to_q(pixels), to_k(pixels), to_v(pixels), {}));
    return x + out.view({n, x.size(2), x.size(3), channels}).permute({0, 3, 1, 2});
}

at::Tensor VaeMiddle::operator()(const at::Tensor &x) const {
    const at::Tensor h = first(x);
    return second(attention ? (*attention)(h) : h);
}

VaeEncoder VaeEncoder::load(const Weights &weights, const VaeConfig &config) {
    VaeEncoder encoder;
    const Weights body = weights.at("encoder");
    int64_t channels = config.channels.front();
    encoder.conv_in_ = body.conv("conv_in", 3, channels, 3, 1, 1);
    for (size_t i = 0; i < config.channels.size(); ++i) {
        const Weights block = body.at("down_blocks", static_cast<int64_t>(i));
        VaeLevel level;
        for (int64_t j = 0; j < config.resnets; ++j) {
            level.resnets.push_back(load_resnet(block.at("resnets", j), config, channels, config.channels[i]));
            channels = config.channels[i];
        }
        if (i + 1 < config.channels.size()) {
            level.resample = block.conv("downsamplers.0.conv", channels, channels, 3, 2, 0);
        }
        encoder.levels_.push_back(std::move(level));
    }
    encoder.middle_ = load_middle(body.at("mid_block"), config);
    encoder.norm_out_ = body.group_norm("conv_norm_out", channels, config.norm_groups, norm_eps);
    const int64_t moments = 2 * config.latent_channels;
    encoder.conv_out_ = body.conv("conv_out", channels, moments, 3, 1, 1);
    if (config.quant_conv) {
        encoder.quant_ = weights.pointwise("quant_conv", moments, moments);
    }
    return encoder;
}

Posterior VaeEncoder::operator()(const at::Tensor &pixels, const able_job *job) const {
    at::Tensor h = conv_in_(prepared(pixels, conv_in_));
    for (const VaeLevel &level : levels_) {
        h = run(level, h, job);
        if (level.resample) {
            // One more row below and one more column on the right, and on no other side: as it was trained.
            h = (*level.resample)(at::constant_pad_nd(h, {0, 1, 0, 1}));
        }
    }
    return finish(h, job);
}

Posterior VaeEncoder::finish(const at::Tensor &x, const able_job *job) const {
    stop_if_cancelled(job);
    const at::Tensor h = conv_out_(norm_out_.then_silu(middle_(x)));
    const at::Tensor moments = (quant_ ? over_channels(*quant_, h) : h).to(at::kFloat).contiguous();
    const std::vector<at::Tensor> halves = at::chunk(moments, 2, 1);
    return {halves[0], halves[1].clamp(-30.0, 20.0)};
}

VaeDecoder VaeDecoder::load(const Weights &weights, const VaeConfig &config) {
    VaeDecoder decoder;
    if (config.post_quant_conv) {
        decoder.post_quant_ = weights.pointwise("post_quant_conv", config.latent_channels, config.latent_channels);
    }
    const Weights body = weights.at("decoder");
    int64_t channels = config.channels.back();
    decoder.conv_in_ = body.conv("conv_in", config.latent_channels, channels, 3, 1, 1);
    decoder.middle_ = load_middle(body.at("mid_block"), config);
    const size_t count = config.channels.size();
    for (size_t i = 0; i < count; ++i) {
        const int64_t out = config.channels[count - 1 - i];
        const Weights block = body.at("up_blocks", static_cast<int64_t>(i));
        VaeLevel level;
        for (int64_t j = 0; j < config.resnets + 1; ++j) {
            level.resnets.push_back(load_resnet(block.at("resnets", j), config, channels, out));
            channels = out;
        }
        if (i + 1 < count) {
            level.resample = block.conv("upsamplers.0.conv", channels, channels, 3, 1, 1);
        }
        decoder.levels_.push_back(std::move(level));
    }
    decoder.norm_out_ = body.group_norm("conv_norm_out", channels, config.norm_groups, norm_eps);
    decoder.conv_out_ = body.conv("conv_out", channels, 3, 3, 1, 1);
    return decoder;
}

at::Tensor VaeDecoder::start(const at::Tensor &z) const {
    const at::Tensor h = prepared(z, conv_in_);
    return middle_(conv_in_(post_quant_ ? over_channels(*post_quant_, h) : h));
}

at::Tensor VaeDecoder::operator()(const at::Tensor &z, const able_job *job) const {
    at::Tensor h = start(z);
    for (const VaeLevel &level : levels_) {
        h = run(level, h, job);
        if (level.resample) {
            h = (*level.resample)(resize_nearest(h, 2 * h.size(2), 2 * h.size(3)));
        }
    }
    return conv_out_(norm_out_.then_silu(h)).to(at::kFloat).contiguous();
}

} // namespace able::diffusion
