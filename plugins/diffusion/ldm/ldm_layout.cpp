#include "ldm_layout.h"

#include "ldm_prediction.h"
#include "ldm_yaml.h"

#include <algorithm>
#include <initializer_list>

namespace able::diffusion {
namespace {

constexpr int64_t sd2_text_layers = 23;

// The first of the prefixes under which there is a tensor of that name.
std::optional<std::string> find_prefix(const able_source *source, std::initializer_list<const char *> prefixes,
                                       const std::string &name) {
    for (const char *prefix : prefixes) {
        if (SourceShapes(source, prefix).has(name)) {
            return prefix;
        }
    }
    return std::nullopt;
}

std::optional<TextShape> read_clip(const able_source *source) {
    const auto prefix =
        find_prefix(source,
                    {"cond_stage_model.transformer.text_model.", "cond_stage_model.transformer.",
                     "conditioner.embedders.0.transformer.text_model.", "conditioner.embedders.0.transformer."},
                    "embeddings.token_embedding.weight");
    if (!prefix) {
        return std::nullopt;
    }
    const SourceShapes shapes(source, *prefix);
    TextShape text;
    text.prefix = *prefix;
    text.component = "text_encoder";
    text.vocabulary = shapes.extent("embeddings.token_embedding.weight", 0);
    text.width = shapes.extent("embeddings.token_embedding.weight", 1);
    text.positions = shapes.extent("embeddings.position_embedding.weight", 0);
    text.mlp_width = shapes.extent("encoder.layers.0.mlp.fc1.weight", 0);
    text.layers = shapes.count("encoder.layers.", ".mlp.fc1.weight");
    return text;
}

std::optional<TextShape> read_open_clip(const able_source *source, bool second) {
    const auto prefix = find_prefix(
        source, {"cond_stage_model.model.", "conditioner.embedders.1.model.", "conditioner.embedders.0.model."},
        "token_embedding.weight");
    if (!prefix) {
        return std::nullopt;
    }
    const SourceShapes shapes(source, *prefix);
    TextShape text;
    text.prefix = *prefix;
    text.component = second ? "text_encoder_2" : "text_encoder";
    text.open_clip = true;
    text.vocabulary = shapes.extent("token_embedding.weight", 0);
    text.width = shapes.extent("token_embedding.weight", 1);
    text.positions = shapes.extent("positional_embedding", 0);
    text.mlp_width = shapes.extent("transformer.resblocks.0.mlp.c_fc.weight", 0);
    text.layers = shapes.count("transformer.resblocks.", ".mlp.c_fc.weight");
    if (second) {
        text.projection = shapes.has("text_projection") ? shapes.extent("text_projection", 1)
                                                        : shapes.extent("text_projection.weight", 0);
        return text;
    }
    // SD 2 was trained on what enters the last of 24 layers; diffusers leaves that layer out, and the projection with
    // it.
    text.layers = std::min<int64_t>(text.layers, sd2_text_layers);
    return text;
}

const char *find_problem(const able_source *source, const LdmLayout &layout) {
    if (single_file(layout) == nullptr) {
        return "its UNet is of none of the families that are known here: it embeds something else beside the timestep "
               "(an unCLIP model?), or has other layers around its transformers; such models are not supported";
    }
    for (const char *name : {"edm_mean", "edm_std", "edm_vpred.sigma_max", "edm_vpred.sigma_min"}) {
        if (SourceShapes(source, "").has(name)) {
            return "an EDM model (Playground 2.5, CosXL), whose noise levels are not supported";
        }
    }
    return nullptr;
}

} // namespace

LdmLayout read_ldm_layout(const able_source *source) {
    LdmLayout layout;
    layout.unet_prefix = find_prefix(source, {"model.diffusion_model.", ""}, "input_blocks.0.0.weight");
    if (layout.unet_prefix) {
        layout.unet = read_unet_shape({source, *layout.unet_prefix});
        layout.problem = layout.unet.problem;
    }
    layout.vae_prefix = find_prefix(source, {"first_stage_model.", "vae.", ""}, "decoder.mid.block_1.conv1.weight");
    if (layout.vae_prefix) {
        layout.vae = read_vae_shape({source, *layout.vae_prefix});
    } else if (!layout.unet_prefix) {
        layout.vae_prefix = find_prefix(source, {"vae.", ""}, "decoder.mid_block.resnets.0.conv1.weight");
        layout.vae_named = layout.vae_prefix.has_value();
        layout.vae = layout.vae_named ? read_named_vae_shape({source, *layout.vae_prefix}) : VaeShape{};
    }
    if (auto clip = read_clip(source)) {
        layout.texts.push_back(std::move(*clip));
    }
    // Without a UNet to tell, a second encoder is one that comes beside CLIP's own.
    const bool second = layout.is_xl() || !layout.texts.empty();
    if (auto open_clip = read_open_clip(source, second)) {
        layout.texts.push_back(std::move(*open_clip));
    }
    if (layout.unet_prefix) {
        layout.prediction = find_prediction(source, layout);
        layout.zero_terminal_snr = SourceShapes(source, "").has("ztsnr");
        layout.problem = layout.problem != nullptr ? layout.problem : find_problem(source, layout);
        if (layout.problem == nullptr) {
            apply_yaml(source, layout);
        }
    }
    return layout;
}

const families::SingleFile *single_file(const LdmLayout &layout) {
    const auto predicts = layout.prediction == LdmPrediction::v ? families::Predicts::v : families::Predicts::epsilon;
    for (const families::Family &family : families::table) {
        const families::SingleFile &file = family.single_file;
        if (layout.unet_prefix && file.pipeline != nullptr && file.added_width == layout.unet.added_width &&
            file.linear_projection == layout.unet.linear_projection &&
            (file.predicts == families::Predicts::either || file.predicts == predicts)) {
            return &file;
        }
    }
    return nullptr;
}

} // namespace able::diffusion
