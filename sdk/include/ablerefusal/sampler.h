/* ablerefusal/sampler.h: how noise becomes an image.
 *
 * A sampler walks a falling sequence of noise levels and asks the model, at each, for its estimate of the clean
 * latents. It owns the whole loop and nothing else: guidance, masks, prompt schedules and previews are the host's. */
#ifndef ABLEREFUSAL_SAMPLER_H
#define ABLEREFUSAL_SAMPLER_H

#include "job.h"
#include "model_info.h"
#include "param.h"
#include "tensor.h"

ABLE_C_BEGIN

#define ABLE_FACTORY_SAMPLER "able.sampler/1"

/* One run, made by the host. Latents are in the variance-exploding form: x = clean + sigma * noise. */
typedef struct able_sampling {
    uint32_t struct_size;
    uint32_t steps;       /* intervals to walk; sigmas holds steps + 1 values */
    const double *sigmas; /* falling; the last is usually 0 */
    able_tensor *x;       /* in: latents at sigmas[0]; out: latents at sigmas[steps] */
    const able_params *params;
    const able_model_info *info;
    const able_noise_levels *levels; /* of the model, for this picture */
    const able_job *job;
    /* Tensors made through these belong to the run: what a sampler forgets to release goes with it. */
    const able_ops *ops;
    void *host;

    /* out = D(x, sigma), the estimate of the clean latents, guidance applied. `out` must not be x. [job] */
    able_status (*denoise)(const struct able_sampling *s, const able_tensor *x, double sigma, able_tensor *out)
        ABLE_NOEXCEPT;
    /* The same, and the unconditional estimate beside it, for CFG++ and its kin. [job] */
    able_status (*denoise_pair)(const struct able_sampling *s, const able_tensor *x, double sigma, able_tensor *out,
                                able_tensor *unconditional) ABLE_NOEXCEPT;
    /* out = unit normal noise for the passage from sigma_from to sigma_to. The same seed gives the same noise on every
     * device and for every batch size. Each draw is new, unless the sampler has ABLE_FLAG_BROWNIAN: then it is
     * (W(sigma_to) - W(sigma_from)) / sqrt(|sigma_to - sigma_from|) of one path W, so that passages which overlap agree.
     * [job] */
    able_status (*noise)(const struct able_sampling *s, able_tensor *out, double sigma_from, double sigma_to)
        ABLE_NOEXCEPT;
    /* Tells the host that step `index` (from 0) is done: progress, previews, cancellation. Call it once a step and
     * return what it returns unless that is ABLE_OK. [job] */
    able_status (*step)(const struct able_sampling *s, uint32_t index, const able_tensor *x,
                        const able_tensor *denoised) ABLE_NOEXCEPT;
} able_sampling;

typedef struct able_sampler {
    uint32_t struct_size;
    const able_descriptor *descriptor;
    /* Id of the schedule to use where neither the request nor the model names one. */
    const char *default_schedule;

    /* Model evaluations that `steps` steps will cost; drives progress and the time estimate. [any-thread] */
    uint32_t (*evaluations)(uint32_t steps) ABLE_NOEXCEPT;

    /* Turns s->x, latents at s->sigmas[0], into latents at s->sigmas[s->steps].
     * Returns the first failing call's status unchanged, ABLE_CANCELLED among them. [job] */
    able_status (*sample)(const able_sampling *s) ABLE_NOEXCEPT;
} able_sampler;

/* The two combinations that nearly every sampler is made of. */

/* out = a * x + b * y */
static inline able_status able_combine(const able_sampling *s, able_tensor *out, double a, const able_tensor *x,
                                       double b, const able_tensor *y) {
    const double coefficients[2] = {a, b};
    const able_tensor *in[2];
    in[0] = x;
    in[1] = y;
    return s->ops->lincomb(s->ops, out, 2, coefficients, in);
}

/* out = ratio * x + (1 - ratio) * denoised: the exact step from sigma to ratio * sigma while D stays what it is. */
static inline able_status able_lerp(const able_sampling *s, able_tensor *out, double ratio, const able_tensor *x,
                                    const able_tensor *denoised) {
    return able_combine(s, out, ratio, x, 1.0 - ratio, denoised);
}

/* Fails the run for want of memory. */
static inline able_status able_out_of_memory(const able_sampling *s) {
    return s->job->fail(s->job, ABLE_OUT_OF_MEMORY, "no memory for the sampler's latents; try a smaller image");
}

ABLE_C_END

#endif
