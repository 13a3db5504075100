// What a model and a job take of the memory, told from configs and shapes.
#pragma once

#include "policy.h"
#include "text_stage.h"
#include "unet_config.h"
#include "vae_config.h"

#include <ablerefusal/pipeline.h>
#include <ablerefusal/source.h>

#include <cstdint>
#include <vector>

namespace able::diffusion {

// How the autoencoder goes through a picture: ABLE_TILING_….
class VaeTiling {
public:
    // Throws ABLE_INVALID_ARGUMENT for a value that the ABI does not have.
    VaeTiling(const able_load_request &request, DeviceKind device);

    // Whether a picture of so many pixels is decoded and encoded in strips.
    bool in_strips(const VaeConfig &vae, uint64_t pixels) const;

private:
    int32_t mode_ = ABLE_TILING_AUTO;
    DeviceKind device_ = DeviceKind::cpu;
};

struct PictureSize {
    uint64_t width = 0, height = 0; // pixels
    uint64_t batch = 0;             // samples of one evaluation of the UNet
};

// What a job adds in each of its phases, `resident` left out; nothing for a picture of none.
able_memory working_memory(const UnetConfig &unet, const VaeConfig &vae, const VaeTiling &tiling,
                           const Placement &placement, const PictureSize &size);

// Bytes of the weights once they are loaded. `vae` is the source of the autoencoder: `source` itself, or another.
uint64_t weight_bytes(const able_source *source, const able_source *vae, const std::vector<TextFolders> &texts,
                      const Placement &placement);

} // namespace able::diffusion
