/* ablerefusal/model_info.h: what schedules, samplers and the host need to know of a loaded model.
 *
 * Noise levels. Latents are in the variance-exploding form everywhere in this ABI: x = clean + sigma * noise, and a model
 * answers with D(x, sigma), its estimate of the clean latents. A model whose network was trained in another form converts
 * on the way in and out, inside its evaluation:
 *
 *   variance preserving   sigma = sqrt((1 - ac) / ac), with ac the cumulative product of 1 - beta; the network sees
 *                         x / sqrt(1 + sigma^2)
 *   rectified flow        y = (1 - t) * clean + t * noise is (1 - t) * x, with sigma = t / (1 - t) and
 *                         t = sigma / (1 + sigma). From the velocity v = noise - clean that the network predicts,
 *                         D = (x - sigma * v) / (1 + sigma)
 *
 * An Euler step in x over sigma is then the Euler step in y over t, exactly, and so is every higher-order step's idea of
 * D. A sampler that adds noise adds it to x: x + s * noise is the level sqrt(sigma^2 + s^2), for a flow too.
 *
 * A flow starts at t = 1, which is no finite sigma. It is cut off: sigma_max = 1e4 (t = 0.9999) is the best value in
 * fp32. Against a start at t = 1 the latents then differ by 4e-5; with 1e3 by 3e-4, for the part of the way that is
 * missing, and with 1e6 by 2e-3, for what fp32 loses of `clean` beside the noise. */
#ifndef ABLEREFUSAL_MODEL_INFO_H
#define ABLEREFUSAL_MODEL_INFO_H

#include "abi.h"
#include "prompt.h"

#include <math.h>

ABLE_C_BEGIN

enum {
    ABLE_PREDICTION_EPSILON = 1, /* the network predicts the noise */
    ABLE_PREDICTION_V = 2,       /* v = alpha * noise - sigma * clean (Salimans & Ho 2022) */
    ABLE_PREDICTION_SAMPLE = 3,  /* the clean latents themselves */
    ABLE_PREDICTION_FLOW = 4     /* the velocity noise - clean of a rectified flow (Liu et al. 2022) */
};

#define ABLE_FLOW_SIGMA_MAX 1e4

/* How timesteps lie among the noise levels. Timesteps are real numbers from 0, the lowest level. */
enum {
    /* `sigmas` has a level for each whole timestep; between two of them log sigma is linear. As k-diffusion's
     * DiscreteSchedule. */
    ABLE_LEVELS_TABLE = 1,
    /* A rectified flow: timestep k of ABLE_TIMESTEPS is u = (k + 1) / ABLE_TIMESTEPS, and sigma = shift * u / (1 - u). In
     * t that is the usual shift, t = shift * u / (1 + (shift - 1) * u) (Esser et al. 2024, eq. 23). The last timestep is
     * sigma_max, which lies above (ABLE_TIMESTEPS - 1) * shift, the one before it. */
    ABLE_LEVELS_FLOW = 2,
    /* log sigma is linear in the timestep over the whole range. As EDM's (Karras et al. 2022). */
    ABLE_LEVELS_LOGARITHMIC = 3
};

#define ABLE_TIMESTEPS 1000 /* of levels without a table */

typedef struct able_noise_levels {
    uint32_t struct_size;
    int32_t kind;         /* ABLE_LEVELS_… */
    const double *sigmas; /* of a table: ascending, above 0; otherwise NULL */
    uint32_t sigma_count; /* of a table: at least 2; otherwise 0 */
    double sigma_min, sigma_max;
    double shift; /* of a flow, 1: none; otherwise 1 */
} able_noise_levels;

/* Constant while the model is loaded. */
typedef struct able_model_info {
    uint32_t struct_size;
    int32_t prediction;  /* ABLE_PREDICTION_… */
    const char *family;  /* "sd1", "sd2", "sdxl", …: adapters are made for one */
    const char *variant; /* "base", "inpaint", … */
    const able_noise_levels *levels;
    const able_prompt_support *prompt; /* what it honours of a prompt; NULL: plain text and nothing else */
    /* Ids of the extensions whose inputs an evaluation takes (evaluation.h). Any set of them may be given together. */
    const char *const *inputs;
    uint32_t input_count;
    uint32_t latent_channels;
    uint32_t scale_factor; /* pixels per latent, each way */
    uint32_t default_width, default_height;
    uint32_t size_multiple; /* width and height must be multiples of this many pixels */
} able_model_info;

/* The highest timestep. */
static inline double able_last_timestep(const able_noise_levels *levels) {
    return (double)((levels->kind == ABLE_LEVELS_TABLE ? levels->sigma_count : ABLE_TIMESTEPS) - 1U);
}

/* The noise level at a timestep. Clamps to the ends. */
static inline double able_timestep_to_sigma(const able_noise_levels *levels, double timestep) {
    const double clamped = fmin(fmax(timestep, 0.0), able_last_timestep(levels));
    if (levels->kind == ABLE_LEVELS_FLOW) {
        const double u = (clamped + 1.0) / ABLE_TIMESTEPS;
        return u < 1.0 ? fmin(levels->shift * u / (1.0 - u), levels->sigma_max) : levels->sigma_max;
    }
    if (levels->kind == ABLE_LEVELS_LOGARITHMIC) {
        const double part = clamped / able_last_timestep(levels);
        return exp((1.0 - part) * log(levels->sigma_min) + part * log(levels->sigma_max));
    }
    {
        const double low = floor(clamped);
        const double weight = clamped - low;
        const double log_low = log(levels->sigmas[(uint32_t)low]);
        const double log_high = log(levels->sigmas[(uint32_t)ceil(clamped)]);
        return exp((1.0 - weight) * log_low + weight * log_high);
    }
}

/* The timestep, fractional, of a noise level: the inverse, clamped likewise. */
static inline double able_sigma_to_timestep(const able_noise_levels *levels, double sigma) {
    const double last = able_last_timestep(levels);
    uint32_t low = 0;
    uint32_t high = levels->sigma_count - 1;
    if (levels->kind == ABLE_LEVELS_FLOW) {
        const double timestep = ABLE_TIMESTEPS * (sigma / (levels->shift + sigma)) - 1.0;
        return fmin(fmax(timestep, 0.0), last);
    }
    if (levels->kind == ABLE_LEVELS_LOGARITHMIC) {
        const double log_min = log(levels->sigma_min);
        const double part = (log(sigma) - log_min) / (log(levels->sigma_max) - log_min);
        return fmin(fmax(part, 0.0), 1.0) * last;
    }
    if (!(sigma > levels->sigmas[0])) {
        return 0.0;
    }
    if (sigma >= levels->sigmas[high]) {
        return last;
    }
    while (high - low > 1) { /* sigmas[low] <= sigma < sigmas[high] throughout */
        const uint32_t middle = low + (high - low) / 2;
        if (levels->sigmas[middle] <= sigma) {
            low = middle;
        } else {
            high = middle;
        }
    }
    {
        const double log_low = log(levels->sigmas[low]);
        const double log_high = log(levels->sigmas[high]);
        return low + (log(sigma) - log_low) / (log_high - log_low);
    }
}

ABLE_C_END

#endif
