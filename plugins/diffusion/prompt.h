// What an able_text_request asks for.
#pragma once

#include <ablerefusal/pipeline.h>

#include <cstdint>
#include <string>

namespace able::diffusion {

// The text of all segments. Throws ABLE_UNSUPPORTED if one weighs other than 1.
std::string plain_text(const able_text_request &request);

// Whether it is what the picture should be kept away from.
bool is_negative(const able_text_request &request);

// How many of a text encoder's last layers to leave out: clip_skip - 1, or `usual` where the request leaves it to the
// model. Throws ABLE_INVALID_ARGUMENT if that leaves none of `layers`.
int64_t skipped_layers(const able_text_request &request, int64_t usual, int64_t layers);

} // namespace able::diffusion
