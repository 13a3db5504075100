// Is this source a Stable Diffusion XL model? Told by its tensors, never by its name.
#pragma once

#include <ablerefusal/pipeline.h>

namespace able::sdxl {

// A score, the variant ("base", "refiner", "inpaint") and why. Strings are constant. Needs `source` to be valid and
// throws nothing but what reading a config may.
able_model_probe probe(const able_source *source);

} // namespace able::sdxl
