#include "unet_config.h"

#include "config_reader.h"

#include <string>

namespace able::diffusion {
namespace {

constexpr IntegerRange unet_channels{1, 65536};
constexpr IntegerRange count_range{1, 64};

// Switches of the reference class that no model of this kind turns: anything else is another network.
void refuse_other_networks(const ConfigReader &config) {
    config.only("mid_block_type", {R"("UNetMidBlock2DCrossAttn")"});
    config.only("act_fn", {R"("silu")", R"("swish")"});
    config.only("time_embedding_type", {R"("positional")"});
    config.only("resnet_time_scale_shift", {R"("default")"});
    config.only("attention_type", {R"("default")"});
    config.only("conv_in_kernel", {"3"});
    config.only("conv_out_kernel", {"3"});
    config.only("downsample_padding", {"1"});
    config.only("mid_block_scale_factor", {"1"});
    config.only("resnet_out_scale_factor", {"1"});
    for (const char *flag : {"center_input_sample", "dual_cross_attention", "only_cross_attention",
                             "resnet_skip_time_act", "class_embeddings_concat", "mid_block_only_cross_attention"}) {
        config.only(flag, {"false"});
    }
    for (const char *extra : {"time_cond_proj_dim", "time_embedding_dim", "time_embedding_act_fn", "timestep_post_act",
                              "class_embed_type", "num_class_embeds", "encoder_hid_dim", "encoder_hid_dim_type",
                              "cross_attention_norm", "reverse_transformer_layers_per_block"}) {
        config.only(extra, {});
    }
}

std::optional<UnetConfig::Added> read_added(const ConfigReader &config) {
    config.only("addition_embed_type", {R"("text_time")"});
    if (!config.has("addition_embed_type")) {
        return std::nullopt;
    }
    UnetConfig::Added added;
    added.number_width = config.integer("addition_time_embed_dim", std::nullopt, {2, 65536});
    added.width = config.integer("projection_class_embeddings_input_dim", std::nullopt, unet_channels);
    if (added.number_width % 2 != 0) {
        config.bad("addition_time_embed_dim", "it must be even");
    }
    return added;
}

bool has_attention(const ConfigReader &config, const char *key, const std::string &type, const std::string &plain,
                   const std::string &attending) {
    if (type == attending) {
        return true;
    }
    if (type != plain) {
        config.unsupported(key, "only \"" + plain + "\" and \"" + attending + "\" blocks are supported");
    }
    return false;
}

void check_division(const ConfigReader &config, const UnetConfig &unet) {
    for (const UnetConfig::Level &level : unet.levels) {
        if (level.channels % unet.norm_groups != 0) {
            config.bad("norm_num_groups", "it must divide every level's channels");
        }
        if (level.channels % level.heads != 0) {
            config.bad(config.has("num_attention_heads") ? "num_attention_heads" : "attention_head_dim",
                       "as the number of heads it must divide every level's channels");
        }
    }
    if (unet.levels.front().channels % 2 != 0) {
        config.bad("block_out_channels", "the first must be even");
    }
}

} // namespace

UnetConfig read_unet_config(const able_source *source) {
    const ConfigReader config(source, "unet/config.json");
    refuse_other_networks(config);

    UnetConfig unet;
    unet.in_channels = config.integer("in_channels", 4, unet_channels);
    unet.out_channels = config.integer("out_channels", 4, unet_channels);
    unet.sample_size = config.integer("sample_size", 64, {1, 1024});
    unet.cross_attention_dim = config.integer("cross_attention_dim", 1280, unet_channels);
    unet.norm_groups = config.integer("norm_num_groups", 32, unet_channels);
    unet.norm_eps = config.number("norm_eps", 1e-5);
    unet.linear_projection = config.boolean("use_linear_projection", false);
    unet.flip_sin_to_cos = config.boolean("flip_sin_to_cos", true);
    unet.freq_shift = config.number("freq_shift", 0.0);
    unet.upcast_attention = config.boolean("upcast_attention", false);
    unet.added = read_added(config);

    const std::vector<int64_t> channels = config.integers("block_out_channels", unet_channels);
    const size_t count = channels.size();
    if (count > 16) {
        config.bad("block_out_channels", "at most 16 levels are supported");
    }
    const auto down = config.strings("down_block_types", count);
    const auto up = config.strings("up_block_types", count); // from the coarsest level to the finest
    const auto resnets = config.integers_for_each("layers_per_block", count, 2, count_range);
    const auto depths = config.integers_for_each("transformer_layers_per_block", count, 1, count_range);
    // `attention_head_dim` holds the number of heads unless num_attention_heads is given: a misnomer of the first
    // models that diffusers keeps (models/unets/unet_2d_condition.py, "num_attention_heads or attention_head_dim").
    const char *heads_key = config.has("num_attention_heads") ? "num_attention_heads" : "attention_head_dim";
    const auto heads = config.integers_for_each(heads_key, count, 8, {1, 4096});

    for (size_t i = 0; i < count; ++i) {
        UnetConfig::Level level;
        level.channels = channels[i];
        level.resnets = resnets[i];
        level.transformer_depth = depths[i];
        level.heads = heads[i];
        level.attention_down =
            has_attention(config, "down_block_types", down[i], "DownBlock2D", "CrossAttnDownBlock2D");
        level.attention_up =
            has_attention(config, "up_block_types", up[count - 1 - i], "UpBlock2D", "CrossAttnUpBlock2D");
        unet.levels.push_back(level);
    }
    check_division(config, unet);
    return unet;
}

} // namespace able::diffusion
