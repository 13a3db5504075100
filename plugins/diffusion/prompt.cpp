#include "prompt.h"

#include <ablerefusal/glue.hpp>

namespace able::diffusion {

std::string plain_text(const able_text_request &request) {
    std::string text;
    for (uint32_t i = 0; i < request.segment_count; ++i) {
        const able_text_segment *segment = request.segments[i];
        if (segment == nullptr || segment->text == nullptr) {
            throw Error(ABLE_INVALID_ARGUMENT, "a piece of the prompt is missing");
        }
        if (segment->weight != 1.0) {
            throw Error(ABLE_UNSUPPORTED, "the prompt weighs \"" + std::string(segment->text) +
                                              "\"; this pipeline does not support weights other than 1");
        }
        text += segment->text;
    }
    return text;
}

bool is_negative(const able_text_request &request) {
    return ABLE_HAS(&request, role) && request.role == ABLE_PROMPT_NEGATIVE;
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
