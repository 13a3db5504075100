// The Stable Diffusion XL pipeline plugin, base model and refiner: Podell et al. 2023, on libtorch.
#include "family_sdxl.h"
#include "load_params.h"
#include "pipeline_plugin.h"
#include "probe.h"

namespace {

const char *const aliases[] = {"xl", "stable-diffusion-xl", "StableDiffusionXLPipeline",
                               "StableDiffusionXLImg2ImgPipeline"};

struct Pipeline {
    static constexpr able_descriptor descriptor{
        .struct_size = sizeof(able_descriptor),
        .flags = 0,
        .id = "sdxl",
        .name = "Stable Diffusion XL",
        .summary =
            "Latent diffusion with two CLIP text encoders, base model or refiner, from a folder or a single file.",
        .url = "https://arxiv.org/abs/2307.01952",
        .aliases = aliases,
        .params = able::diffusion::load_params,
        .alias_count = std::size(aliases),
        .param_count = std::size(able::diffusion::load_params),
    };
    static constexpr const char *plugin_id = "able.sdxl";

    static able_model_probe probe(const able_source *source) { return able::sdxl::probe(source); }
    static able::diffusion::Family family(const able_source *source) { return able::sdxl::family(source); }
};

} // namespace

const able_plugin *able_plugin_v1(void) noexcept {
    return &able::diffusion::PipelinePlugin<Pipeline>::plugin;
}
