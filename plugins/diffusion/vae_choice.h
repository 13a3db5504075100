// An autoencoder from elsewhere in place of a model's own.
#pragma once

#include "diffusers_view.h"
#include "vae_config.h"

#include <ablerefusal/pipeline.h>

#include <memory>

namespace able::diffusion {

// Whether this source is an autoencoder and nothing else, by its tensors: ABLE_PROBE_COMPONENT that fills the role of
// the autoencoder, with a score if its latents have four channels; else ABLE_PROBE_OTHER. The tensors do not show which
// family it was trained for.
able_model_probe probe_vae(const able_source *source);

// The autoencoder that the request names, in the diffusers layout; null if it names none. Throws ABLE_UNSUPPORTED for
// a source that is none, and for a component in any other role.
std::unique_ptr<DiffusersView> chosen_vae(const able_load_request &request);

// Whether the source has one of its own.
bool has_autoencoder(const able_source *source);

// vae/config.json of `vae`, or of `source` where that is null. The scale of the latents is the model's own, which its
// UNet was trained on: a file that states another, makes latents of other channels, or of another size, is of another
// family and refused with ABLE_UNSUPPORTED.
VaeConfig choose_vae_config(const able_source *source, const able_source *vae);

} // namespace able::diffusion
