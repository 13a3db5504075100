/* ablerefusal/model_info.h: what schedules, samplers and the host need to know of a loaded model. */
#ifndef ABLEREFUSAL_MODEL_INFO_H
#define ABLEREFUSAL_MODEL_INFO_H

#include "abi.h"

ABLE_C_BEGIN

enum {
    ABLE_PREDICTION_EPSILON = 1, /* the network predicts the noise */
    ABLE_PREDICTION_V = 2,       /* v = alpha * noise - sigma * clean (Salimans & Ho 2022) */
    ABLE_PREDICTION_SAMPLE = 3,  /* the clean latents themselves */
    ABLE_PREDICTION_FLOW = 4     /* rectified flow */
};

typedef struct able_model_info {
    uint32_t struct_size;
    int32_t prediction;
    const char *family;  /* "sd1", "sd2", "sdxl", … */
    const char *variant; /* "base", "inpaint", … */
    /* Training noise levels, ascending: sigmas[t] = sqrt((1 - ac[t]) / ac[t]) at timestep t. */
    const double *sigmas;
    uint32_t sigma_count;
    double sigma_min, sigma_max;
    uint32_t latent_channels;
    uint32_t scale_factor; /* pixels per latent, each way */
    uint32_t default_width, default_height;
    uint32_t size_multiple; /* width and height must be multiples of this many pixels */
} able_model_info;

ABLE_C_END

#endif
