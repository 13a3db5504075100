/* pipeline_c_test PLUGIN MODEL [PICTURE]: drives the pipeline of sdk/examples/pipeline-c through the ABI alone, from
 * the probe to the picture, with no host but plain_host.c. PICTURE is a file that one of the pictures is written to. */
#include "plain_host.h"

#include <dlfcn.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int checks = 0, failures = 0;

static int expect(int condition, const char *what, int line) {
    ++checks;
    if (!condition) {
        fprintf(stderr, "line %d: %s\n", line, what);
        ++failures;
    }
    return condition;
}

#define CHECK(condition) expect((condition) != 0, #condition, __LINE__)
/* For what the rest of the test cannot do without. */
#define REQUIRE(condition)                                                                                             \
    do {                                                                                                               \
        if (!CHECK(condition)) {                                                                                       \
            exit(1);                                                                                                   \
        }                                                                                                              \
    } while (0)
/* `call` fails with this status and one message, which says `words`. */
#define CHECK_FAILS(call, status, words)                                                                               \
    do {                                                                                                               \
        job.failures = 0;                                                                                              \
        CHECK((call) == (status));                                                                                     \
        CHECK(job.failures == 1);                                                                                      \
        if (!CHECK(strstr(job.message, (words)) != NULL)) {                                                            \
            fprintf(stderr, "  it said: %s\n", job.message);                                                           \
        }                                                                                                              \
    } while (0)

static const able_pipeline *pipeline;
static host_job job;
static host_params params;
static const char *const all_components[] = {"text_encoder", "transformer", "vae"};
static const char pieces[] = "tokenizer/pieces.model";

static void open_plugin(const char *file) {
    void *library = dlopen(file, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        fprintf(stderr, "%s\n", dlerror());
        exit(2);
    }
    const able_plugin *(*entry)(void) = NULL;
    void *symbol = dlsym(library, ABLE_ENTRY_SYMBOL);
    memcpy(&entry, &symbol, sizeof entry); /* ISO C has no cast from an object's pointer to a function's */
    REQUIRE(entry != NULL);
    const able_factory *factory = entry()->get_factory(ABLE_FACTORY_PIPELINE);
    REQUIRE(factory != NULL && factory->count == 1 && factory->at(1) == NULL);
    pipeline = factory->at(0);
    REQUIRE(pipeline->struct_size == sizeof *pipeline);
    REQUIRE(pipeline->descriptor->param_count == 2);
}

static able_model_probe probe(const host_source *source) {
    able_model_probe out;
    memset(&out, 0, sizeof out);
    out.struct_size = sizeof out;
    CHECK(pipeline->probe(&source->source, &out) == ABLE_OK);
    CHECK(out.why != NULL);
    return out;
}

/* Probing */

static void test_probe(host_source *model, const host_source *vae) {
    const able_model_probe whole = probe(model);
    CHECK(whole.kind == ABLE_PROBE_MODEL && whole.score >= 90);
    CHECK(strcmp(whole.family, "patchwork") == 0 && strcmp(whole.family_name, "Patchwork") == 0);
    CHECK(whole.size_multiple == 48 && whole.latent_channels == 16 && whole.scale_factor == 8);
    CHECK(whole.default_width % 48 == 0 && whole.default_height % 48 == 0);
    CHECK(whole.sampler != NULL && whole.schedule != NULL && whole.steps > 0 && whole.guidance >= 1.0);
    CHECK(whole.prompt != NULL && (whole.prompt->flags & ABLE_HONOURS_WEIGHTS) == 0);
    CHECK(whole.need_count == 0 && whole.fill_count == 4);

    host_find(model, "vae.decoder.weight")->hidden = 1;
    const able_model_probe half = probe(model);
    CHECK(half.kind == ABLE_PROBE_MODEL && half.score >= 90);
    REQUIRE(half.need_count == 1);
    CHECK(strcmp(half.needs[0], ABLE_ROLE_VAE) == 0);
    host_find(model, "vae.decoder.weight")->hidden = 0;

    const able_model_probe part = probe(vae);
    CHECK(part.kind == ABLE_PROBE_COMPONENT && part.score >= 90);
    REQUIRE(part.fill_count == 1);
    CHECK(strcmp(part.fills[0], ABLE_ROLE_VAE) == 0);

    host_find(model, "text_encoder.mood.weight")->hidden = 1;
    const able_model_probe broken = probe(model);
    CHECK(broken.kind == ABLE_PROBE_MODEL && broken.score == 0 && strstr(broken.why, "mood") != NULL);
    host_find(model, "text_encoder.mood.weight")->hidden = 0;

    host_find(model, "transformer.to_patch.weight")->shape[0] = 575;
    const able_model_probe bent = probe(model);
    CHECK(bent.kind == ABLE_PROBE_MODEL && bent.score == 0 && strstr(bent.why, "to_patch") != NULL);
    host_find(model, "transformer.to_patch.weight")->shape[0] = 576;

    host_source nothing;
    host_open(&nothing, "nothing", NULL, 0, NULL);
    const able_model_probe other = probe(&nothing);
    CHECK(other.kind == ABLE_PROBE_OTHER && other.score == 0);
}

