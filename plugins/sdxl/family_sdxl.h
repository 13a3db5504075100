// What sets Stable Diffusion XL apart: the hidden states of two text encoders side by side, the second one's pooled
// prompt, and the picture's size. The refiner has the second encoder alone, and a score for the picture's beauty.
#pragma once

#include "family.h"

#include <ablerefusal/source.h>

namespace able::sdxl {

// Throws able::Error if the configs ask for another family.
diffusion::Family family(const able_source *source);

} // namespace able::sdxl
