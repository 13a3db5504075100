// What an able_text_request asks for.
#pragma once

#include "../../text/prompt_chunks.h"

#include <ablerefusal/pipeline.h>

#include <cstdint>
#include <vector>

namespace able::diffusion {

// The segments of the request, whose texts it keeps. Throws ABLE_INVALID_ARGUMENT for a text that is missing or a
// weight that is no number.
std::vector<text::Piece> pieces_of(const able_text_request &request);

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
