#include "ldm_configs.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace able::diffusion {
namespace {

using families::SingleFile;
using nlohmann::json;

// diffusers calls the number of heads attention_head_dim.
json heads(const UnetShape &unet, const SingleFile &family) {
    const int64_t head_width = unet.head_channels != 0 ? unet.head_channels : 64;
    if (unet.heads != 0) {
        return unet.heads;
    }
    if (family.heads != 0 && unet.head_channels == 0) {
        return family.heads;
    }
    json list = json::array();
    for (const int64_t channels : unet.channels) {
        list.push_back(std::max<int64_t>(channels / head_width, 1));
    }
    return list;
}

json unet_config(const LdmLayout &layout, const SingleFile &family) {
    const UnetShape &unet = layout.unet;
    json down = json::array();
    json up = json::array();
    json depths = json::array();
    for (size_t level = 0; level < unet.depths.size(); ++level) {
        const bool attends = unet.depths[level] != 0;
        down.push_back(attends ? "CrossAttnDownBlock2D" : "DownBlock2D");
        up.insert(up.begin(), attends ? "CrossAttnUpBlock2D" : "UpBlock2D");
        depths.push_back(attends ? unet.depths[level] : 1);
    }
    depths.back() = unet.middle_depth; // the middle goes by the last level's
    json config{
        {"_class_name", "UNet2DConditionModel"},
        {"in_channels", unet.in_channels},
        {"out_channels", unet.out_channels},
        {"block_out_channels", unet.channels},
        {"down_block_types", down},
        {"up_block_types", up},
        {"layers_per_block", unet.resnets},
        {"transformer_layers_per_block", depths},
        {"attention_head_dim", heads(unet, family)},
        {"cross_attention_dim", unet.cross_width},
        {"use_linear_projection", unet.linear_projection},
        {"sample_size", family.sample_size},
    };
    if (family.upcast_attention) {
        config["upcast_attention"] = true;
    }
    if (layout.is_xl()) {
        config["addition_embed_type"] = "text_time";
        config["addition_time_embed_dim"] = 256;
        config["projection_class_embeddings_input_dim"] = unet.added_width;
    }
    return config;
}

// An autoencoder alone does not say which family it is for: null.
json vae_config(const LdmLayout &layout, const SingleFile *family) {
    const VaeShape &vae = layout.vae;
    json config{
        {"_class_name", "AutoencoderKL"},
        {"in_channels", 3},
        {"out_channels", 3},
        {"block_out_channels", vae.channels},
        {"down_block_types", std::vector<std::string>(vae.channels.size(), "DownEncoderBlock2D")},
        {"up_block_types", std::vector<std::string>(vae.channels.size(), "UpDecoderBlock2D")},
        {"layers_per_block", vae.resnets},
        {"latent_channels", vae.latent_channels},
        {"use_quant_conv", vae.quant_conv},
        {"use_post_quant_conv", vae.post_quant_conv},
        {"mid_block_add_attention", vae.middle_attention},
    };
    if (family != nullptr) {
        config["scaling_factor"] = layout.scale_factor != 0 ? layout.scale_factor : family->scale_factor;
    }
    if (family != nullptr && family->upcast_vae) {
        config["force_upcast"] = true;
    }
    return config;
}

json text_config(const TextShape &text) {
    json config{
        {"architectures", json::array({text.projection != 0 ? "CLIPTextModelWithProjection" : "CLIPTextModel"})},
        {"hidden_size", text.width},
        {"intermediate_size", text.mlp_width},
        {"num_hidden_layers", text.layers},
        {"num_attention_heads", std::max<int64_t>(text.width / 64, 1)},
        {"hidden_act", text.open_clip ? "gelu" : "quick_gelu"},
        {"vocab_size", text.vocabulary},
        {"max_position_embeddings", text.positions},
        {"layer_norm_eps", 1e-5},
        {"bos_token_id", 0},
        {"eos_token_id", 2}, // as in the repositories: the end is the largest id
    };
    if (text.projection != 0) {
        config["projection_dim"] = text.projection;
    }
    return config;
}

json scheduler_config(const LdmLayout &layout, const SingleFile &family) {
    json config{
        {"_class_name", family.scheduler},
        {"beta_start", layout.beta_start},
        {"beta_end", layout.beta_end},
        {"beta_schedule", "scaled_linear"},
        {"num_train_timesteps", layout.timesteps},
        {"prediction_type", layout.prediction == LdmPrediction::v ? "v_prediction" : "epsilon"},
        {"timestep_spacing", "leading"},
        {"steps_offset", 1},
        {"clip_sample", false},
        {"set_alpha_to_one", false},
    };
    if (layout.zero_terminal_snr) {
        config["rescale_betas_zero_snr"] = true;
        config["timestep_spacing"] = "trailing";
    }
    return config;
}

json model_index(const LdmLayout &layout, const SingleFile &family) {
    json index = json::parse(family.index);
    index["_class_name"] = layout.unet.in_channels == 9 ? family.inpainting : family.pipeline;
    return index;
}

json special_tokens(const TextShape &text) {
    return {{"bos_token", "<|startoftext|>"},
            {"eos_token", "<|endoftext|>"},
            {"unk_token", "<|endoftext|>"},
            {"pad_token", text.open_clip ? "!" : "<|endoftext|>"}};
}

} // namespace

std::map<std::string, std::string, std::less<>> ldm_configs(const LdmLayout &layout) {
    std::map<std::string, std::string, std::less<>> texts;
    const SingleFile *family = single_file(layout);
    if (family != nullptr) {
        texts["model_index.json"] = model_index(layout, *family).dump(2);
        texts["unet/config.json"] = unet_config(layout, *family).dump(2);
        texts["scheduler/scheduler_config.json"] = scheduler_config(layout, *family).dump(2);
    }
    if (layout.vae_prefix) {
        texts["vae/config.json"] = vae_config(layout, family).dump(2);
    }
    for (const TextShape &text : layout.texts) {
        texts[text.component + "/config.json"] = text_config(text).dump(2);
        texts[tokenizer_of(text) + "/special_tokens_map.json"] = special_tokens(text).dump(2);
    }
    return texts;
}

} // namespace able::diffusion
