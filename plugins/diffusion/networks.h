// The networks of an SD 1.x model, and reading them from its folder.
#pragma once

#include "adapter_merger.h"
#include "clip_text_encoder.h"
#include "clip_tokenizer.h"
#include "noise_schedule.h"
#include "policy.h"
#include "unet.h"
#include "vae.h"

#include <ablerefusal/job.h>
#include <ablerefusal/source.h>

#include <vector>

namespace able::sd15 {

struct Networks {
    diffusion::ClipTokenizer tokenizer;
    diffusion::ClipTextEncoder text;
    diffusion::Unet unet;
    diffusion::VaeConfig vae_config;
    diffusion::VaeEncoder encoder;
    diffusion::VaeDecoder decoder;
    diffusion::NoiseSchedule schedule;
    std::vector<diffusion::Parameter> parameters; // of the UNet and the text encoder
    uint64_t bytes;                               // of all weights in memory
};

// Reads and checks everything. Throws able::Error naming the file, field or tensor that is wrong; ABLE_CANCELLED.
Networks load_networks(const able_source *source, const diffusion::Placement &placement, const able_job *job);

} // namespace able::sd15
