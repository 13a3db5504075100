#include "ldm_names.h"

#include <charconv>
#include <span>

namespace able::diffusion {
namespace {

struct Rename {
    std::string_view from, to;
};

// A name, read from its start.
class Reader {
public:
    explicit Reader(std::string_view name) : rest_(name) {}

    std::string_view rest() const { return rest_; }

    bool eat(std::string_view text) {
        if (!rest_.starts_with(text)) {
            return false;
        }
        rest_.remove_prefix(text.size());
        return true;
    }

    // "12." as it is written, without a leading 0; at most 999.
    std::optional<int64_t> number() {
        const std::string_view digits = rest_.substr(0, rest_.find('.'));
        int64_t value = 0;
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
        const bool plain = error == std::errc() && end == digits.data() + digits.size() && digits.size() <= 3 &&
                           (digits == "0" || digits[0] != '0') && digits[0] != '-' && digits.size() < rest_.size();
        if (!plain) {
            return std::nullopt;
        }
        rest_.remove_prefix(digits.size() + 1);
        return value;
    }

private:
    std::string_view rest_;
};

std::optional<std::string> renamed(std::span<const Rename> table, std::string_view name) {
    for (const Rename &row : table) {
        if (name.starts_with(row.from)) {
            return std::string(row.to) + std::string(name.substr(row.from.size()));
        }
    }
    return std::nullopt;
}

std::optional<DiffusersName> plain(const std::string &place, const std::optional<std::string> &rest) {
    return rest ? std::optional(DiffusersName{place + *rest}) : std::nullopt;
}

std::string at(std::string_view list, int64_t index, std::string_view inner, int64_t inner_index) {
    return std::string(list) + "." + std::to_string(index) + "." + std::string(inner) + "." +
           std::to_string(inner_index) + ".";
}

constexpr Rename unet_ends[]{
    {"time_embed.0.", "time_embedding.linear_1."},
    {"time_embed.2.", "time_embedding.linear_2."},
    {"label_emb.0.0.", "add_embedding.linear_1."},
    {"label_emb.0.2.", "add_embedding.linear_2."},
    {"input_blocks.0.0.", "conv_in."},
    {"out.0.", "conv_norm_out."},
    {"out.2.", "conv_out."},
};

constexpr Rename unet_resnet[]{
    {"in_layers.0.", "norm1."},  {"in_layers.2.", "conv1."},  {"emb_layers.1.", "time_emb_proj."},
    {"out_layers.0.", "norm2."}, {"out_layers.3.", "conv2."}, {"skip_connection.", "conv_shortcut."},
};

// The same names on both sides.
constexpr Rename unet_attention[]{
    {"norm.", "norm."},
    {"proj_in.", "proj_in."},
    {"proj_out.", "proj_out."},
    {"transformer_blocks.", "transformer_blocks."},
};

std::optional<DiffusersName> unet_down(Reader name, int64_t resnets) {
    const std::optional<int64_t> block = name.number();
    const std::optional<int64_t> part = block ? name.number() : std::nullopt;
    if (!part || *block == 0) {
        return std::nullopt;
    }
    const int64_t level = (*block - 1) / (resnets + 1);
    const int64_t index = (*block - 1) % (resnets + 1);
    if (*part == 0 && index == resnets && name.eat("op.")) {
        return DiffusersName{at("down_blocks", level, "downsamplers", 0) + "conv." + std::string(name.rest())};
    }
    if (index == resnets || *part > 1) {
        return std::nullopt;
    }
    return *part == 0 ? plain(at("down_blocks", level, "resnets", index), renamed(unet_resnet, name.rest()))
                      : plain(at("down_blocks", level, "attentions", index), renamed(unet_attention, name.rest()));
}

std::optional<DiffusersName> unet_middle(Reader name) {
    const std::optional<int64_t> part = name.number();
    if (!part || *part > 2) {
        return std::nullopt;
    }
    return *part == 1
               ? plain("mid_block.attentions.0.", renamed(unet_attention, name.rest()))
               : plain("mid_block.resnets." + std::to_string(*part / 2) + ".", renamed(unet_resnet, name.rest()));
}

std::optional<DiffusersName> unet_up(Reader name, int64_t resnets) {
    const std::optional<int64_t> block = name.number();
    const std::optional<int64_t> part = block ? name.number() : std::nullopt;
    if (!part || *part > 2) {
        return std::nullopt;
    }
    const int64_t level = *block / (resnets + 1);
    const int64_t index = *block % (resnets + 1);
    // Behind the attention where there is one, else in its place.
    if (*part > 0 && index == resnets && name.eat("conv.")) {
        return DiffusersName{at("up_blocks", level, "upsamplers", 0) + "conv." + std::string(name.rest())};
    }
    if (*part == 2) {
        return std::nullopt;
    }
    return *part == 0 ? plain(at("up_blocks", level, "resnets", index), renamed(unet_resnet, name.rest()))
                      : plain(at("up_blocks", level, "attentions", index), renamed(unet_attention, name.rest()));
}

constexpr Rename vae_ends[]{
    {"conv_in.", "conv_in."},
    {"conv_out.", "conv_out."},
    {"norm_out.", "conv_norm_out."},
};

constexpr Rename vae_resnet[]{
    {"norm1.", "norm1."},
    {"norm2.", "norm2."},
    {"conv1.", "conv1."},
    {"conv2.", "conv2."},
    {"nin_shortcut.", "conv_shortcut."},
};

constexpr Rename vae_attention[]{
    {"norm.", "group_norm."}, {"q.", "to_q."}, {"k.", "to_k."}, {"v.", "to_v."}, {"proj_out.", "to_out.0."},
};

// `blocks` and `resampler` as diffusers calls them; `level` counts as it does.
std::optional<DiffusersName> vae_level(Reader name, const std::string &blocks, int64_t level,
                                       std::string_view resampler) {
    if (name.eat("block.")) {
        const std::optional<int64_t> index = name.number();
        return index ? plain(at(blocks, level, "resnets", *index), renamed(vae_resnet, name.rest())) : std::nullopt;
    }
    if (name.eat(resampler) && name.eat(".conv.")) {
        return DiffusersName{at(blocks, level, std::string(resampler) + "rs", 0) + "conv." + std::string(name.rest())};
    }
    return std::nullopt;
}

constexpr Rename open_clip_ends[]{
    {"positional_embedding", "text_model.embeddings.position_embedding.weight"},
    {"token_embedding.", "text_model.embeddings.token_embedding."},
    {"ln_final.", "text_model.final_layer_norm."},
};

constexpr Rename open_clip_layer[]{
    {"ln_1.", "layer_norm1."}, {"ln_2.", "layer_norm2."},   {"attn.out_proj.", "self_attn.out_proj."},
    {"mlp.c_fc.", "mlp.fc1."}, {"mlp.c_proj.", "mlp.fc2."},
};

std::vector<DiffusersName> thirds(const std::string &place, std::string_view kind) {
    const std::string end = "." + std::string(kind);
    return {{place + "self_attn.q_proj" + end, Change::first_third},
            {place + "self_attn.k_proj" + end, Change::second_third},
            {place + "self_attn.v_proj" + end, Change::last_third}};
}

std::vector<DiffusersName> as_list(const std::optional<DiffusersName> &name) {
    return name ? std::vector{*name} : std::vector<DiffusersName>();
}

} // namespace

std::optional<DiffusersName> unet_name(std::string_view name, int64_t resnets) {
    if (auto end = renamed(unet_ends, name)) {
        return DiffusersName{*end};
    }
    Reader reader(name);
    if (reader.eat("input_blocks.")) {
        return unet_down(reader, resnets);
    }
    if (reader.eat("middle_block.")) {
        return unet_middle(reader);
    }
    return reader.eat("output_blocks.") ? unet_up(reader, resnets) : std::nullopt;
}

std::optional<DiffusersName> vae_name(std::string_view name, int64_t levels) {
    if (name.starts_with("quant_conv.") || name.starts_with("post_quant_conv.")) {
        return DiffusersName{std::string(name)};
    }
    Reader reader(name);
    const bool encoder = reader.eat("encoder.");
    if (!encoder && !reader.eat("decoder.")) {
        return std::nullopt;
    }
    const std::string side = encoder ? "encoder." : "decoder.";
    if (const auto end = renamed(vae_ends, reader.rest())) {
        return DiffusersName{side + *end};
    }
    for (const auto &[from, to] :
         {Rename{"mid.block_1.", "mid_block.resnets.0."}, {"mid.block_2.", "mid_block.resnets.1."}}) {
        if (reader.eat(from)) {
            return plain(side + std::string(to), renamed(vae_resnet, reader.rest()));
        }
    }
    if (reader.eat("mid.attn_1.")) {
        auto found = plain(side + "mid_block.attentions.0.", renamed(vae_attention, reader.rest()));
        if (found) {
            found->change = Change::squeeze;
        }
        return found;
    }
    if (!reader.eat(encoder ? "down." : "up.")) {
        return std::nullopt;
    }
    const std::optional<int64_t> level = reader.number();
    if (!level || *level >= levels) {
        return std::nullopt;
    }
    return encoder ? vae_level(reader, "encoder.down_blocks", *level, "downsample")
                   : vae_level(reader, "decoder.up_blocks", levels - 1 - *level, "upsample");
}

std::optional<DiffusersName> clip_name(std::string_view name) {
    // The first files lack the wrapper.
    if (name.starts_with("embeddings.") || name.starts_with("encoder.") || name.starts_with("final_layer_norm.")) {
        return DiffusersName{"text_model." + std::string(name)};
    }
    return name.starts_with("text_model.") ? std::optional(DiffusersName{std::string(name)}) : std::nullopt;
}

std::vector<DiffusersName> open_clip_names(std::string_view name) {
    if (name == "text_projection.weight") { // as transformers has it: [out, in]
        return {{"text_projection.weight", Change::none}};
    }
    if (name == "text_projection") {
        return {{"text_projection.weight", Change::transpose}};
    }
    if (auto end = renamed(open_clip_ends, name)) {
        return {{*end}};
    }
    Reader reader(name);
    const std::optional<int64_t> layer = reader.eat("transformer.resblocks.") ? reader.number() : std::nullopt;
    if (!layer) {
        return {};
    }
    const std::string place = "text_model.encoder.layers." + std::to_string(*layer) + ".";
    if (reader.eat("attn.in_proj_")) {
        const bool known = reader.rest() == "weight" || reader.rest() == "bias";
        return known ? thirds(place, reader.rest()) : std::vector<DiffusersName>();
    }
    return as_list(plain(place, renamed(open_clip_layer, reader.rest())));
}

bool is_buffer(std::string_view name) {
    return name.ends_with("position_ids") || name.ends_with("logit_scale") || name.ends_with("attn_mask");
}

} // namespace able::diffusion