/* Tokens */

typedef struct counted {
    uint32_t chunks, count, text_count, room, last;
    able_status answer;
} counted;

static able_status take_chunk(const able_token_request *request, const able_token_chunk *chunk) {
    counted *out = request->host;
    ++out->chunks;
    out->count = chunk->count;
    out->text_count = chunk->text_count;
    out->room = chunk->room;
    out->last = chunk->ids[chunk->count - 1];
    CHECK(chunk->text_begin + chunk->text_count <= chunk->count);
    for (uint32_t i = 0; i < chunk->count; ++i) {
        CHECK(chunk->weights[i] == 1.0 && chunk->words[i] == 0);
    }
    return out->answer;
}

static able_component component(const char *role, const host_source *source) {
    const able_component out = {sizeof out, role, &source->source};
    return out;
}

static able_text_segment segment(const char *text) {
    const able_text_segment out = {sizeof out, 0, text, 1.0};
    return out;
}

static able_status count_tokens(const host_source *model, const char *const *texts, uint32_t text_count, counted *out) {
    const able_component first = component(ABLE_ROLE_MODEL, model);
    const able_component *const components[] = {&first};
    able_text_segment segments[4];
    const able_text_segment *pointers[4];
    for (uint32_t i = 0; i < text_count; ++i) {
        segments[i] = segment(texts[i]);
        pointers[i] = &segments[i];
    }
    const able_token_request request = {
        .struct_size = sizeof request,
        .component_count = 1,
        .components = components,
        .segments = pointers,
        .segment_count = text_count,
        .params = &params.params,
        .host = out,
        .chunk = take_chunk,
    };
    return pipeline->tokenize(&request, &job.job);
}

static uint32_t tokens_of(const host_source *model, const char *text) {
    counted out = {0};
    CHECK(count_tokens(model, &text, 1, &out) == ABLE_OK);
    CHECK(out.chunks == 1 && out.count == out.text_count + 1 && out.last == 0 && out.room == 256);
    return out.text_count;
}

static void test_tokens(host_source *model) {
    CHECK(tokens_of(model, "") == 0);
    CHECK(tokens_of(model, " ,. ") == 0);
    CHECK(tokens_of(model, "A red fox") == 3);
    CHECK(tokens_of(model, "a  red,\tFOX!") == 3);
    CHECK(tokens_of(model, "foxes") == 3);       /* " fox", "e", "s" */
    CHECK(tokens_of(model, "zebra") == 6);       /* " ", and a token for each letter */
    CHECK(tokens_of(model, "caf\xc3\xa9") == 6); /* a token for each byte */

    const char *const parts[] = {"a lighthouse", "", "at dawn"};
    counted out = {0};
    CHECK(count_tokens(model, parts, 3, &out) == ABLE_OK && out.text_count == 4);
    CHECK(count_tokens(model, parts, 0, &out) == ABLE_OK && out.text_count == 0);
    out.answer = -7; /* the host's own answer comes back as it is, and nobody adds a message */
    job.failures = 0;
    CHECK(count_tokens(model, parts, 3, &out) == -7 && job.failures == 0);

    char *longest = malloc(1001);
    REQUIRE(longest != NULL);
    memset(longest, 'z', 1000);
    longest[1000] = '\0';
    CHECK(tokens_of(model, longest) == 1001); /* counted, though no prompt may have as many */
    free(longest);
}

/* A tokenizer file that is cut off anywhere, or has any byte changed, is refused in words or read within its bounds. */
static void test_broken_tokenizer(host_source *model) {
    host_file *file = &model->files[model->file_count - 1];
    const host_file whole = *file;
    const char *const text[] = {"a red fox"};
    for (uint64_t length = 0; length < whole.length; ++length) {
        char *copy = malloc((size_t)length + 1); /* of its own, so that a sanitizer sees a read behind it */
        REQUIRE(copy != NULL);
        memcpy(copy, whole.bytes, (size_t)length);
        file->bytes = copy;
        file->length = length;
        counted out = {0};
        job.failures = 0;
        CHECK(count_tokens(model, text, 1, &out) == ABLE_BAD_FILE && job.failures == 1 && out.chunks == 0);
        free(copy);
    }
    for (uint64_t at = 0; at < whole.length; at += 3) {
        char *copy = malloc((size_t)whole.length);
        REQUIRE(copy != NULL);
        memcpy(copy, whole.bytes, (size_t)whole.length);
        copy[at] = (char)~copy[at];
        file->bytes = copy;
        file->length = whole.length;
        counted out = {0};
        const able_status status = count_tokens(model, text, 1, &out);
        CHECK(status == ABLE_OK || status == ABLE_BAD_FILE);
        free(copy);
    }
    *file = whole;
}

