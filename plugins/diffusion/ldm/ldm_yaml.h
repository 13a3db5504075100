// The configuration that lies beside a checkpoint: latent diffusion's own, which AUTOMATIC1111 reads too.
#pragma once

#include "ldm_layout.h"

#include <ablerefusal/source.h>

namespace able::diffusion {

// Takes over what the file's tensors do not tell and "config.yaml" does, all under `model.params`: `parameterization`,
// `linear_start`, `linear_end`, `timesteps`, `scale_factor`, and of `unet_config.params` `num_heads` and
// `num_head_channels`. What cannot be read, or asks for something else than this family of models can do, becomes
// `layout.problem`. Without such a file nothing changes.
void apply_yaml(const able_source *source, LdmLayout &layout);

} // namespace able::diffusion
