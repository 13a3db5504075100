#include "load_options.h"

namespace able::worker {

config::Inference inference_of(const protocol::ProbeSettings &settings) {
    config::Inference inference;
    inference.device = settings.device;
    inference.dtype = settings.dtype;
    inference.vae_tiling = settings.vae_tiling;
    return inference;
}

plugins::LoadRequest load_request(const config::Inference &settings, const able_source *source,
                                  const able_source *vae) {
    plugins::LoadRequest request;
    request.components.push_back({ABLE_ROLE_MODEL, source});
    if (vae != nullptr) {
        request.components.push_back({ABLE_ROLE_VAE, vae});
    }
    request.threads = settings.threads;
    request.device = settings.device;
    request.dtype = settings.dtype;
    request.tiling = settings.vae_tiling == "on"    ? ABLE_TILING_ON
                     : settings.vae_tiling == "off" ? ABLE_TILING_OFF
                                                    : ABLE_TILING_AUTO;
    return request;
}

} // namespace able::worker
