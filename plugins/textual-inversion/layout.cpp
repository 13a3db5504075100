#include "layout.h"

#include "../diffusion/ldm/families.h"

#include <utility>

namespace able::textual_inversion {

namespace {

constexpr std::string_view parameters = "string_to_param.";     // the host's name for what is in that dictionary
constexpr std::string_view anonymous = "emb_params", any = "*"; // names of tensors that name no word
constexpr int64_t most_tokens = 4096, most_width = 65536;

// The width of the tokens' embeddings tells the text encoder.
const char *family_by_width(int64_t width) {
    const char *family = families::by_token_width(width);
    return family != nullptr ? family : "";
}

// Any word will do for diffusers, and any file may hold one tensor: it has to look like a word in a model's vocabulary.
bool is_word(std::string_view name, const able_view *view) {
    const bool bracketed = name.size() > 2 && name.front() == '<' && name.back() == '>';
    const bool layer = name.ends_with(".weight") || name.ends_with(".bias");
    return bracketed || (!layer && is_vectors(view) && *family_by_width(width_of(*view)) != 0);
}

Layout no_embedding(const char *problem) {
    Layout layout;
    layout.problem = problem;
    return layout;
}

Layout by_name(const able_source &source, Layout layout) {
    for (const char *name : {layout.clip_l, layout.clip_g}) {
        if (name != nullptr && !is_vectors(source.tensor(&source, name))) {
            return no_embedding("\"clip_l\" and \"clip_g\" must be [tokens, width]");
        }
    }
    layout.kind = Layout::Kind::by_name;
    layout.family =
        layout.clip_g != nullptr ? "sdxl" : family_by_width(width_of(*source.tensor(&source, layout.clip_l)));
    const bool both = layout.clip_l != nullptr && layout.clip_g != nullptr;
    if (both &&
        tokens_of(*source.tensor(&source, layout.clip_l)) != tokens_of(*source.tensor(&source, layout.clip_g))) {
        return no_embedding("\"clip_l\" and \"clip_g\" have not as many vectors each; the file is damaged");
    }
    return layout;
}

Layout single(const able_source &source, Layout layout) {
    const able_view *view = source.tensor(&source, layout.vectors);
    if (!is_vectors(view)) {
        return no_embedding("its one tensor is not [width] or [tokens, width], as an embedding's is");
    }
    layout.kind = Layout::Kind::single;
    layout.family = family_by_width(width_of(*view));
    return layout;
}

} // namespace

Layout read_layout(const able_source &source) {
    Layout layout;
    std::vector<const char *> learned, rest;
    for (uint64_t i = 0; const char *name = source.tensor_name(&source, i); ++i) {
        const std::string_view text(name);
        if (text == "clip_l" || text == "clip_g") {
            (text == "clip_l" ? layout.clip_l : layout.clip_g) = name;
        } else if (text.starts_with(parameters)) {
            learned.push_back(name);
        } else {
            rest.push_back(name);
        }
    }
    if (layout.clip_l != nullptr || layout.clip_g != nullptr) {
        layout.others = std::move(learned);
        layout.others.insert(layout.others.end(), rest.begin(), rest.end());
        return by_name(source, std::move(layout));
    }
    if (learned.size() > 1) {
        return no_embedding("it has several words in it; save each as a file of its own");
    }
    if (learned.size() == 1) {
        layout.vectors = learned.front();
        layout.others = std::move(rest);
        return single(source, std::move(layout));
    }
    if (rest.size() != 1) {
        return no_embedding("no embedding: neither AUTOMATIC1111's string_to_param or emb_params, nor diffusers' one "
                            "tensor, nor SDXL's clip_l and clip_g");
    }
    layout.vectors = rest.front();
    if (layout.vectors != anonymous && layout.vectors != any) {
        if (!is_word(layout.vectors, source.tensor(&source, layout.vectors))) {
            return no_embedding("its one tensor is no embedding: neither its name nor its width is one's");
        }
        layout.word = layout.vectors;
    }
    return single(source, std::move(layout));
}

bool is_vectors(const able_view *view) {
    return view != nullptr && (view->ndim == 1 || view->ndim == 2) && tokens_of(*view) >= 1 &&
           tokens_of(*view) <= most_tokens && width_of(*view) >= 1 && width_of(*view) <= most_width;
}

int64_t tokens_of(const able_view &view) {
    return view.ndim == 1 ? 1 : view.shape[0];
}

int64_t width_of(const able_view &view) {
    return view.shape[view.ndim - 1];
}

} // namespace able::textual_inversion
