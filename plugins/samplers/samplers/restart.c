/* Restart: Heun's steps, with noise added back at a low level to walk the middle of the range again.
 * Xu et al. 2023, "Restart Sampling for Improving Generative Processes", algorithm 1, with the intervals that A1111
 * chose: none below 20 steps, one pass below 36, then two, from about 0.1 up to about 2. The levels are drawn anew: a
 * run's first and last are kept, those between are Karras's. https://arxiv.org/abs/2306.14878 */
#include "../schedules/karras_level.h"
#include "../tables.h"
#include "evaluations.h"
#include "heun_step.h"
#include "params.h"
#include "scratch.h"

#include <math.h>

typedef struct plan {
    double min, max; /* of the levels */
    uint32_t main;   /* Karras levels of the main run, `min` the last of them; 0 follows */
    uint32_t low,
        high; /* the interval walked again: from level `high` up there down to `low`; high < low if there is one */
    uint32_t again; /* steps of each pass */
    uint32_t passes;
} plan;

static double level(const plan *p, uint32_t i) {
    return i < p->main ? karras_level(p->min, p->max, 7.0, (double)i / (p->main - 1)) : 0.0;
}

/* The level of the main run that is nearest to `wanted`. */
static uint32_t nearest(const plan *p, double wanted) {
    uint32_t best = 0;
    for (uint32_t i = 1; i <= p->main; ++i) {
        if (fabs(level(p, i) - wanted) < fabs(level(p, best) - wanted)) {
            best = i;
        }
    }
    return best;
}

static plan plan_for(const able_sampling *s) {
    plan p = {.min = s->sigmas[s->steps - 1], .max = s->sigmas[0], .passes = s->steps < 36 ? 1 : 2};
    p.again = s->steps < 36 ? 9 : s->steps / 4;
    p.main = s->steps - p.again * p.passes;
    p.low = nearest(&p, 0.1);
    p.high = nearest(&p, 2.0);
    return p;
}

typedef struct progress {
    able_tensor *const *scratch;
    uint32_t done;
} progress;

static able_status step_down(const able_sampling *s, double sigma, double next, progress *run) {
    ABLE_TRY(heun_step(s, sigma, next, run->scratch[0], run->scratch[1], run->scratch[2]));
    return s->step(s, run->done++, s->x, run->scratch[0]);
}

/* From level p->low of the main run back up to p->high, and down again. */
static able_status walk_again(const able_sampling *s, const plan *p, progress *run) {
    const double top = level(p, p->high);
    const double bottom = level(p, p->low);
    able_tensor *noise = run->scratch[0];
    ABLE_TRY(s->noise(s, noise, bottom, top));
    ABLE_TRY(able_combine(s, s->x, 1.0, s->x, number_of(s, "s_noise") * sqrt(top * top - bottom * bottom), noise));
    for (uint32_t i = 0; i < p->again; ++i) {
        ABLE_TRY(step_down(s, karras_level(bottom, top, 7.0, (double)i / p->again),
                           karras_level(bottom, top, 7.0, (double)(i + 1) / p->again), run));
    }
    return ABLE_OK;
}

static able_status walk(const able_sampling *s, able_tensor *const *scratch) {
    progress run = {.scratch = scratch};
    if (s->steps < 20 || s->sigmas[s->steps] > 0.0) {
        for (uint32_t i = 0; i < s->steps; ++i) {
            ABLE_TRY(step_down(s, s->sigmas[i], s->sigmas[i + 1], &run));
        }
        return ABLE_OK;
    }
    const plan p = plan_for(s);
    for (uint32_t i = 0; i < p.main; ++i) {
        ABLE_TRY(step_down(s, level(&p, i), level(&p, i + 1), &run));
        for (uint32_t pass = 0; i + 1 == p.low && p.high < p.low && pass < p.passes; ++pass) {
            ABLE_TRY(walk_again(s, &p, &run));
        }
    }
    return ABLE_OK;
}

static able_status sample(const able_sampling *s) {
    return with_scratch(s, 3, walk);
}

static const able_descriptor descriptor = {
    .struct_size = sizeof(able_descriptor),
    .flags = ABLE_FLAG_STOCHASTIC,
    .id = "restart",
    .name = "Restart",
    .summary = "Heun, walking the middle of the range again with fresh noise; wants 20 steps or more.",
    .url = "https://arxiv.org/abs/2306.14878",
    ALIASES("Restart", "restart_sampler"),
    PARAMS(&param_s_noise),
};

const able_sampler sampler_restart = {
    .struct_size = sizeof(able_sampler),
    .descriptor = &descriptor,
    .default_schedule = "karras",
    .evaluations = two_evaluations_a_step,
    .sample = sample,
};
