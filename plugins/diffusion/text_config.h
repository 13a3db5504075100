// config.json of a CLIPTextModel or a CLIPTextModelWithProjection.
#pragma once

#include <ablerefusal/source.h>

#include <cstdint>
#include <string>

namespace able::diffusion {

enum class TextActivation { quick_gelu, gelu };

struct TextConfig {
    int64_t vocabulary = 49408;
    int64_t width = 768;
    int64_t mlp_width = 3072;
    int64_t layers = 12;
    int64_t heads = 12;
    int64_t positions = 77;
    double norm_eps = 1e-5;
    TextActivation activation = TextActivation::quick_gelu;
    int64_t projection = 512; // width of the pooled prompt, where the model projects it
    int64_t end = 49407;      // the token whose place holds the pooled prompt; 2 stands for the largest id of the row
};

// `folder` is the component's: "text_encoder", "text_encoder_2". Throws able::Error naming the file, the field and the
// value.
TextConfig read_text_config(const able_source *source, const std::string &folder);

} // namespace able::diffusion
