/* ablerefusal/evaluation.h: one evaluation of a model, with everything that goes into it.
 *
 * There is one way to evaluate a model, able_model.denoise. What a network is shown beside latents and prompts (the hole
 * to be filled, deep features of an earlier evaluation, a control picture, a reference) is an *input*: opaque, made and
 * released through the extension that knows its kind, and given to as many evaluations as it is good for. Extensions make
 * inputs; they do not add ways to call. */
#ifndef ABLEREFUSAL_EVALUATION_H
#define ABLEREFUSAL_EVALUATION_H

#include "param.h"
#include "tensor.h"

ABLE_C_BEGIN

struct able_model;

typedef struct able_conditioning able_conditioning; /* an encoded prompt; opaque, made by a model */
typedef struct able_input able_input;               /* opaque, made by an extension of a model */

#define ABLE_ALL_CONDITIONINGS UINT32_MAX

/* An input in its place in an evaluation. */
typedef struct able_input_use {
    uint32_t struct_size;
    uint32_t conditioning; /* the number of the one that it goes with, or ABLE_ALL_CONDITIONINGS */
    able_input *input;
    int32_t mode;    /* 0, or one of its extension's */
    double strength; /* 1: as it was made. Where its extension says nothing of strengths, 1 */
} able_input_use;

typedef struct able_evaluation {
    uint32_t struct_size;
    uint32_t count;       /* of conditionings and of outs, at least 1 */
    const able_tensor *x; /* [batch, latent_channels, h, w] at `sigma`, in the form that model_info.h describes */
    double sigma;         /* above 0 */
    const able_conditioning *const *conditionings;
    able_tensor *const *outs; /* like x, none of them x: outs[k] becomes D(x, sigma) under conditionings[k] */
    /* The inputs, in no particular order. A model takes any set of what its info names, and fails for any other, naming
     * what it got. */
    const able_input_use *const *inputs;
    uint32_t input_count;
    const able_params *params; /* the pipeline's, for this job */
} able_evaluation;

ABLE_C_END

#endif
