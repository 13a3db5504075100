// Is this source a Stable Diffusion 1.x or 2.x model? Told by its tensors, never by its name.
#pragma once

#include <ablerefusal/pipeline.h>

namespace able::sd15 {

// A score, the variant ("base", "inpaint") and why. Strings are constant. Needs `source` to be valid and throws nothing
// but what reading a config may.
able_model_probe probe(const able_source *source);

} // namespace able::sd15
