// The door of a plugin that offers one pipeline on this library.
#pragma once

#include "diffusers_view.h"
#include "model.h"
#include "torch_guard.h"
#include "vae_choice.h"

#include <ablerefusal/glue.hpp>

#include <string_view>
#include <utility>

namespace able::diffusion {

// `Pipeline` has, as static members (a source is a folder in the diffusers layout, or a checkpoint shown as one):
//   able_descriptor descriptor;                    // a constant
//   const char *plugin_id;                         // "able.sd15"
//   able_probe probe(const able_source *);         // may throw able::Error
//   Family family(const able_source *);            // reads the configs that it needs; may throw able::Error
template <class Pipeline>
class PipelinePlugin {
    static able_status probe(const able_source *source, able_probe *out) noexcept {
        return guard(nullptr, [&] {
            const auto view = diffusers_view(source);
            if (view->problem() != nullptr) {
                *out = make_struct<able_probe>();
                out->why = view->problem();
                return;
            }
            *out = Pipeline::probe(view->abi());
        });
    }

    static able_status load(const able_source *source, const able_load_options *options, const able_job *job,
                            able_model **out) noexcept {
        return torch_guard(job, [&] {
            auto view = diffusers_view(source);
            if (view->problem() != nullptr) {
                throw Error(ABLE_UNSUPPORTED, view->problem());
            }
            Family family = Pipeline::family(view->abi());
            *out = Model::load(std::move(view), std::move(family), *options, job).release()->abi();
        });
    }

    static able_status probe_vae(const able_source *source, able_probe *out) noexcept {
        return guard(nullptr, [&] { *out = diffusion::probe_vae(source); });
    }

    static able_status estimate(const able_source *source, const able_load_options *options, uint32_t width,
                                uint32_t height, uint32_t batch, const able_job *job, able_memory *out) noexcept {
        return torch_guard(job, [&] {
            const auto view = diffusers_view(source);
            if (view->problem() != nullptr) {
                throw Error(ABLE_UNSUPPORTED, view->problem());
            }
            *out = Model::estimate(view->abi(), Pipeline::family(view->abi()), *options, {width, height, batch});
        });
    }

    static constexpr able_pipeline pipeline{
        .struct_size = sizeof(able_pipeline),
        .descriptor = &Pipeline::descriptor,
        .probe = probe,
        .load = load,
        .probe_vae = probe_vae,
        .estimate = estimate,
    };

    static const void *at(uint32_t index) noexcept { return index == 0 ? &pipeline : nullptr; }

    static constexpr able_factory factory{.struct_size = sizeof(able_factory), .count = 1, .at = at};

    static const able_factory *get_factory(const char *factory_id) noexcept {
        return std::string_view(factory_id) == ABLE_FACTORY_PIPELINE ? &factory : nullptr;
    }

public:
    static constexpr able_plugin plugin{
        .struct_size = sizeof(able_plugin),
        .abi_minor = ABLE_ABI_MINOR,
        .min_host_minor = 0,
        .id = Pipeline::plugin_id,
        .name = Pipeline::descriptor.name,
        .version = ABLE_PLUGIN_VERSION,
        .vendor = "AbleRefusal",
        .licence = "MIT",
        .url = nullptr,
        .engine = "libtorch/" ABLE_TORCH_VERSION,
        .get_factory = get_factory,
    };
};

} // namespace able::diffusion
