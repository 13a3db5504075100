#include "model_abi.h"

#include "model.h"
#include "torch_guard.h"

#include <ATen/Parallel.h>
#include <ablerefusal/deep_cache.h>
#include <ablerefusal/inpaint.h>

#include <algorithm>
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

able_status encode_image(able_model *model, const able_image *image, const able_tensor *noise, const able_job *job,
                         able_tensor **out) noexcept {
    return run(of(model), job, [&] { *out = of(model).encode_image(*image, noise, job).release(); });
}

able_status denoise_with(able_model *model, const able_tensor *x, double sigma, uint32_t count,
                         const able_conditioning *const *conditionings, const able_tensor *channels,
                         able_tensor *const *outs, const able_job *job) noexcept {
    return run(of(model), job, [&] {
        if (count == 0) {
            throw Error(ABLE_INVALID_ARGUMENT, "nothing to denoise under");
        }
        of(model).denoise(*x, sigma, {conditionings, count}, channels, {outs, count}, job);
    });
}

able_status denoise(able_model *model, const able_tensor *x, double sigma, uint32_t count,
                    const able_conditioning *const *conditionings, able_tensor *const *outs,
                    const able_job *job) noexcept {
    return denoise_with(model, x, sigma, count, conditionings, nullptr, outs, job);
}

able_status encode_inpaint(able_model *model, const able_image *image, const float *mask, const able_tensor *noise,
                           const able_job *job, able_tensor **out) noexcept {
    return run(of(model), job, [&] { *out = of(model).encode_inpaint(*image, mask, noise, job).release(); });
}

constexpr able_inpaint inpaint{
    .struct_size = sizeof(able_inpaint),
    .encode = encode_inpaint,
    .denoise = denoise_with,
};

uint32_t branch_count(able_model *model) noexcept {
    return of(model).branch_count();
}

able_status make_deep_features(able_model *model, uint32_t branch, const able_job *job,
                               able_deep_features **out) noexcept {
    return run(of(model), job, [&] { *out = of(model).make_deep_features(branch).release(); });
}

void release_deep_features(able_model *, able_deep_features *features) noexcept {
    std::default_delete<able_deep_features>()(features);
}

able_status denoise_deep(able_model *model, const able_tensor *x, double sigma, uint32_t count,
                         const able_conditioning *const *conditionings, const able_tensor *channels,
                         able_deep_features *const *features, int32_t reuse, able_tensor *const *outs,
                         const able_job *job) noexcept {
    return run(of(model), job, [&] {
        if (count == 0) {
            throw Error(ABLE_INVALID_ARGUMENT, "nothing to denoise under");
        }
        of(model).denoise(*x, sigma, {conditionings, count}, channels, {outs, count}, job,
                          {{features, count}, reuse != 0});
    });
}

constexpr able_deep_cache deep_cache{
    .struct_size = sizeof(able_deep_cache),
    .branch_count = branch_count,
    .make = make_deep_features,
    .release = release_deep_features,
    .denoise = denoise_deep,
};

able_status decode(able_model *model, const able_tensor *latents, uint32_t index, able_image *image,
                   const able_job *job) noexcept {
    return run(of(model), job, [&] { of(model).decode(*latents, index, *image, job); });
}

able_status preview(able_model *model, const able_tensor *denoised, uint32_t index, able_image *image) noexcept {
    return run(of(model), nullptr, [&] { of(model).preview(*denoised, index, *image); });
}

able_status tokenize(able_model *model, uint32_t encoder, const char *text, uint32_t capacity, uint32_t *ids,
                     uint32_t *count) noexcept {
    return run(of(model), nullptr, [&] {
        const std::vector<uint32_t> row = of(model).tokenize(encoder, text);
        std::copy_n(row.begin(), std::min<size_t>(row.size(), capacity), ids);
        *count = static_cast<uint32_t>(row.size());
    });
}

const able_tensor *conditioning_tensor(able_model *, const able_conditioning *conditioning, const char *name) noexcept {
    if (std::string_view(name) == "context") {
        return &conditioning->context;
    }
    const bool pooled = std::string_view(name) == "pooled" && conditioning->pooled.value.defined();
    return pooled ? &conditioning->pooled : nullptr;
}

uint64_t memory(able_model *model, uint32_t width, uint32_t height, uint32_t batch) noexcept {
    return of(model).memory(width, height, batch);
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
    abi.tokenize = tokenize;
    abi.conditioning_tensor = conditioning_tensor;
    abi.memory = memory;
    abi.get_extension = get_extension;
    abi.unload = unload;
}

} // namespace able::diffusion
