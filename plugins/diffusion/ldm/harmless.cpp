#include "harmless.h"

#include "ldm_names.h"

#include <algorithm>
#include <array>

namespace able::diffusion {
namespace {

constexpr std::array<std::string_view, 10> starts{
    "model_ema.", // see ema_source.h for files that have nothing else
    "first_stage_model.loss.",
    "first_stage_model.model_ema.",
    "vae.loss.",
    "loss.",
    "optimizer",
    "denoiser.", // Stability's SDXL: the noise levels
    "cond_stage_model.transformer.vision_model.",
    "cond_stage_model.model.visual.",
    "embedding_manager.",
};

// A buffer of normalisation, and the projections of CLIP's text and pictures into one space, which only SDXL's second
// encoder uses.
constexpr std::array<std::string_view, 6> ends{
    "num_batches_tracked",
    "visual_projection.weight",
    "text_encoder.text_projection.weight",
    "cond_stage_model.transformer.text_projection.weight",
    "conditioner.embedders.0.transformer.text_projection.weight",
    "text_encoder.text_model.text_projection.weight",
};

// LDM's DDPM.register_schedule, and what other trainers leave.
constexpr std::array<std::string_view, 19> whole{
    "betas",
    "alphas_cumprod",
    "alphas_cumprod_prev",
    "sqrt_alphas_cumprod",
    "sqrt_one_minus_alphas_cumprod",
    "log_one_minus_alphas_cumprod",
    "sqrt_recip_alphas_cumprod",
    "sqrt_recipm1_alphas_cumprod",
    "posterior_variance",
    "posterior_log_variance_clipped",
    "posterior_mean_coef1",
    "posterior_mean_coef2",
    "logvar",
    "lvlb_weights",
    "scale_factor",
    "global_step",
    "epoch",
    "v_pred",
    "ztsnr",
};

} // namespace

bool is_harmless(std::string_view name) {
    return is_buffer(name) ||
           std::any_of(starts.begin(), starts.end(),
                       [name](std::string_view start) { return name.starts_with(start); }) ||
           std::any_of(ends.begin(), ends.end(), [name](std::string_view end) { return name.ends_with(end); }) ||
           std::find(whole.begin(), whole.end(), name) != whole.end();
}

} // namespace able::diffusion
