/* DPM adaptive: DPM-Solver that chooses its own steps, by the difference between two orders.
 * Lu et al. 2022, "DPM-Solver: A Fast ODE Solver for Diffusion Probabilistic Model Sampling in Around 10 Steps",
 * algorithm 3 (DPM-Solver-12 and -23), with the PID step size control of k-diffusion's sample_dpm_adaptive. The number
 * of steps is only what progress is counted in; of the levels it takes the first and the last above 0. Longer than the
 * others by its eight parameters. https://arxiv.org/abs/2206.00927 */
#include "../tables.h"
#include "ancestral.h"
#include "dpm_solver.h"
#include "params.h"
#include "scratch.h"

#include <math.h>

enum { LOW = DPM_TENSORS, HIGH, PREVIOUS, TENSORS, MOST_TRIES = 4000 };

typedef struct pid {
    double h;         /* the next step's length in lambda = -log sigma */
    double b[3];      /* exponents of the last inverse errors */
    double errors[3]; /* inverse; 0 before the first */
    double safety;
} pid;

static pid pid_for(const able_sampling *s) {
    const double p = number_of(s, "pcoeff"), i = number_of(s, "icoeff"), d = number_of(s, "dcoeff");
    const double order = number_of(s, "eta") > 0.0 ? 1.5 : number_of(s, "order");
    return (pid){.h = number_of(s, "h_init"),
                 .b = {(p + i + d) / order, -(p + 2.0 * d) / order, d / order},
                 .safety = number_of(s, "accept_safety")};
}

/* Takes in a step's error and sets the next one's length. True if the step will do. */
static int accept(pid *control, double error) {
    double *e = control->errors;
    e[0] = 1.0 / (error + 1e-8);
    if (!(e[1] > 0.0)) {
        e[1] = e[2] = e[0];
    }
    const double wanted = pow(e[0], control->b[0]) * pow(e[1], control->b[1]) * pow(e[2], control->b[2]);
    const double factor = 1.0 + atan(wanted - 1.0);
    control->h *= factor;
    if (!(factor >= control->safety)) {
        return 0;
    }
    e[2] = e[1];
    e[1] = e[0];
    return 1;
}

/* Steps from `sigma` to `to` by both orders, which share their evaluations, into LOW and HIGH. */
static able_status try_step(const able_sampling *s, able_tensor *const *scratch, double sigma, double to) {
    ABLE_TRY(dpm_eps(s, scratch, s->x, sigma, scratch[EPS]));
    if (number_of(s, "order") < 3.0) {
        ABLE_TRY(dpm_look(s, scratch, sigma, to, 0.5));
        ABLE_TRY(dpm_step1(s, scratch, sigma, to, scratch[LOW]));
        return dpm_step2(s, scratch, sigma, to, 0.5, scratch[HIGH]);
    }
    ABLE_TRY(dpm_look(s, scratch, sigma, to, 1.0 / 3.0));
    ABLE_TRY(dpm_look_further(s, scratch, sigma, to));
    ABLE_TRY(dpm_step2(s, scratch, sigma, to, 1.0 / 3.0, scratch[LOW]));
    return dpm_step3(s, scratch, sigma, to, scratch[HIGH]);
}

/* Tells of the steps that are done once `part` of the way is. */
static able_status tell(const able_sampling *s, able_tensor *denoised, double part, uint32_t *told) {
    while (*told < s->steps && *told + 1 <= part * s->steps + 1e-6) {
        ABLE_TRY(s->step(s, (*told)++, s->x, denoised));
    }
    return ABLE_OK;
}

