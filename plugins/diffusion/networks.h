// The networks of a model, and reading them from its folder.
#pragma once

#include "adapter_merger.h"
#include "noise_schedule.h"
#include "policy.h"
#include "text_stage.h"
#include "unet.h"
#include "vae.h"

#include <ablerefusal/job.h>
#include <ablerefusal/source.h>

#include <vector>

namespace able::diffusion {

struct Networks {
    std::vector<TextStage> texts;
    Unet unet;
    VaeConfig vae_config;
    VaeEncoder encoder;
    VaeDecoder decoder;
    NoiseSchedule schedule;
    std::vector<Parameter> parameters; // of the UNet and the text encoders
    uint64_t bytes;                    // of all weights in memory
};

// Reads and checks everything. `vae` is an autoencoder to take in place of the source's own, or null. Throws
// able::Error naming the file, field or tensor that is wrong; ABLE_CANCELLED.
Networks load_networks(const able_source *source, const able_source *vae, const std::vector<TextFolders> &texts,
                       const Placement &placement, const able_job *job);

} // namespace able::diffusion