/* Loading */

static able_load_request request_for(const able_component *const *components, uint32_t count) {
    const able_load_request request = {
        .struct_size = sizeof request,
        .component_count = count,
        .components = components,
        .device = "auto",
        .dtype = "auto",
        .params = &params.params,
    };
    return request;
}

static able_status try_load(const able_load_request *request) {
    able_model *model = NULL;
    return pipeline->load(request, &job.job, &model);
}

static able_model *load(const host_source *model, const host_source *vae) {
    const able_component first = component(ABLE_ROLE_MODEL, model);
    const able_component second = component(ABLE_ROLE_VAE, vae != NULL ? vae : model);
    const able_component *const components[] = {&first, &second};
    const able_load_request request = request_for(components, vae != NULL ? 2 : 1);
    able_model *out = NULL;
    REQUIRE(pipeline->load(&request, &job.job, &out) == ABLE_OK);
    return out;
}

static void test_load(host_source *model) {
    const able_component first = component(ABLE_ROLE_MODEL, model);
    const able_component stray = component("text_encoder_2", model);
    const able_component *const components[] = {&first, &stray};
    able_load_request request = request_for(components, 2);
    CHECK_FAILS(try_load(&request), ABLE_UNSUPPORTED, "text_encoder_2");
    request.component_count = 1;
    request.device = "cuda:0";
    CHECK_FAILS(try_load(&request), ABLE_UNSUPPORTED, "cuda:0");
    request.device = "cpu";
    request.dtype = "fp16";
    CHECK_FAILS(try_load(&request), ABLE_UNSUPPORTED, "fp16");
    request.dtype = "fp32";
    request.offload = ABLE_OFFLOAD_ON;
    CHECK_FAILS(try_load(&request), ABLE_UNSUPPORTED, "offload");
    request.offload = ABLE_OFFLOAD_OFF;

    model->quantised = "transformer.to_place.weight";
    CHECK(probe(model).score == 0);
    CHECK_FAILS(try_load(&request), ABLE_UNSUPPORTED, "ggml.q4_0");
    model->quantised = NULL;

    host_tensor *tensor = host_find(model, "transformer.to_place.weight");
    tensor->hidden = 1;
    CHECK_FAILS(try_load(&request), ABLE_NOT_FOUND, "transformer.to_place.weight");
    tensor->hidden = 0;
    tensor->shape[0] = 2;
    CHECK_FAILS(try_load(&request), ABLE_BAD_FILE, "transformer.to_place.weight");
    tensor->shape[0] = 3;
    tensor->shape[1] = 9;
    CHECK_FAILS(try_load(&request), ABLE_BAD_FILE, "width 9");
    tensor->shape[1] = 10;
    tensor->view.dtype_code = ABLE_DTYPE_FLOAT8_E5M2;
    tensor->view.dtype_bits = 8;
    CHECK_FAILS(try_load(&request), ABLE_UNSUPPORTED, "transformer.to_place.weight");
    tensor->view.dtype_code = ABLE_DTYPE_FLOAT;
    tensor->view.dtype_bits = 32;

    model->files[model->file_count - 1].path[0] = '?';
    CHECK_FAILS(try_load(&request), ABLE_NOT_FOUND, pieces);
    model->files[model->file_count - 1].path[0] = 't';
}

static void test_memory(const host_source *source, able_model *model) {
    const able_component first = component(ABLE_ROLE_MODEL, source);
    const able_component *const components[] = {&first};
    const able_load_request request = request_for(components, 1);
    able_memory before = {.struct_size = sizeof before}, now = {.struct_size = sizeof now};
    REQUIRE(pipeline->estimate(&request, 576, 384, 2, &job.job, &before) == ABLE_OK);
    REQUIRE(model->memory(model, 576, 384, 2, &now) == ABLE_OK);
    CHECK(before.resident == now.resident && before.encode == now.encode && before.evaluate == now.evaluate &&
          before.decode == now.decode);
    CHECK(now.resident > 40000 && now.encode > 0 && now.evaluate == 2ULL * 72 * 48 * 16 * 4);
    REQUIRE(model->memory(model, 0, 0, 0, &now) == ABLE_OK);
    CHECK(now.resident == before.resident && now.encode == 0 && now.evaluate == 0 && now.decode == 0);
}

/* Prompts and noise levels */

