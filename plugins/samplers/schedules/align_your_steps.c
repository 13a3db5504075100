/* Align your steps: levels that were optimised for a model family at ten steps, interpolated for other numbers.
 * Sabour et al. 2024, "Align Your Steps: Optimizing Sampling Schedules in Diffusion Models"; the tables that its
 * authors published, as in diffusers (AysSchedules), whose last level gives way to 0 as there and in ComfyUI. A1111
 * keeps it and adds the 0. https://research.nvidia.com/labs/toronto-ai/AlignYourSteps/ https://arxiv.org/abs/2404.14507
 */
#include "../sigma_table.h"
#include "../tables.h"

#include <math.h>
#include <string.h>

enum { LEVELS = 11 };

static const double sd15[LEVELS] = {14.615, 6.475, 3.861, 2.697, 1.886, 1.396, 0.963, 0.652, 0.399, 0.152, 0.029};
static const double sdxl[LEVELS] = {14.615, 6.315, 3.771, 2.181, 1.342, 0.862, 0.555, 0.380, 0.234, 0.113, 0.029};

/* The table's level at a place in [0, LEVELS - 1], linear in log sigma between entries. */
static double level_at(const double *table, double place) {
    const uint32_t low = place < LEVELS - 2 ? (uint32_t)place : LEVELS - 2;
    const double weight = place - low;
    return exp((1.0 - weight) * log(table[low]) + weight * log(table[low + 1]));
}

static const double *table_for(const able_model_info *info, const able_params *params) {
    switch ((int)params->number(params, "table")) {
    case 1:
        return sd15;
    case 2:
        return sdxl;
    default:
        return info->family != NULL && strncmp(info->family, "sdxl", 4) == 0 ? sdxl : sd15;
    }
}

static able_status sigmas(const able_schedule_request *request, const able_job *job, uint32_t capacity, double *out,
                          uint32_t *count) {
    const uint32_t steps = request->steps;
    ABLE_TRY(check_steps(request, job, capacity));
    const double *table = table_for(request->info, request->params);
    for (uint32_t i = 0; i < steps; ++i) {
        out[i] = level_at(table, (double)i * (LEVELS - 1) / steps);
    }
    out[steps] = 0.0;
    *count = steps + 1;
    return ABLE_OK;
}

static const char *const tables[] = {"auto", "sd15", "sdxl"};

static const able_param param_table = {
    .struct_size = sizeof(able_param),
    .type = ABLE_PARAM_ENUM,
    .key = "table",
    .label = "Table",
    .help = "The family that the levels were optimised for; auto goes by the model's.",
    .minimum = 0.0,
    .maximum = 2.0,
    .default_number = 0.0,
    .choices = tables,
    .choice_count = COUNT_OF(tables),
};

static const able_descriptor descriptor = {
    .struct_size = sizeof(able_descriptor),
    .id = "align_your_steps",
    .name = "Align Your Steps",
    .summary = "Levels optimised for Stable Diffusion 1.5 and SDXL; best at about 10 steps.",
    .url = "https://arxiv.org/abs/2404.14507",
    ALIASES("Align Your Steps", "AYS", "ays"),
    PARAMS(&param_table),
};

const able_schedule schedule_align_your_steps = {
    .struct_size = sizeof(able_schedule), .descriptor = &descriptor, .sigmas = sigmas};