static able_status adapt(const able_sampling *s, able_tensor *const *scratch, double end, uint32_t *told) {
    pid control = pid_for(s);
    double sigma = s->sigmas[0];
    ABLE_TRY(copy(s, scratch[PREVIOUS], s->x));
    for (uint32_t tries = 0; log(sigma / end) > 1e-5; ++tries) {
        const double to = fmax(end, sigma * exp(-control.h));
        const ancestral target = dpm_target(sigma, to, end, number_of(s, "eta"));
        ABLE_TRY(try_step(s, scratch, sigma, target.down));
        double error = 0.0;
        ABLE_TRY(s->ops->error_norm(s->ops, scratch[LOW], scratch[HIGH], scratch[PREVIOUS], number_of(s, "atol"),
                                    number_of(s, "rtol"), &error));
        if (!isfinite(error) || tries == MOST_TRIES) {
            return s->job->fail(s->job, ABLE_INTERNAL,
                                "DPM adaptive found no step that is exact enough; raise rtol and "
                                "atol, or choose another sampler");
        }
        if (!accept(&control, error)) {
            continue;
        }
        ABLE_TRY(copy(s, scratch[PREVIOUS], scratch[LOW]));
        ABLE_TRY(copy(s, s->x, scratch[HIGH]));
        ABLE_TRY(add_noise(s, s->x, target.up, sigma, to, scratch[DPM_U]));
        sigma = to;
        ABLE_TRY(tell(s, scratch[DPM_DENOISED], log(s->sigmas[0] / sigma) / log(s->sigmas[0] / end), told));
    }
    return ABLE_OK;
}

static able_status walk(const able_sampling *s, able_tensor *const *scratch) {
    uint32_t told = 0;
    ABLE_TRY(adapt(s, scratch, dpm_end(s), &told));
    ABLE_TRY(dpm_close(s, scratch[DPM_DENOISED]));
    return tell(s, scratch[DPM_DENOISED], 1.0, &told);
}

/* Unknown before; about what a picture takes. */
static uint32_t evaluations(uint32_t steps) {
    return steps == 0 ? 0 : 60;
}

static able_status sample(const able_sampling *s) {
    return with_scratch(s, TENSORS, walk);
}

static const able_param param_order =
    NUMBER_PARAM(INT, "order", "Order", "Order of the solver: 2 or 3.", "Step size", 2.0, 3.0, 3.0, 1.0);
static const able_param param_rtol =
    NUMBER_PARAM(FLOAT, "rtol", "Relative tolerance", "Error allowed in a step, relative to the latents.", "Step size",
                 0.001, 1.0, 0.05, 0.001);
static const able_param param_atol =
    NUMBER_PARAM(FLOAT, "atol", "Absolute tolerance", "Error allowed in a step, whatever the latents.", "Step size",
                 0.0001, 1.0, 0.0078, 0.0001);
static const able_param param_h_init = NUMBER_PARAM(
    FLOAT, "h_init", "First step", "Length of the first step in log sigma.", "Step size", 0.01, 1.0, 0.05, 0.01);
static const able_param param_pcoeff = NUMBER_PARAM(
    FLOAT, "pcoeff", "Proportional", "Proportional part of the step size control.", "Step size", 0.0, 1.0, 0.0, 0.05);
static const able_param param_icoeff = NUMBER_PARAM(
    FLOAT, "icoeff", "Integral", "Integral part of the step size control.", "Step size", 0.0, 2.0, 1.0, 0.05);
static const able_param param_dcoeff = NUMBER_PARAM(
    FLOAT, "dcoeff", "Derivative", "Derivative part of the step size control.", "Step size", 0.0, 1.0, 0.0, 0.05);
static const able_param param_accept_safety = NUMBER_PARAM(
    FLOAT, "accept_safety", "Acceptance", "A step is accepted where the next would be no shorter than this part of it.",
    "Step size", 0.5, 0.95, 0.81, 0.01);

static const able_descriptor descriptor = {
    .struct_size = sizeof(able_descriptor),
    .id = "dpm_adaptive",
    .name = "DPM adaptive",
    .summary = "DPM-Solver that chooses its steps by their error, whatever number is asked for. Deterministic unless "
               "eta is set.",
    .url = "https://arxiv.org/abs/2206.00927",
    ALIASES("DPM adaptive", "k_dpm_ad", "k_dpm_adaptive", "sample_dpm_adaptive"),
    PARAMS(&param_order, &param_rtol, &param_atol, &param_h_init, &param_pcoeff, &param_icoeff, &param_dcoeff,
           &param_accept_safety, &param_eta_none, &param_s_noise),
};

const able_sampler sampler_dpm_adaptive = {
    .struct_size = sizeof(able_sampler),
    .descriptor = &descriptor,
    .default_schedule = "karras",
    .evaluations = evaluations,
    .sample = sample,
};