static able_status encode_segments(able_model *model, const able_text_segment *const *segments, uint32_t count,
                                   uint32_t clip_skip, able_conditioning **out) {
    const able_text_request request = {
        .struct_size = sizeof request,
        .segment_count = count,
        .segments = segments,
        .clip_skip = clip_skip,
        .width = 96,
        .height = 96,
        .role = ABLE_PROMPT_POSITIVE,
        .params = &params.params,
    };
    return model->encode_text(model, &request, &job.job, out);
}

static able_conditioning *encode(able_model *model, const char *text) {
    const able_text_segment one = segment(text);
    const able_text_segment *const segments[] = {&one};
    able_conditioning *out = NULL;
    REQUIRE(encode_segments(model, segments, 1, 0, &out) == ABLE_OK);
    return out;
}

static int64_t words_of(able_model *model, const char *text) {
    able_conditioning *conditioning = encode(model, text);
    const able_tensor *context = model->conditioning_tensor(model, conditioning, "context");
    REQUIRE(context != NULL && model->conditioning_tensor(model, conditioning, "pooled") == NULL);
    int64_t shape[3] = {0, 0, 0};
    uint32_t ndim = 0;
    CHECK(model->ops->shape(model->ops, context, 3, shape, &ndim) == ABLE_OK);
    CHECK(ndim == 3 && shape[0] == 1 && shape[2] == 10);
    model->release_conditioning(model, conditioning);
    return shape[1];
}

static void test_prompts(able_model *model) {
    CHECK(words_of(model, "") == 1);
    CHECK(words_of(model, "a red fox") == 3);
    CHECK(words_of(model, "foxes, zebras") == 2);

    able_conditioning *none = NULL;
    able_text_segment one = segment("a red fox");
    const able_text_segment *const segments[] = {&one};
    one.weight = 1.2;
    CHECK_FAILS(encode_segments(model, segments, 1, 0, &none), ABLE_UNSUPPORTED, "weights");
    one.weight = 1.0;
    one.flags = ABLE_SEGMENT_BREAK;
    CHECK_FAILS(encode_segments(model, segments, 1, 0, &none), ABLE_UNSUPPORTED, "BREAK");
    one.flags = 0;
    CHECK_FAILS(encode_segments(model, segments, 1, 2, &none), ABLE_UNSUPPORTED, "clip skip");
    char text[300];
    memset(text, 'z', sizeof text);
    text[255] = '\0'; /* with the space in front, 256 tokens */
    one.text = text;
    REQUIRE(encode_segments(model, segments, 1, 0, &none) == ABLE_OK);
    model->release_conditioning(model, none);
    text[255] = 'z';
    text[256] = '\0';
    CHECK_FAILS(encode_segments(model, segments, 1, 0, &none), ABLE_UNSUPPORTED, "257 tokens");
    for (size_t i = 0; i < 255; i += 2) { /* as many words as fit, each of them a space and a letter */
        text[i] = ' ';
    }
    text[254] = '\0';
    CHECK(words_of(model, text) == 127);
}

static void test_levels(able_model *model) {
    const able_noise_levels *usual = model->info->levels;
    CHECK(model->info->prediction == ABLE_PREDICTION_FLOW && usual->kind == ABLE_LEVELS_FLOW);
    CHECK(usual->sigmas == NULL && usual->sigma_count == 0 && usual->sigma_max == ABLE_FLOW_SIGMA_MAX);
    double last_shift = 0.0;
    for (uint32_t side = 96; side <= 768; side += 96) {
        able_noise_levels levels = *usual;
        const able_levels_request request = {sizeof request, side, side, 12, &params.params};
        CHECK(model->levels(model, &request, &job.job, &levels) == ABLE_OK);
        CHECK(levels.shift > last_shift); /* the larger the picture, the more noise */
        last_shift = levels.shift;
        CHECK(fabs(able_timestep_to_sigma(&levels, 0.0) / levels.sigma_min - 1.0) < 1e-12);
        CHECK(able_timestep_to_sigma(&levels, able_last_timestep(&levels)) == levels.sigma_max);
        for (double timestep = 0.0; timestep < 998.5; timestep += 62.25) {
            const double sigma = able_timestep_to_sigma(&levels, timestep);
            const double t = sigma / (1.0 + sigma);
            const double u = (timestep + 1.0) / ABLE_TIMESTEPS;
            CHECK(fabs(able_sigma_to_timestep(&levels, sigma) - timestep) < 1e-6);
            CHECK(fabs(t - levels.shift * u / (1.0 + (levels.shift - 1.0) * u)) < 1e-12); /* eq. 23 */
        }
    }
    able_noise_levels levels = *usual;
    const able_levels_request request = {sizeof request, 576, 384, 12, &params.params};
    CHECK(model->levels(model, &request, &job.job, &levels) == ABLE_OK && levels.shift == 1.0);
    const able_levels_request large = {sizeof large, 1152, 768, 12, &params.params};
    CHECK(model->levels(model, &large, &job.job, &levels) == ABLE_OK && fabs(levels.shift - 2.0) < 1e-12);
}

