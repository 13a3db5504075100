// What stays around the part of a picture that is painted anew, as a run of a sampler needs it.
#pragma once

#include "host/plugins/calls/calls.h"

#include <optional>

namespace able::worker {

struct InpaintLatents {
    // The picture's latents, and [1, 1, h, w]: 1 where they are painted anew, 0 where they are kept. Both empty where a
    // run keeps nothing.
    plugins::Tensor original, mask;
    // What an inpainting model is shown beside the latents; nothing for any other model.
    std::optional<plugins::Input> inpainting;
};

} // namespace able::worker
