// The Stable Diffusion 1.x and 2.x pipeline plugin: Rombach et al. 2022, on libtorch.
#include "family_sd.h"
#include "load_params.h"
#include "pipeline_plugin.h"
#include "probe.h"

namespace {

const char *const aliases[] = {"sd1", "sd2", "stable-diffusion-1", "stable-diffusion-2", "StableDiffusionPipeline"};

struct Pipeline {
    static constexpr able_descriptor descriptor{
        .struct_size = sizeof(able_descriptor),
        .flags = 0,
        .id = "sd15",
        .name = "Stable Diffusion 1.x and 2.x",
        .summary = "Latent diffusion with one CLIP text encoder, from a folder or a single file.",
        .url = "https://arxiv.org/abs/2112.10752",
        .aliases = aliases,
        .params = able::diffusion::load_params,
        .alias_count = std::size(aliases),
        .param_count = std::size(able::diffusion::load_params),
    };
    static constexpr const char *plugin_id = "able.sd15";

    static able_model_probe probe(const able_source *source) { return able::sd15::probe(source); }
    static able::diffusion::Family family(const able_source *source) { return able::sd15::family(source); }
};

} // namespace

const able_plugin *able_plugin_v1(void) noexcept {
    return &able::diffusion::PipelinePlugin<Pipeline>::plugin;
}