/* Evaluations */

enum { H = 12, W = 18, VALUES = 16 * H * W }; /* latents of a picture of 144 x 96 */

/* Noise that is the same everywhere: a sum of twelve numbers from a linear congruential generator. */
static void fill_noise(uint64_t seed, double scale, float *out, uint64_t count) {
    uint64_t state = seed * 0x9E3779B97F4A7C15U + 1;
    for (uint64_t i = 0; i < count; ++i) {
        double sum = -6.0;
        for (int k = 0; k < 12; ++k) {
            state = state * 6364136223846793005U + 1442695040888963407U;
            sum += (double)(state >> 40U) / (double)(1U << 24U);
        }
        out[i] = (float)(scale * sum);
    }
}

static able_tensor *make(able_model *model, int64_t batch, int64_t h, int64_t w) {
    const int64_t shape[] = {batch, 16, h, w};
    able_tensor *out = model->ops->make(model->ops, 4, shape);
    REQUIRE(out != NULL);
    return out;
}

static able_status evaluate(able_model *model, const able_tensor *x, double sigma, uint32_t count,
                            const able_conditioning *const *conditionings, able_tensor *const *outs) {
    const able_evaluation evaluation = {
        .struct_size = sizeof evaluation,
        .count = count,
        .x = x,
        .sigma = sigma,
        .conditionings = conditionings,
        .outs = outs,
        .params = &params.params,
    };
    return model->denoise(model, &evaluation, &job.job);
}

/* D of `count` samples at `from`, into `out`. */
static void denoise(able_model *model, const able_conditioning *conditioning, int64_t batch, const float *from,
                    double sigma, float *out) {
    const uint64_t count = (uint64_t)batch * VALUES;
    able_tensor *x = make(model, batch, H, W), *d = make(model, batch, H, W);
    REQUIRE(model->ops->upload(model->ops, x, from, count) == ABLE_OK);
    REQUIRE(evaluate(model, x, sigma, 1, &conditioning, &d) == ABLE_OK);
    REQUIRE(model->ops->download(model->ops, d, out, count) == ABLE_OK);
    float *after = malloc((size_t)count * sizeof *after);
    REQUIRE(after != NULL && model->ops->download(model->ops, x, after, count) == ABLE_OK);
    CHECK(memcmp(after, from, (size_t)count * sizeof *after) == 0); /* x is not written to */
    free(after);
    model->ops->release(model->ops, d);
    model->ops->release(model->ops, x);
}

static double distance(const float *a, const float *b, uint64_t count) {
    double sum = 0.0;
    for (uint64_t i = 0; i < count; ++i) {
        sum += ((double)a[i] - (double)b[i]) * ((double)a[i] - (double)b[i]);
    }
    return sqrt(sum / (double)count);
}

/* What these latents of a picture of 144 x 96 decode to is of this colour. */
static void check_colour(able_model *model, const float *latents, double red, double green, double blue) {
    static float pixels[144 * 96 * 3];
    able_tensor *x = make(model, 1, H, W);
    able_image image = {sizeof image, 144, 96, pixels};
    double sums[3] = {0.0, 0.0, 0.0};
    REQUIRE(model->ops->upload(model->ops, x, latents, VALUES) == ABLE_OK);
    REQUIRE(model->decode(model, x, 0, &image, &job.job) == ABLE_OK);
    for (uint32_t i = 0; i < 144 * 96 * 3; ++i) {
        sums[i % 3] += (double)pixels[i] / (144.0 * 96.0);
    }
    CHECK(fabs(sums[0] - red) < 1e-3 && fabs(sums[1] - green) < 1e-3 && fabs(sums[2] - blue) < 1e-3);
    model->ops->release(model->ops, x);
}

/* Of several words D is a mean over the posterior of a mixture of Gaussians: here worked out in the variance-exploding
 * form, where the plugin goes by way of a flow's velocity. */
