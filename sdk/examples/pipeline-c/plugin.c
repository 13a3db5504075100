/* A pipeline, as a plugin: a flow transformer that draws a patchwork of the prompt's words.
 *
 * Nothing here is made for Stable Diffusion: there is no U-Net and no CLIP, latents have 16 channels, sizes are
 * multiples of 48, and the model runs from pure noise to a picture along the straight paths of a rectified flow (Liu et
 * al. 2022). This file says who the plugin is and which files are its own; model.c draws. */
#include "patchwork.h"

#include <stdlib.h>
#include <string.h>

#ifndef PATCHWORK_VERSION
#define PATCHWORK_VERSION "1.0.0"
#endif

/* The host makes a form field, a documented JSON field and a check out of each parameter, and gives their values to
 * every call of a job. `mood` is read where a prompt is encoded, `scatter` where latents are evaluated. */

static const char *const moods[] = {"plain", "warm", "cold", "dark"};

static const able_param param_mood = {
    .struct_size = sizeof(able_param),
    .type = ABLE_PARAM_ENUM,
    .key = "mood",
    .label = "Mood",
    .help = "The light that everything is seen in.",
    .choices = moods,
    .choice_count = 4,
};

static const able_param param_scatter = {
    .struct_size = sizeof(able_param),
    .type = ABLE_PARAM_FLOAT,
    .key = "scatter",
    .label = "Scatter",
    .help = "How far the words' motifs stray from their places: 0.1 gives tidy fields, 2 a motley.",
    .minimum = 0.1,
    .maximum = 2.0,
    .default_number = 0.35,
    .step = 0.05,
};

static const able_param *const params[] = {&param_mood, &param_scatter};

static const able_descriptor descriptor = {
    .struct_size = sizeof(able_descriptor),
    .id = "patchwork",
    .name = "Patchwork",
    .summary = "Draws a patchwork of the prompt's words, with one layer of attention.",
    .url = "https://arxiv.org/abs/2209.03003",
    .params = params,
    .param_count = 2,
};

/* Which files are ours? Told by the names and shapes of tensors; what a folder is called does not count. */

static const char *const model_fills[] = {ABLE_ROLE_MODEL, "transformer", "text_encoder", ABLE_ROLE_VAE};
static const char *const vae[] = {ABLE_ROLE_VAE};

/* What the host can then tell, check and choose before anything is loaded. */
static void describe_model(able_model_probe *out) {
    out->family = family;
    out->family_name = "Patchwork";
    out->variant = variant;
    out->size_multiple = PATCH;
    out->default_width = DEFAULT_WIDTH;
    out->default_height = DEFAULT_HEIGHT;
    out->smallest_side = 2 * PATCH;
    out->largest_side = 32 * PATCH;
    out->sampler = "euler";
    out->schedule = "simple"; /* evenly in u, as it was made for */
    out->steps = 12;
    out->guidance = 1.5;
    out->latent_channels = CHANNELS;
    out->scale_factor = BLOCK;
    out->prompt = &prompt_support;
}

/* The first thing that is wrong with the model, as a constant; NULL if all is well. */
static const char *model_problem(const able_source *source) {
    static const char *const missing[WEIGHT_COUNT] = {
        [EMBEDDING] = "there is no text_encoder.embedding.weight in it",
        [MOOD] = "there is no text_encoder.mood.weight in it",
        [TO_PLACE] = "there is no transformer.to_place.weight in it",
    };
    for (int weight = 0; weight < WEIGHT_COUNT; ++weight) {
        if (!weights_has(source, weight)) {
            if (missing[weight] != NULL) {
                return missing[weight];
            }
        } else if (weights_problem(source, weight) != NULL) {
            return weights_problem(source, weight);
        }
    }
    return NULL;
}

