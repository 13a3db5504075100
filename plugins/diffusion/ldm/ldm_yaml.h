// The configuration that lies beside a checkpoint: latent diffusion's own, which AUTOMATIC1111 reads too.
#pragma once

#include "ldm_layout.h"

#include <ablerefusal/source.h>

namespace able::diffusion {

// Adds to `layout` the settings of "config.yaml" that no tensor shows, all under `model.params`: `parameterization`,
// `linear_start`, `linear_end`, `timesteps`, `scale_factor`, and of `unet_config.params` `num_heads` and
// `num_head_channels`. If the file cannot be read, or asks for something that this family of models cannot do,
// `layout.problem` says so. Without the file nothing changes.
void apply_yaml(const able_source *source, LdmLayout &layout);

} // namespace able::diffusion