static void test_mixture(able_model *model) {
    static float x[VALUES], motifs[2][VALUES], d[VALUES];
    const double places[] = {-0.5, 0.5}; /* of red and blue; both are half way up */
    const char *const words[] = {"red", "blue"};
    able_conditioning *both = encode(model, "red blue");
    for (int k = 0; k < 2; ++k) {
        able_conditioning *one = encode(model, words[k]);
        denoise(model, one, 1, x, 1e4, motifs[k]);
        model->release_conditioning(model, one);
    }
    for (int power = -2; power <= 4; ++power) {
        const double sigma = pow(10.0, power), variance = 0.0025 + sigma * sigma;
        fill_noise(3, sigma, x, VALUES);
        for (uint32_t i = 0; i < VALUES; ++i) { /* near neither motif */
            x[i] += 0.4F * motifs[0][i] + 0.6F * motifs[1][i];
        }
        denoise(model, both, 1, x, sigma, d);
        double worst = 0.0;
        for (uint32_t patch = 0; patch < (H / 6) * (W / 6); ++patch) {
            const uint32_t row = patch / (W / 6), column = patch % (W / 6);
            const double middle_x = (2.0 * column + 1.0) / (W / 6.0) - 1.0,
                         middle_y = (2.0 * row + 1.0) / (H / 6.0) - 1.0;
            double logits[2];
            for (int k = 0; k < 2; ++k) {
                logits[k] =
                    -(pow(middle_x - places[k], 2) + pow(middle_y, 2)) / (2.0 * params.scatter * params.scatter);
            }
            for (uint32_t i = 0; i < VALUES; ++i) {
                if (i / W % H / 6 == row && i % W / 6 == column) {
                    for (int k = 0; k < 2; ++k) {
                        logits[k] -= pow((double)x[i] - (double)motifs[k][i], 2) / (2.0 * variance);
                    }
                }
            }
            const double red = 1.0 / (1.0 + exp(logits[1] - logits[0]));
            for (uint32_t i = 0; i < VALUES; ++i) {
                if (i / W % H / 6 == row && i % W / 6 == column) {
                    const double mean = red * (double)motifs[0][i] + (1.0 - red) * (double)motifs[1][i];
                    const double expected = (0.0025 * (double)x[i] + sigma * sigma * mean) / variance;
                    worst = fmax(worst, fabs((double)d[i] - expected));
                }
            }
        }
        if (!CHECK(worst < 1e-5)) {
            fprintf(stderr, "  at sigma %g: %g\n", sigma, worst);
        }
    }
    model->release_conditioning(model, both);
}

static void test_evaluations(able_model *model) {
    static float x[2 * VALUES], one[2 * VALUES], two[2 * VALUES], again[VALUES];
    able_conditioning *sky = encode(model, "sky"), *both = encode(model, "sky over sea"), *empty = encode(model, "");

    /* One word is one motif m: D = (g^2 x + sigma^2 m) / (g^2 + sigma^2), with the grain g = 0.05. */
    fill_noise(1, 0.0, x, VALUES);
    denoise(model, sky, 1, x, 1e4, two);
    check_colour(model, two, 0.45, 0.70, 0.95);
    for (double sigma = 1e-3; sigma < 2e4; sigma *= 10.0) {
        fill_noise(1, sigma, x, VALUES);
        denoise(model, sky, 1, x, sigma, one);
        const double part = 0.0025 / (0.0025 + sigma * sigma);
        double worst = 0.0;
        for (uint32_t i = 0; i < VALUES; ++i) {
            const double expected = part * (double)x[i] + (1.0 - part) * (double)two[i];
            worst = fmax(worst, fabs((double)one[i] - expected));
        }
        CHECK(worst < 2e-6);
    }

    /* Of no prompt, the motif is grey. */
    denoise(model, empty, 1, x, 1e4, one);
    for (uint32_t i = 0; i < VALUES; ++i) {
        CHECK(fabs((double)one[i]) < 1e-6);
    }

    /* A batch gives what its samples give, and so do several conditionings at once, bit by bit. */
    fill_noise(2, 2.0, x, 2 * (uint64_t)VALUES);
    denoise(model, both, 2, x, 2.0, one);
    denoise(model, both, 1, x + VALUES, 2.0, again);
    CHECK(memcmp(one + VALUES, again, sizeof again) == 0);
    able_tensor *input = make(model, 1, H, W), *outs[] = {make(model, 1, H, W), make(model, 1, H, W)};
    const able_conditioning *const pair[] = {empty, both};
    REQUIRE(model->ops->upload(model->ops, input, x + VALUES, VALUES) == ABLE_OK);
    REQUIRE(evaluate(model, input, 2.0, 2, pair, outs) == ABLE_OK);
    REQUIRE(model->ops->download(model->ops, outs[1], one, VALUES) == ABLE_OK);
    CHECK(memcmp(one, again, sizeof again) == 0);

    /* The parameter has a say. */
    params.scatter = 2.0;
    denoise(model, both, 1, x + VALUES, 2.0, one);
    CHECK(distance(one, again, VALUES) > 1e-3);
    params.scatter = 0.35;

    job.cancelled = 1;
    CHECK(evaluate(model, input, 2.0, 2, pair, outs) == ABLE_CANCELLED);
    job.cancelled = 0;
    able_tensor *odd = make(model, 1, H, W - 2), *odd_out = make(model, 1, H, W - 2);
    CHECK_FAILS(evaluate(model, odd, 2.0, 1, pair, &odd_out), ABLE_INVALID_ARGUMENT, "48");
    const able_input_use use = {sizeof use, ABLE_ALL_CONDITIONINGS, NULL, 0, 1.0};
    const able_input_use *const uses[] = {&use};
    const able_evaluation evaluation = {sizeof evaluation, 1, input, 2.0, pair, outs, uses, 1, &params.params};
    CHECK_FAILS(model->denoise(model, &evaluation, &job.job), ABLE_UNSUPPORTED, "inputs");

    able_tensor *const tensors[] = {odd, odd_out, input, outs[0], outs[1]};
    for (size_t i = 0; i < sizeof tensors / sizeof *tensors; ++i) {
        model->ops->release(model->ops, tensors[i]);
    }
    able_conditioning *const conditionings[] = {sky, both, empty};
    for (size_t i = 0; i < sizeof conditionings / sizeof *conditionings; ++i) {
        model->release_conditioning(model, conditionings[i]);
    }
}

