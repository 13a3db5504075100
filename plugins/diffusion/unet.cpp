#include "unet.h"

#include "time_embedding.h"
#include "torch_guard.h"

namespace able::diffusion {
namespace {

SpatialTransformer load_transformer(const Weights &weights, const UnetConfig &config, const UnetConfig::Level &level) {
    return load_spatial_transformer(weights, {.channels = level.channels,
                                              .heads = level.heads,
                                              .depth = level.transformer_depth,
                                              .context = config.cross_attention_dim,
                                              .groups = config.norm_groups,
                                              .linear_projection = config.linear_projection,
                                              .upcast_attention = config.upcast_attention});
}

ResnetBlock load_resnet(const Weights &weights, const UnetConfig &config, int64_t in, int64_t out) {
    return load_resnet_block(weights, {in, out, config.norm_groups, config.norm_eps, config.time_channels()});
}

// The channels of what the way down leaves for the way up, in the order in which it is made.
std::vector<int64_t> skip_channels(const UnetConfig &config) {
    std::vector<int64_t> skips{config.levels.front().channels};
    for (size_t i = 0; i < config.levels.size(); ++i) {
        const int64_t count = config.levels[i].resnets + (i + 1 < config.levels.size() ? 1 : 0);
        skips.insert(skips.end(), static_cast<size_t>(count), config.levels[i].channels);
    }
    return skips;
}

template <class Item>
Item pop(std::vector<Item> &items) {
    Item item = std::move(items.back());
    items.pop_back();
    return item;
}

} // namespace

Unet Unet::load(const Weights &weights, const UnetConfig &config) {
    Unet unet;
    unet.config_ = config;
    const int64_t first = config.levels.front().channels;
    const int64_t time = config.time_channels();
    const Weights wide = weights.wide();
    unet.conv_in_ = wide.conv("conv_in", config.in_channels, first, 3, 1, 1);
    unet.time1_ = wide.linear("time_embedding.linear_1", first, time);
    unet.time2_ = wide.linear("time_embedding.linear_2", time, time);
    if (config.added) {
        unet.added1_ = wide.linear("add_embedding.linear_1", config.added->width, time);
        unet.added2_ = wide.linear("add_embedding.linear_2", time, time);
    }

    int64_t channels = first;
    for (size_t i = 0; i < config.levels.size(); ++i) {
        const UnetConfig::Level &shape = config.levels[i];
        const Weights block = weights.at("down_blocks", static_cast<int64_t>(i));
        Level level;
        for (int64_t j = 0; j < shape.resnets; ++j) {
            Step step{load_resnet(block.at("resnets", j), config, channels, shape.channels), std::nullopt};
            if (shape.attention_down) {
                step.attention = load_transformer(block.at("attentions", j), config, shape);
            }
            level.steps.push_back(std::move(step));
            channels = shape.channels;
        }
        if (i + 1 < config.levels.size()) {
            level.resample = block.conv("downsamplers.0.conv", channels, channels, 3, 2, 1);
        }
        unet.down_.push_back(std::move(level));
    }

    const Weights mid = weights.at("mid_block");
    unet.mid_.push_back({load_resnet(mid.at("resnets", 0), config, channels, channels),
                         load_transformer(mid.at("attentions", 0), config, config.levels.back())});
    unet.mid_.push_back({load_resnet(mid.at("resnets", 1), config, channels, channels), std::nullopt});

    std::vector<int64_t> skips = skip_channels(config);
    for (size_t i = 0; i < config.levels.size(); ++i) {
        const UnetConfig::Level &shape = config.levels[config.levels.size() - 1 - i];
        const Weights block = weights.at("up_blocks", static_cast<int64_t>(i));
        Level level;
        for (int64_t j = 0; j < shape.resnets + 1; ++j) {
            const int64_t in = channels + pop(skips);
            Step step{load_resnet(block.at("resnets", j), config, in, shape.channels), std::nullopt};
            if (shape.attention_up) {
                step.attention = load_transformer(block.at("attentions", j), config, shape);
            }
            level.steps.push_back(std::move(step));
            channels = shape.channels;
        }
        if (i + 1 < config.levels.size()) {
            level.resample = block.conv("upsamplers.0.conv", channels, channels, 3, 1, 1);
        }
        unet.up_.push_back(std::move(level));
    }
    unet.norm_out_ = weights.group_norm("conv_norm_out", first, config.norm_groups, config.norm_eps);
    unet.conv_out_ = wide.conv("conv_out", first, config.out_channels, 3, 1, 1);
    unet.format_ = weights.formats().usual;
    return unet;
}

// Linear, SiLU, Linear for the timestep and for what is added to it, and the SiLU with which every block starts;
// [batch, time channels].
at::Tensor Unet::embed(double timestep, const at::Tensor &added, int64_t batch) const {
    const int64_t width = config_.levels.front().channels;
    const at::Tensor sines = time_embedding(timestep, width, config_.flip_sin_to_cos, config_.freq_shift);
    at::Tensor embedding = time2_(at::silu(time1_(sines.to(time1_.weight.options()))));
    if (config_.added) {
        embedding = embedding + added2_(at::silu(added1_(added.to(added1_.weight.options()))));
    }
    return at::silu(embedding).to(format_).expand({batch, -1});
}

size_t Unet::skip_count() const {
    return skip_channels(config_).size();
}

at::Tensor Unet::operator()(const at::Tensor &x, double timestep, const Prompt &prompt, const able_job *job,
                            Branch *branch) const {
    const at::Tensor time = embed(timestep, prompt.added, x.size(0));
    PromptContext &context = contexts_.of(prompt.context.to(format_));
    const auto run = [&](const Step &step, at::Tensor h) {
        stop_if_cancelled(job);
        h = step.resnet(h, time);
        return step.attention ? (*step.attention)(h, context) : h;
    };

    const at::Tensor input = x.to(conv_in_.weight.scalar_type()).contiguous(at::MemoryFormat::ChannelsLast);
    at::Tensor h = conv_in_(input).to(format_);
    const bool reuse = branch != nullptr && branch->features.defined();
    const size_t wanted = reuse ? branch->skip + 1 : skip_count();
    std::vector<at::Tensor> skips{h};
    for (const Level &level : down_) {
        for (const Step &step : level.steps) {
            if (skips.size() < wanted) {
                h = run(step, h);
                skips.push_back(h);
            }
        }
        if (level.resample && skips.size() < wanted) {
            h = (*level.resample)(h);
            skips.push_back(h);
        }
    }
    for (const Step &step : mid_) {
        h = reuse ? h : run(step, h);
    }
    size_t below = skip_count(); // the skip connections that are still to be met on the way up
    for (const Level &level : up_) {
        for (const Step &step : level.steps) {
            if (--below >= wanted) {
                continue;
            }
            if (reuse && below == branch->skip) {
                h = branch->features;
            } else if (branch != nullptr && below == branch->skip) {
                branch->features = h;
            }
            h = run(step, at::cat({h, pop(skips)}, 1));
        }
        if (level.resample && below < wanted) {
            h = (*level.resample)(resize_nearest(h, skips.back().size(2), skips.back().size(3)));
        }
    }
    stop_if_cancelled(job);
    h = norm_out_.then_silu(h.to(norm_out_.weight.scalar_type()));
    return conv_out_(h).to(at::kFloat).contiguous();
}

} // namespace able::diffusion
