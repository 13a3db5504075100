// The layouts that embeddings come in, told by the names and shapes of their tensors.
#pragma once

#include <ablerefusal/source.h>

#include <cstdint>
#include <string_view>
#include <vector>

namespace able::textual_inversion {

struct Layout {
    enum class Kind {
        none,    // no embedding; `problem` says why
        single,  // the vectors of one text encoder, whichever it is
        by_name, // "clip_l" for CLIP ViT-L, "clip_g" for OpenCLIP ViT-bigG: SDXL's two
    };
    Kind kind = Kind::none;
    const char *vectors = nullptr;                   // of `single`: the tensor's name, the source's memory
    const char *clip_l = nullptr, *clip_g = nullptr; // of `by_name`: likewise, where there is one
    std::vector<const char *> others = {};           // tensors that are none of these
    const char *word = nullptr;                      // the file's own name for it, if it has one; the source's memory
    const char *family = "";       // of the models it is for: "sd1", "sd2", "sdxl"; "" if that is open
    const char *problem = nullptr; // a constant
};

// AUTOMATIC1111's ("string_to_param.*", or "emb_params" in safetensors), diffusers' (one tensor, which is called as the
// word is) and SDXL's ("clip_l", "clip_g").
Layout read_layout(const able_source &source);

// A tensor of embeddings: [width] or [tokens, width].
bool is_vectors(const able_view *view);
int64_t tokens_of(const able_view &view);
int64_t width_of(const able_view &view);

} // namespace able::textual_inversion