/* Pictures */

/* Euler's method from pure noise, twelve steps evenly in timesteps, without guidance. `pixels` has width * height * 3.
 */
static void draw(able_model *model, const char *prompt, uint64_t seed, uint32_t width, uint32_t height, float *pixels) {
    const uint64_t count = (uint64_t)(width / 8) * (height / 8) * 16;
    able_noise_levels levels = *model->info->levels;
    const able_levels_request request = {sizeof request, width, height, 12, &params.params};
    REQUIRE(model->levels(model, &request, &job.job, &levels) == ABLE_OK);
    able_conditioning *conditioning = encode(model, prompt);
    able_tensor *x = make(model, 1, height / 8, width / 8), *d = make(model, 1, height / 8, width / 8);
    float *noise = malloc((size_t)count * sizeof *noise);
    REQUIRE(noise != NULL);
    fill_noise(seed, levels.sigma_max, noise, count);
    REQUIRE(model->ops->upload(model->ops, x, noise, count) == ABLE_OK);
    for (int i = 0; i < 12; ++i) {
        const double last = able_last_timestep(&levels);
        const double sigma = able_timestep_to_sigma(&levels, last * (12 - i) / 12.0);
        const double next = i == 11 ? 0.0 : able_timestep_to_sigma(&levels, last * (11 - i) / 12.0);
        const double coefficients[] = {next / sigma, 1.0 - next / sigma};
        const able_conditioning *const conditionings[] = {conditioning};
        const able_tensor *const in[] = {x, d};
        REQUIRE(evaluate(model, x, sigma, 1, conditionings, &d) == ABLE_OK);
        REQUIRE(model->ops->lincomb(model->ops, x, 2, coefficients, in) == ABLE_OK);
    }
    able_image image = {sizeof image, width, height, pixels};
    REQUIRE(model->decode(model, x, 0, &image, &job.job) == ABLE_OK);
    able_image wrong = {sizeof wrong, width, height - 48, pixels};
    CHECK_FAILS(model->decode(model, x, 0, &wrong, &job.job), ABLE_INVALID_ARGUMENT, "size");
    free(noise);
    model->ops->release(model->ops, d);
    model->ops->release(model->ops, x);
    model->release_conditioning(model, conditioning);
}

static void mean_colour(const float *pixels, uint32_t width, uint32_t top, uint32_t bottom, double *out) {
    out[0] = out[1] = out[2] = 0.0;
    for (size_t i = (size_t)top * width * 3; i < (size_t)bottom * width * 3; ++i) {
        out[i % 3] += (double)pixels[i] / ((double)(bottom - top) * width);
    }
}

enum { PICTURE = 288 * 192 * 3 };

static void test_pictures(able_model *model) {
    static float a[PICTURE], b[PICTURE];
    draw(model, "sky over sand", 1, 288, 192, a);
    draw(model, "sky over sand", 1, 288, 192, b);
    CHECK(memcmp(a, b, sizeof a) == 0);
    double top[3], bottom[3];
    mean_colour(a, 288, 0, 48, top);
    mean_colour(a, 288, 144, 192, bottom);
    CHECK(top[2] > top[0] + 0.2);       /* the sky is blue */
    CHECK(bottom[0] > bottom[2] + 0.1); /* the sand is not, and lies below */

    draw(model, "sky over sand", 2, 288, 192, b);
    CHECK(distance(a, b, PICTURE) > 0.01);
    draw(model, "sky over meadow", 1, 288, 192, b);
    CHECK(distance(a, b, PICTURE) > 0.01);
    draw(model, "sky over sand", 1, 192, 288, b);
    CHECK(distance(a, b, PICTURE) > 0.01);
    params.mood = 3; /* dark */
    draw(model, "sky over sand", 1, 288, 192, b);
    double dark[3];
    mean_colour(b, 288, 0, 192, dark);
    mean_colour(a, 288, 0, 192, top);
    CHECK(dark[0] < top[0] - 0.2 && dark[1] < top[1] - 0.2);
    params.mood = 0;
    params.scatter = 2.0;
    draw(model, "sky over sand", 1, 288, 192, b);
    CHECK(distance(a, b, PICTURE) > 0.01);
    params.scatter = 0.35;
}

