// The Stable Diffusion 1.x pipeline plugin: Rombach et al. 2022, on libtorch.
#include "model.h"
#include "probe.h"
#include "torch_guard.h"

#include <ablerefusal/glue.hpp>

#include <string_view>

namespace {

const char *const aliases[] = {"sd1", "stable-diffusion-1", "StableDiffusionPipeline"};

constexpr able_descriptor descriptor{
    .struct_size = sizeof(able_descriptor),
    .flags = 0,
    .id = "sd15",
    .name = "Stable Diffusion 1.x",
    .summary = "Latent diffusion with one CLIP text encoder, from a folder in the diffusers layout.",
    .url = "https://arxiv.org/abs/2112.10752",
    .aliases = aliases,
    .params = nullptr,
    .alias_count = std::size(aliases),
    .param_count = 0,
};

able_status probe(const able_source *source, able_probe *out) noexcept {
    return able::guard(nullptr, [&] { *out = able::sd15::probe(source); });
}

able_status load(const able_source *source, const able_load_options *options, const able_job *job,
                 able_model **out) noexcept {
    return able::diffusion::torch_guard(
        job, [&] { *out = able::sd15::Model::load(source, *options, job).release()->abi(); });
}

constexpr able_pipeline pipeline{
    .struct_size = sizeof(able_pipeline),
    .descriptor = &descriptor,
    .probe = probe,
    .load = load,
};

const void *at(uint32_t index) noexcept {
    return index == 0 ? &pipeline : nullptr;
}

constexpr able_factory factory{.struct_size = sizeof(able_factory), .count = 1, .at = at};

const able_factory *get_factory(const char *factory_id) noexcept {
    return std::string_view(factory_id) == ABLE_FACTORY_PIPELINE ? &factory : nullptr;
}

constexpr able_plugin plugin{
    .struct_size = sizeof(able_plugin),
    .abi_minor = ABLE_ABI_MINOR,
    .min_host_minor = 0,
    .id = "able.sd15",
    .name = "Stable Diffusion 1.x",
    .version = ABLE_PLUGIN_VERSION,
    .vendor = "AbleRefusal",
    .licence = ABLE_PLUGIN_LICENCE,
    .url = nullptr,
    .engine = "libtorch/" ABLE_TORCH_VERSION,
    .get_factory = get_factory,
};

} // namespace

const able_plugin *able_plugin_v1(void) noexcept {
    return &plugin;
}
