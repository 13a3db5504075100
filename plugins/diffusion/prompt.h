// What an able_text_request asks for.
#pragma once

#include "../../text/prompt_chunks.h"

#include <ablerefusal/pipeline.h>

#include <cstdint>
#include <span>
#include <vector>

namespace able::diffusion {

// Segments as the tokenizer takes them; their texts stay where they are. Throws ABLE_INVALID_ARGUMENT for a text that
// is missing or a weight that is no number.
std::vector<text::Piece> pieces_of(std::span<const able_text_segment *const> segments);
inline std::vector<text::Piece> pieces_of(const able_text_request &request) {
    return pieces_of({request.segments, request.segment_count});
}

// Whether there is no text at all.
bool is_empty(const std::vector<text::Piece> &pieces);

// Whether it is what the picture should be kept away from.
bool is_negative(const able_text_request &request);

// How the weights act, ABLE_WEIGHTING_…. Throws ABLE_UNSUPPORTED for one that a later minor has added.
int32_t weighting_of(const able_text_request &request);

// How many of a text encoder's last layers to leave out: clip_skip - 1, or `usual` where the request leaves it to the
// model. Throws ABLE_INVALID_ARGUMENT if that leaves none of `layers`.
int64_t skipped_layers(const able_text_request &request, int64_t usual, int64_t layers);

} // namespace able::diffusion
