#include "prompt.h"

#include <ablerefusal/glue.hpp>

#include <algorithm>
#include <cmath>
#include <string>

namespace able::diffusion {

std::vector<text::Piece> pieces_of(std::span<const able_text_segment *const> segments) {
    std::vector<text::Piece> pieces;
    for (const able_text_segment *segment : segments) {
        if (segment != nullptr && (segment->flags & ABLE_SEGMENT_BREAK) != 0) {
            pieces.push_back({.text = {}, .weight = 1, .new_chunk = true});
            continue;
        }
        if (segment == nullptr || segment->text == nullptr) {
            throw Error(ABLE_INVALID_ARGUMENT, "a piece of the prompt is missing");
        }
        if (!std::isfinite(segment->weight)) {
            throw Error(ABLE_INVALID_ARGUMENT,
                        "the weight of \"" + std::string(segment->text) + "\" in the prompt is not a number");
        }
        pieces.push_back({.text = segment->text, .weight = segment->weight, .new_chunk = false});
    }
    return pieces;
}

bool is_empty(const std::vector<text::Piece> &pieces) {
    return std::all_of(pieces.begin(), pieces.end(),
                       [](const text::Piece &piece) { return piece.text.empty() && !piece.new_chunk; });
}

bool is_negative(const able_text_request &request) {
    return request.role == ABLE_PROMPT_NEGATIVE;
}

int32_t weighting_of(const able_text_request &request) {
    const int32_t weighting = request.weighting;
    if (weighting != ABLE_WEIGHTING_MEAN && weighting != ABLE_WEIGHTING_EMPTY) {
        throw Error(ABLE_UNSUPPORTED,
                    "the kind of weighting " + std::to_string(weighting) + " is not known to this pipeline");
    }
    return weighting;
}

int64_t skipped_layers(const able_text_request &request, int64_t usual, int64_t layers) {
    if (request.clip_skip == 0) {
        return usual;
    }
    if (request.clip_skip > layers) {
        throw Error(ABLE_INVALID_ARGUMENT, "clip_skip is " + std::to_string(request.clip_skip) +
                                               "; this text encoder has " + std::to_string(layers) + " layers");
    }
    return int64_t{request.clip_skip} - 1;
}

} // namespace able::diffusion