static able_status probe(const able_source *source, able_model_probe *out) {
    const int has_vae = weights_has(source, ENCODER) && weights_has(source, DECODER);
    if (weights_has(source, TO_PATCH)) { /* nobody else's tensor has this name */
        const char *wrong = model_problem(source);
        out->kind = ABLE_PROBE_MODEL;
        out->score = wrong == NULL ? 95 : 0; /* 0 with a kind: known, and of no use as it is */
        out->why = wrong == NULL ? "a patchwork transformer" : wrong;
        describe_model(out);
        out->fills = model_fills;
        out->fill_count = has_vae ? 4 : 3;
        out->needs = vae;
        out->need_count = has_vae ? 0 : 1;
    } else if (has_vae && weights_problem(source, ENCODER) == NULL && weights_problem(source, DECODER) == NULL) {
        out->kind = ABLE_PROBE_COMPONENT;
        out->score = 90;
        out->why = "the autoencoder of a patchwork";
        out->family = family;
        out->family_name = "Patchwork";
        out->variant = ABLE_ROLE_VAE;
        out->fills = vae;
        out->fill_count = 1;
    } else {
        out->why = "there is no transformer.to_patch.weight in it";
    }
    return ABLE_OK;
}

/* How a prompt is tokenized, while it is typed: no weights are loaded for that. */

static able_status hand_over(const tokens *prompt, const able_token_request *request, const able_job *job) {
    double *ones = calloc(prompt->count, sizeof *ones);
    uint32_t *zeros = calloc(prompt->count, sizeof *zeros); /* adapters give us no new words */
    able_status status = ABLE_OUT_OF_MEMORY;
    if (ones == NULL || zeros == NULL) {
        status = job->fail(job, status, "no memory for the tokens of a prompt");
    } else {
        for (uint32_t i = 0; i < prompt->count; ++i) {
            ones[i] = 1.0;
        }
        const able_token_chunk chunk = {
            .struct_size = sizeof chunk,
            .encoder = 0,
            .encoder_name = "text_encoder",
            .tokenizer_name = "tokenizer",
            .ids = prompt->ids,
            .weights = ones,
            .words = zeros,
            .count = prompt->count,
            .text_begin = 0,
            .text_count = prompt->count - 1,
            .room = MOST_TOKENS,
        };
        status = request->chunk(request, &chunk);
    }
    free(zeros);
    free(ones);
    return status;
}

static able_status tokenize(const able_token_request *request, const able_job *job) {
    tokenizer t;
    tokens prompt = {NULL, 0};
    able_status status = tokenizer_open(request->components[0]->source, job, &t);
    if (status == ABLE_OK) {
        status = tokenizer_read(&t, request->segment_count, request->segments, job, &prompt);
    }
    if (status == ABLE_OK) {
        status = hand_over(&prompt, request, job);
    }
    free(prompt.ids);
    tokenizer_close(&t);
    return status;
}

static const able_pipeline pipeline = {
    .struct_size = sizeof(able_pipeline),
    .descriptor = &descriptor,
    .probe = probe,
    .load = model_load,
    .estimate = model_estimate,
    .tokenize = tokenize,
};

/* The door: the host asks the plugin for a factory, and the factory for its pipelines. */

static const void *pipeline_at(uint32_t index) {
    return index == 0 ? &pipeline : NULL;
}

static const able_factory factory = {.struct_size = sizeof(able_factory), .count = 1, .at = pipeline_at};

static const able_factory *get_factory(const char *id) {
    return strcmp(id, ABLE_FACTORY_PIPELINE) == 0 ? &factory : NULL;
}

const able_plugin *able_plugin_v1(void) {
    static const able_plugin plugin = {
        .struct_size = sizeof(able_plugin),
        .abi_minor = ABLE_ABI_MINOR,
        .min_host_minor = 0, /* uses nothing that a later minor added */
        .id = "org.example.patchwork",
        .name = "Patchwork",
        .version = PATCHWORK_VERSION,
        .vendor = "You",
        .licence = "MIT",
        .get_factory = get_factory,
    };
    return &plugin;
}
