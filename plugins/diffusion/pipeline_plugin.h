// The door of a plugin that offers one pipeline on this library.
#pragma once

#include "diffusers_view.h"
#include "model.h"
#include "tokenize.h"
#include "torch_guard.h"
#include "vae_choice.h"

#include <ablerefusal/glue.hpp>
#include <ablerefusal/one_object.hpp>

#include <utility>

namespace able::diffusion {

// `Pipeline` has, as static members (a source is a folder in the diffusers layout, or a checkpoint shown as one):
//   able_descriptor descriptor;                    // a constant
//   const char *plugin_id;                         // "able.sd15"
//   able_model_probe probe(const able_source *);   // may throw able::Error
//   Family family(const able_source *);            // reads the configs that it needs; may throw able::Error
template <class Pipeline>
class PipelinePlugin {
    // A source of the right kind, or an autoencoder alone, whose verdict stands where the pipeline has none.
    static able_status probe(const able_source *source, able_model_probe *out) noexcept {
        return guard(nullptr, [&] {
            const auto view = diffusers_view(source);
            auto result = make_struct<able_model_probe>();
            if (view->problem() != nullptr) {
                result.why = view->problem();
            } else {
                result = Pipeline::probe(view->abi());
            }
            if (result.score == 0) {
                const able_model_probe vae = probe_vae(source);
                if (vae.kind == ABLE_PROBE_COMPONENT) {
                    result = vae;
                }
            }
            *out = result;
        });
    }

    // The model's own files. Throws able::Error where they cannot be shown as a folder.
    static std::unique_ptr<DiffusersView> model_view(const able_component *const *components, uint32_t count) {
        if (count == 0 || std::string_view(components[0]->role) != ABLE_ROLE_MODEL) {
            throw Error(ABLE_INVALID_ARGUMENT, "the first component must be the model");
        }
        auto view = diffusers_view(components[0]->source);
        if (view->problem() != nullptr) {
            throw Error(ABLE_UNSUPPORTED, view->problem());
        }
        return view;
    }

    static able_status load(const able_load_request *request, const able_job *job, able_model **out) noexcept {
        return torch_guard(job, [&] {
            auto view = model_view(request->components, request->component_count);
            Family family = Pipeline::family(view->abi());
            *out = Model::load(std::move(view), std::move(family), *request, job).release()->abi();
        });
    }

    static able_status estimate(const able_load_request *request, uint32_t width, uint32_t height, uint32_t batch,
                                const able_job *job, able_memory *out) noexcept {
        return torch_guard(job, [&] {
            const auto view = model_view(request->components, request->component_count);
            *out = Model::estimate(view->abi(), Pipeline::family(view->abi()), *request, {width, height, batch});
        });
    }

    static able_status check(const able_load_request *request, const able_job *job) noexcept {
        return torch_guard(job, [&] {
            if (request->component_count == 1 && std::string_view(request->components[0]->role) == ABLE_ROLE_VAE) {
                const auto view = chosen_vae(*request);
                refuse_unread(view->unused(check_autoencoder(view->abi(), job)));
                return;
            }
            const auto view = model_view(request->components, request->component_count);
            Model::check(*view, Pipeline::family(view->abi()), *request, job);
        });
    }

    static able_status tokenize(const able_token_request *request, const able_job *job) noexcept {
        return guard(job, [&] {
            const auto view = model_view(request->components, request->component_count);
            diffusion::tokenize(view->abi(), Pipeline::family(view->abi()).texts, *request);
        });
    }

    static constexpr able_pipeline pipeline{
        .struct_size = sizeof(able_pipeline),
        .descriptor = &Pipeline::descriptor,
        .probe = probe,
        .load = load,
        .estimate = estimate,
        .tokenize = tokenize,
        .check = check,
    };

public:
    static constexpr able_plugin plugin = OneObject<pipeline>::plugin(
        Pipeline::plugin_id, ABLE_PLUGIN_VERSION, "AbleRefusal", "MIT", "libtorch/" ABLE_TORCH_VERSION);
};

} // namespace able::diffusion
