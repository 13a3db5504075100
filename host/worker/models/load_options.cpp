#include "load_options.h"

#include <ablerefusal/glue.hpp>

namespace able::worker {

able_load_options load_options(const config::Inference &settings, const able_source *vae) {
    auto options = make_struct<able_load_options>();
    options.threads = settings.threads;
    options.device = settings.device.c_str();
    options.dtype = settings.dtype.c_str();
    options.vae = vae;
    options.vae_tiling = settings.vae_tiling == "on"    ? ABLE_TILING_ON
                         : settings.vae_tiling == "off" ? ABLE_TILING_OFF
                                                        : ABLE_TILING_AUTO;
    return options;
}

} // namespace able::worker