/* A smooth picture survives the autoencoder, and its preview is the mean of its blocks. */
static void test_image(able_model *model) {
    static float pixels[PICTURE], back[PICTURE], small[36 * 24 * 3];
    for (uint32_t i = 0; i < PICTURE; ++i) {
        const double x = i / 3 % 288, y = i / 3 / 288; // NOLINT(bugprone-integer-division): whole pixels
        pixels[i] = (float)(0.5 + 0.2 * cos(x / 30.0 + i % 3) * cos(y / 40.0));
    }
    able_image image = {sizeof image, 288, 192, pixels};
    const able_image_request request = {sizeof request, &image, NULL, &params.params};
    able_tensor *latents = NULL;
    REQUIRE(model->encode_image(model, &request, &job.job, &latents) == ABLE_OK);
    able_image decoded = {sizeof decoded, 288, 192, back}, preview = {sizeof preview, 36, 24, small};
    REQUIRE(model->decode(model, latents, 0, &decoded, &job.job) == ABLE_OK);
    CHECK(distance(pixels, back, PICTURE) < 0.01);
    REQUIRE(model->preview(model, latents, 0, &preview) == ABLE_OK);
    double worst = 0.0;
    for (uint32_t i = 0; i < 36 * 24 * 3; ++i) {
        double sum = 0.0;
        for (uint32_t pixel = 0; pixel < 64; ++pixel) {
            const uint32_t y = i / 3 / 36 * 8 + pixel / 8, x = i / 3 % 36 * 8 + pixel % 8;
            sum += (double)back[(y * 288 + x) * 3 + i % 3];
        }
        worst = fmax(worst, fabs(sum / 64.0 - (double)small[i]));
    }
    CHECK(worst < 1e-5);
    model->ops->release(model->ops, latents);
    image.height = 96 + 8;
    CHECK_FAILS(model->encode_image(model, &request, &job.job, &latents), ABLE_INVALID_ARGUMENT, "48");
}

static void write_picture(able_model *model, const char *file) {
    static float pixels[576 * 384 * 3];
    draw(model, "dawn sky, mountains and a lighthouse by the sea, sand", 7, 576, 384, pixels);
    FILE *out = fopen(file, "wb");
    REQUIRE(out != NULL);
    fprintf(out, "P6 576 384 255\n");
    for (size_t i = 0; i < sizeof pixels / sizeof *pixels; ++i) {
        fputc((int)lrintf(pixels[i] * 255.0F), out);
    }
    CHECK(fclose(out) == 0);
}

int main(int argc, char **argv) {
    if (argc < 3) {
        fprintf(stderr, "usage: %s PLUGIN MODEL [PICTURE]\n", argv[0]);
        return 2;
    }
    host_make_job(&job);
    host_make_params(&params);
    open_plugin(argv[1]);
    static host_source source, vae;
    host_open(&source, argv[2], all_components, 3, pieces);
    host_open(&vae, argv[2], all_components + 2, 1, NULL);
    for (uint32_t i = 0; i < vae.tensor_count; ++i) { /* as a file of its own has them */
        char *name = vae.tensors[i].name;
        memmove(name, name + strlen("vae."), strlen(name + strlen("vae.")) + 1);
    }

    test_probe(&source, &vae);
    test_tokens(&source);
    test_broken_tokenizer(&source);
    test_load(&source);
    able_model *model = load(&source, NULL);
    CHECK(job.done == job.total && job.total > 0);
    test_memory(&source, model);
    test_prompts(model);
    test_levels(model);
    test_evaluations(model);
    test_mixture(model);
    test_pictures(model);
    test_image(model);
    if (argc > 3) {
        write_picture(model, argv[3]);
    }
    model->unload(model);

    /* With an autoencoder beside it, the model's own is not needed. */
    host_find(&source, "vae.encoder.weight")->hidden = 1;
    host_find(&source, "vae.decoder.weight")->hidden = 1;
    model = load(&source, &vae);
    test_image(model);
    model->unload(model);

    host_close(&vae);
    host_close(&source);
    printf("%d checks, %d failed\n", checks, failures);
    return failures == 0 ? 0 : 1;
}
