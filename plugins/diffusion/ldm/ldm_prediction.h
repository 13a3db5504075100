// Whether a checkpoint in one file predicts the noise or the velocity: no tensor's shape tells.
#pragma once

#include "ldm_layout.h"

namespace able::diffusion {

// By what the file says of itself (`modelspec.prediction_type`, a tensor `v_pred`, `global_step`), and for SD 2, whose
// files say nothing, by its values. `layout` has its UNet, its texts and no problem but what its UNet has.
LdmPrediction find_prediction(const able_source *source, const LdmLayout &layout);

} // namespace able::diffusion
