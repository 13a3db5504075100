#include "model_abi.h"

#include "inputs.h"
#include "model.h"
#include "torch_guard.h"

#include <ATen/Parallel.h>
#include <ablerefusal/deep_cache.h>
#include <ablerefusal/inpaint.h>

#include <memory>

namespace able::diffusion {
namespace {

Model &of(able_model *model) {
    return *static_cast<Model *>(model->self);
}

// The number of threads belongs to the calling thread, which may be another each time. It is set only where it is not
// yet right: libtorch then makes itself another pool of threads, which wait in a loop beside those that compute.
template <class Body>
able_status run(Model &model, const able_job *job, Body &&body) noexcept {
    return torch_guard(job, [&] {
        if (at::get_num_threads() != model.threads()) {
            at::set_num_threads(model.threads());
        }
        body();
    });
}

able_status set_adapters(able_model *model, uint32_t count, const able_adapter_use *const *uses,
                         const able_job *job) noexcept {
    return run(of(model), job, [&] { of(model).set_adapters({uses, count}, job); });
}

able_status encode_text(able_model *model, const able_text_request *request, const able_job *job,
                        able_conditioning **out) noexcept {
    return run(of(model), job, [&] { *out = of(model).encode_text(*request, job).release(); });
}

void release_conditioning(able_model *, able_conditioning *conditioning) noexcept {
    std::default_delete<able_conditioning>()(conditioning);
}

able_status encode_image(able_model *model, const able_image_request *request, const able_job *job,
                         able_tensor **out) noexcept {
    return run(of(model), job, [&] { *out = of(model).encode_image(*request, job).release(); });
}

able_status denoise(able_model *model, const able_evaluation *evaluation, const able_job *job) noexcept {
    return run(of(model), job, [&] { of(model).denoise(*evaluation, job); });
}

void release_input(able_model *, able_input *input) noexcept {
    std::default_delete<able_input>()(input);
}

able_status make_inpaint(able_model *model, const able_image *image, const float *mask, const able_tensor *noise,
                         const able_job *job, able_input **out) noexcept {
    return run(of(model), job, [&] { *out = of(model).make_inpaint(*image, mask, noise, job).release(); });
}

const able_tensor *channels(able_model *, const able_input *input) noexcept {
    const auto *made = dynamic_cast<const InpaintChannels *>(input);
    return made != nullptr ? made->channels.get() : nullptr;
}

constexpr able_inpaint inpaint{
    .struct_size = sizeof(able_inpaint),
    .make = make_inpaint,
    .release = release_input,
    .channels = channels,
};

uint32_t branch_count(able_model *model) noexcept {
    return of(model).branch_count();
}

able_status make_deep_features(able_model *model, uint32_t branch, const able_job *job, able_input **out) noexcept {
    return run(of(model), job, [&] { *out = of(model).make_deep_features(branch).release(); });
}

constexpr able_deep_cache deep_cache{
    .struct_size = sizeof(able_deep_cache),
    .branch_count = branch_count,
    .make = make_deep_features,
    .release = release_input,
};

able_status decode(able_model *model, const able_tensor *latents, uint32_t index, able_image *image,
                   const able_job *job) noexcept {
    return run(of(model), job, [&] { of(model).decode(*latents, index, *image, job); });
}

able_status preview(able_model *model, const able_tensor *denoised, uint32_t index, able_image *image) noexcept {
    return run(of(model), nullptr, [&] { of(model).preview(*denoised, index, *image); });
}

const able_tensor *conditioning_tensor(able_model *, const able_conditioning *conditioning, const char *name) noexcept {
    if (std::string_view(name) == "context") {
        return &conditioning->context;
    }
    const bool pooled = std::string_view(name) == "pooled" && conditioning->pooled.value.defined();
    return pooled ? &conditioning->pooled : nullptr;
}

able_status memory(able_model *model, uint32_t width, uint32_t height, uint32_t batch, able_memory *out) noexcept {
    return run(of(model), nullptr, [&] { *out = of(model).memory(width, height, batch); });
}

const void *get_extension(able_model *model, const char *id) noexcept {
    if (std::string_view(id) == ABLE_EXTENSION_DEEP_CACHE) {
        return &deep_cache;
    }
    return std::string_view(id) == ABLE_EXTENSION_INPAINT && of(model).inpaints() ? &inpaint : nullptr;
}

void unload(able_model *model) noexcept {
    std::default_delete<Model>()(&of(model));
}

} // namespace

void connect(able_model &abi, Model &model) noexcept {
    abi.self = &model;
    abi.set_adapters = set_adapters;
    abi.encode_text = encode_text;
    abi.release_conditioning = release_conditioning;
    abi.encode_image = encode_image;
    abi.denoise = denoise;
    abi.decode = decode;
    abi.preview = preview;
    abi.conditioning_tensor = conditioning_tensor;
    abi.memory = memory;
    abi.get_extension = get_extension;
    abi.unload = unload;
}

} // namespace able::diffusion
