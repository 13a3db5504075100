/* ablerefusal/param.h: how a plugin describes itself and its parameters.
 *
 * One declaration gives the REST validation, the OpenAPI schema, the UI's form and the image's metadata. The host
 * checks every value before a plugin sees it: in range, of the right type, defaults filled in. A plugin never sees
 * JSON. */
#ifndef ABLEREFUSAL_PARAM_H
#define ABLEREFUSAL_PARAM_H

#include "abi.h"

ABLE_C_BEGIN

typedef int32_t able_param_type;

enum {
    ABLE_PARAM_BOOL = 1,
    ABLE_PARAM_INT = 2,
    ABLE_PARAM_FLOAT = 3,
    ABLE_PARAM_ENUM = 4, /* one of `choices` */
    ABLE_PARAM_STRING = 5
};

enum {
    /* Of a pipeline: goes to able_pipeline.load (how to quantise, say), and another value loads the model anew. Without
     * it a pipeline's parameter goes to each prompt's encoding, to the noise levels and to each evaluation. */
    ABLE_PARAM_AT_LOAD = 1u << 0
};

typedef struct able_param {
    uint32_t struct_size;
    able_param_type type;
    const char *key;   /* [a-z][a-z0-9_]*, unique in the descriptor */
    const char *label; /* a few words for a form */
    const char *help;  /* one or two sentences; may be NULL */
    const char *group; /* heading to show it under; may be NULL */
    const char *unit;  /* may be NULL */
    double minimum, maximum;
    double default_number;      /* bool: 0 or 1; enum: index into choices */
    double step;                /* a form's increment; 0 = free */
    const char *default_string; /* string only; may be NULL = "" */
    const char *const *choices; /* enum only; choice_count strings */
    uint32_t choice_count;
    uint32_t flags; /* ABLE_PARAM_AT_LOAD or 0 */
} able_param;

enum {
    ABLE_FLAG_STOCHASTIC = 1u << 0,  /* sampler: draws noise after the start */
    ABLE_FLAG_FEW_STEPS = 1u << 1,   /* made for few steps and little guidance (LCM and its kin) */
    ABLE_FLAG_EXPERIMENTAL = 1u << 2, /* may change or go */
    ABLE_FLAG_BROWNIAN = 1u << 3      /* sampler: its draws of noise are to be increments of one Brownian path */
};

/* What every object that a factory makes says of itself. Constant, as long-lived as the library. */
typedef struct able_descriptor {
    uint32_t struct_size;
    uint32_t flags;
    const char *id;                  /* [a-z][a-z0-9_]*, what requests name it by */
    const char *name;                /* for people: "DPM++ 2M" */
    const char *summary;             /* one sentence; may be NULL */
    const char *url;                 /* the paper or the upstream source; may be NULL */
    const char *const *aliases;      /* other names that resolve to it; alias_count strings */
    const able_param *const *params; /* param_count pointers */
    uint32_t alias_count;
    uint32_t param_count;
} able_descriptor;

/* Values of a descriptor's parameters, checked by the host: all of them, those that nobody set with their defaults. An
 * unknown key reads as 0 or "". */
typedef struct able_params {
    uint32_t struct_size;
    void *host;
    /* float, int, bool (0 or 1), enum (index into choices) [any-thread] */
    double (*number)(const struct able_params *params, const char *key) ABLE_NOEXCEPT;
    /* string, or an enum's chosen string [any-thread] */
    const char *(*string)(const struct able_params *params, const char *key) ABLE_NOEXCEPT;
} able_params;

ABLE_C_END

#endif
