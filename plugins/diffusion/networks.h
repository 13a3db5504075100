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

#include <optional>
#include <string>
#include <vector>

namespace able::diffusion {

struct Networks {
    std::vector<TextStage> texts;
    Unet unet;
    VaeConfig vae_config;
    std::optional<VaeEncoder> encoder; // none where the autoencoder has a decoder alone
    VaeDecoder decoder;
    NoiseSchedule schedule;
    std::vector<Parameter> parameters; // of the UNet and the text encoders
    uint64_t bytes;                    // of all weights in memory
    // Tensors that no network has and that are not harmless: of the model, and of another autoencoder.
    std::vector<std::string> unread, unread_vae;
};

// Reads and checks everything. `vae` is an autoencoder to take in place of the source's own, or null. Throws
// able::Error naming the file, field or tensor that is wrong; ABLE_CANCELLED.
Networks load_networks(const able_source *source, const able_source *vae, const std::vector<TextFolders> &texts,
                       const Placement &placement, const able_job *job);

// Throws what load_networks() would throw, and returns the tensors that it would leave unread; reads no values. A
// source without an autoencoder is accepted. Tensors of `vae` are those of check_autoencoder().
std::vector<std::string> check_networks(const able_source *source, const able_source *vae,
                                        const std::vector<TextFolders> &texts, const able_job *job);
// The same for an autoencoder alone.
std::vector<std::string> check_autoencoder(const able_source *source, const able_job *job);

// Throws able::Error naming the tensors in `unread`, if there are any.
void refuse_unread(const std::vector<std::string> &unread);

} // namespace able::diffusion
