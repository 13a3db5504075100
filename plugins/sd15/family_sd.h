// What sets Stable Diffusion 1.x and 2.x apart: one CLIP text encoder, read after its final norm. What 2.x changed is
// in the configs: another text encoder, linear projections, v-prediction.
#pragma once

#include "family.h"

#include <ablerefusal/source.h>

namespace able::sd15 {

// Throws able::Error if unet/config.json asks for another family.
diffusion::Family family(const able_source *source);

} // namespace able::sd15
