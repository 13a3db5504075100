#include "text_config.h"

#include "config_reader.h"

namespace able::diffusion {

TextConfig read_text_config(const able_source *source, const std::string &folder) {
    const ConfigReader config(source, folder + "/config.json");
    constexpr IntegerRange width_range{1, 65536};

    TextConfig text;
    text.vocabulary = config.integer("vocab_size", 49408, {1, 1 << 24});
    text.width = config.integer("hidden_size", 512, width_range);
    text.mlp_width = config.integer("intermediate_size", 2048, width_range);
    text.layers = config.integer("num_hidden_layers", 12, {1, 256});
    text.heads = config.integer("num_attention_heads", 8, {1, 4096});
    text.positions = config.integer("max_position_embeddings", 77, {3, 4096});
    text.norm_eps = config.number("layer_norm_eps", 1e-5);
    text.projection = config.integer("projection_dim", 512, width_range);
    text.end = config.integer("eos_token_id", 49407, {0, 1 << 24});
    const std::string activation = config.string("hidden_act", "quick_gelu");
    if (activation != "quick_gelu" && activation != "gelu") {
        config.unsupported("hidden_act", "only \"quick_gelu\" and \"gelu\" are supported");
    }
    text.activation = activation == "gelu" ? TextActivation::gelu : TextActivation::quick_gelu;
    if (text.width % text.heads != 0) {
        config.bad("num_attention_heads", "it must divide hidden_size");
    }
    return text;
}

} // namespace able::diffusion
