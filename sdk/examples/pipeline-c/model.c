/* A loaded model. Its transformer is one layer of attention, small enough to be read: each patch of the latents looks
 * at the words of the prompt, and the weights of the softmax say which word's motif it is going to be. That is no mock:
 * for pictures whose patches are motifs with a little Gaussian noise, it is the exact answer that a trained network
 * comes near.
 *
 * What a real model changes is velocity(), the network, and the loops around it; the rest stays as it is. */
#include "patchwork.h"

#include <ablerefusal/cpu_ops.h> /* in one source file: the tensors of a model on the CPU, and able_ops on them */

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char family[] = "patchwork", variant[] = "base";

/* How far, in latents, a patch of a picture strays from its motif. */
static const double grain = 0.05;

/* A negative prompt is all that we honour beside plain text. The host refuses weights, BREAK and clip skip for us. */
const able_prompt_support prompt_support = {
    .struct_size = sizeof(able_prompt_support),
    .flags = ABLE_HONOURS_NEGATIVE,
    .chunk_tokens = 0, /* a prompt is never cut */
    .most_tokens = MOST_TOKENS,
};

/* The number of patches of the pictures that the model is at home with; at DEFAULT_WIDTH x DEFAULT_HEIGHT. */
enum { USUAL_PATCHES = (DEFAULT_WIDTH / PATCH) * (DEFAULT_HEIGHT / PATCH) };

/* Timesteps of a flow lie evenly in u, and shift says how in sigma; see model_info.h. The ends are those of u = 1/1000
 * and of t = 0.9999, where a flow is cut off. */
#define SIGMA_MIN(shift) ((shift) / (ABLE_TIMESTEPS - 1.0))

static const able_noise_levels usual_levels = {
    .struct_size = sizeof(able_noise_levels),
    .kind = ABLE_LEVELS_FLOW,
    .sigma_min = SIGMA_MIN(1.0),
    .sigma_max = ABLE_FLOW_SIGMA_MAX,
    .shift = 1.0,
};

static const able_model_info info = {
    .struct_size = sizeof(able_model_info),
    .prediction = ABLE_PREDICTION_FLOW,
    .family = family,
    .variant = variant,
    .levels = &usual_levels,
    .prompt = &prompt_support,
    .latent_channels = CHANNELS,
    .scale_factor = BLOCK,
    .default_width = DEFAULT_WIDTH,
    .default_height = DEFAULT_HEIGHT,
    .size_multiple = PATCH,
};

typedef struct patchwork {
    able_model model;
    able_ops ops;
    weights weights;
    tokenizer tokenizer;
    uint64_t bytes;
    float preview[3][CHANNELS]; /* the mean colour of what a channel decodes to */
} patchwork;

static patchwork *self(able_model *model) {
    return (patchwork *)model->self;
}

/* An encoded prompt: a row for each word. Motifs, squares and places depend on the prompt alone, so that evaluations
 * need not work them out again; a real model keeps its text keys and values here. */
struct able_conditioning {
    able_tensor *context; /* [1, words, width] */
    able_tensor *motifs;  /* [words, PATCH_VALUES] */
    able_tensor *squares; /* [words]: |motif|^2 */
    able_tensor *places;  /* [words, 3]: x and y from -1 to 1, and how much room the word wants */
};

/* The noise levels of a picture. The more patches it has, the more noise it takes to hide what they have in common.
 * Esser et al. 2024, eq. 23: the shift is the square root of how many times the usual number there are. */
static able_status levels(able_model *model, const able_levels_request *request, const able_job *job,
                          able_noise_levels *out) {
    (void)model;
    (void)job;
    const double patches = ((double)request->width / PATCH) * ((double)request->height / PATCH);
    out->shift = sqrt(patches / USUAL_PATCHES);
    out->sigma_min = SIGMA_MIN(out->shift);
    return ABLE_OK;
}

/* Prompts */

static void release_conditioning(able_model *model, able_conditioning *conditioning) {
    (void)model;
    if (conditioning != NULL) {
        able_cpu_release(conditioning->context);
        able_cpu_release(conditioning->motifs);
        able_cpu_release(conditioning->squares);
        able_cpu_release(conditioning->places);
        free(conditioning);
    }
}

static able_conditioning *make_conditioning(uint32_t words, uint32_t width) {
    const int64_t context[] = {1, words, width}, motifs[] = {words, PATCH_VALUES}, places[] = {words, 3};
    able_conditioning *c = calloc(1, sizeof *c);
    if (c == NULL) {
        return NULL;
    }
    c->context = able_cpu_make(3, context);
    c->motifs = able_cpu_make(2, motifs);
    c->squares = able_cpu_make(1, motifs);
    c->places = able_cpu_make(2, places);
    if (c->context == NULL || c->motifs == NULL || c->squares == NULL || c->places == NULL) {
        release_conditioning(NULL, c);
        return NULL;
    }
    return c;
}

/* out = matrix x vector */
static void multiply(const weights *w, int matrix, const float *vector, float *out) {
    const uint32_t columns = w->columns[matrix];
    for (uint32_t row = 0; row < w->rows[matrix]; ++row) {
        const float *values = w->values[matrix] + (size_t)row * columns;
        double sum = 0.0;
        for (uint32_t i = 0; i < columns; ++i) {
            sum += (double)values[i] * (double)vector[i];
        }
        out[row] = (float)sum;
    }
}

/* Words begin where a piece has a space in front. `starts` gets the first token of each, and the end's behind them. A
 * prompt without words has one, which is its end. */
static uint32_t find_words(const tokenizer *t, const tokens *prompt, uint32_t *starts) {
    const uint32_t end = prompt->count > 1 ? prompt->count - 1 : 1;
    uint32_t words = 1;
    starts[0] = 0;
    for (uint32_t i = 1; i < end; ++i) {
        if (tokenizer_begins_word(t, prompt->ids[i])) {
            starts[words++] = i;
        }
    }
    starts[words] = end;
    return words;
}

/* A word is the mean of its pieces, in the picture's mood. */
static void encode_word(const patchwork *p, const uint32_t *ids, uint32_t count, uint32_t mood, float *out) {
    const weights *w = &p->weights;
    const uint32_t width = w->columns[EMBEDDING];
    for (uint32_t i = 0; i < width; ++i) {
        double sum = 0.0;
        for (uint32_t k = 0; k < count; ++k) {
            sum += (double)w->values[EMBEDDING][(size_t)ids[k] * width + i];
        }
        out[i] = (float)(sum / count) + w->values[MOOD][(size_t)mood * width + i];
    }
}

static able_status encode_tokens(const patchwork *p, const tokens *prompt, uint32_t mood, const able_job *job,
                                 able_conditioning **out) {
    uint32_t starts[MOST_TOKENS + 1];
    const uint32_t words = find_words(&p->tokenizer, prompt, starts);
    const uint32_t width = p->weights.columns[EMBEDDING];
    able_conditioning *c = make_conditioning(words, width);
    if (c == NULL) {
        return job->fail(job, ABLE_OUT_OF_MEMORY, "no memory for an encoded prompt");
    }
    for (uint32_t word = 0; word < words; ++word) {
        float *vector = able_cpu_data(c->context) + (size_t)word * width;
        float *motif = able_cpu_data(c->motifs) + (size_t)word * PATCH_VALUES;
        encode_word(p, prompt->ids + starts[word], starts[word + 1] - starts[word], mood, vector);
        multiply(&p->weights, TO_PATCH, vector, motif);
        multiply(&p->weights, TO_PLACE, vector, able_cpu_data(c->places) + (size_t)word * 3);
        double square = 0.0;
        for (uint32_t i = 0; i < PATCH_VALUES; ++i) {
            square += (double)motif[i] * (double)motif[i];
        }
        able_cpu_data(c->squares)[word] = (float)square;
    }
    *out = c;
    return ABLE_OK;
}

/* The host refuses what prompt_support does not name, and so spares the user a loaded model; whoever else calls is
 * told. */
static able_status check_prompt(const able_text_request *request, const able_job *job) {
    for (uint32_t i = 0; i < request->segment_count; ++i) {
        if ((request->segments[i]->flags & ABLE_SEGMENT_BREAK) != 0 || request->segments[i]->weight != 1.0) {
            return job->fail(job, ABLE_UNSUPPORTED, "the model knows neither weights nor BREAK; leave them out");
        }
    }
    if (request->clip_skip != 0) {
        return job->fail(job, ABLE_UNSUPPORTED, "the model has one text layer: leave clip skip out");
    }
    return ABLE_OK;
}

static able_status encode_text(able_model *model, const able_text_request *request, const able_job *job,
                               able_conditioning **out) {
    const patchwork *p = self(model);
    ABLE_TRY(check_prompt(request, job));
    const uint32_t mood = (uint32_t)request->params->number(request->params, "mood");
    tokens prompt;
    able_status status = tokenizer_read(&p->tokenizer, request->segment_count, request->segments, job, &prompt);
    if (status == ABLE_OK && prompt.count - 1 > MOST_TOKENS) {
        status = fail(job, ABLE_UNSUPPORTED, "the prompt has %u tokens, of which %d are the most; shorten it",
                      (unsigned)prompt.count - 1, MOST_TOKENS);
    }
    if (status == ABLE_OK) {
        status = encode_tokens(p, &prompt, mood, job, out);
    }
    free(prompt.ids);
    return status;
}

static const able_tensor *conditioning_tensor(able_model *model, const able_conditioning *conditioning,
                                              const char *name) {
    (void)model;
    return strcmp(name, "context") == 0 ? conditioning->context : NULL;
}

/* Evaluations */

/* log of how much a word wants the patch whose middle is at (x, y), before the patch has been looked at. */
static void look_at_places(const able_conditioning *c, double x, double y, double scatter, double *scores) {
    const float *place = able_cpu_data(c->places);
    const uint64_t words = able_cpu_count(c->squares);
    for (uint64_t word = 0; word < words; ++word, place += 3) {
        const double dx = x - (double)place[0];
        const double dy = y - (double)place[1];
        scores[word] = (double)place[2] - (dx * dx + dy * dy) / (2.0 * scatter * scatter);
    }
}

static void softmax(double *scores, uint64_t count) {
    double largest = scores[0];
    double sum = 0.0;
    for (uint64_t i = 1; i < count; ++i) {
        largest = fmax(largest, scores[i]);
    }
    for (uint64_t i = 0; i < count; ++i) {
        scores[i] = exp(scores[i] - largest);
        sum += scores[i];
    }
    for (uint64_t i = 0; i < count; ++i) {
        scores[i] /= sum;
    }
}

/* The network: from a patch y = (1 - t) * clean + t * noise of a flow to its velocity, noise - clean. The patch is the
 * query, words have their motifs for keys and values. `scores` has a place for each word, and comes with what the
 * words' places have to say. */
static void velocity(const able_conditioning *c, const double *y, double t, double *scores, double *out) {
    const uint64_t words = able_cpu_count(c->squares);
    const double a = 1.0 - t;
    const double clean_part = a * a * grain * grain;
    const double variance = clean_part + t * t; /* of y about its motif */
    for (uint64_t word = 0; word < words; ++word) {
        const float *motif = able_cpu_data(c->motifs) + word * PATCH_VALUES;
        double product = 0.0;
        for (uint32_t i = 0; i < PATCH_VALUES; ++i) {
            product += y[i] * (double)motif[i];
        }
        scores[word] += (a * product - a * a * (double)able_cpu_data(c->squares)[word] / 2.0) / variance;
    }
    softmax(scores, words);
    for (uint32_t i = 0; i < PATCH_VALUES; ++i) {
        double expected = 0.0; /* motif */
        for (uint64_t word = 0; word < words; ++word) {
            expected += scores[word] * (double)able_cpu_data(c->motifs)[word * PATCH_VALUES + i];
        }
        /* (y - D) / t with D = (a grain^2 y + t^2 expected) / variance, gathered so that t may be small */
        out[i] = ((t - a * grain * grain) * y[i] - t * expected) / variance;
    }
}

/* The latents of one sample, [CHANNELS, h, w], and where a value of a patch lies in them. */
static size_t place_in_sample(uint32_t i, size_t row, size_t column, size_t h, size_t w) {
    const size_t channel = i / (SIDE * SIDE);
    const size_t in_patch = i % (SIDE * SIDE);
    return (channel * h + row * SIDE + in_patch / SIDE) * w + column * SIDE + in_patch % SIDE;
}

/* D(x, sigma) of one sample. The host's latents are x = clean + sigma * noise whatever the model was trained in; here
 * is where a flow turns them into its own, and its answer back. model_info.h has the formulas. */
static void denoise_sample(const able_conditioning *c, const float *x, size_t h, size_t w, double sigma, double scatter,
                           double *scores, float *out) {
    const double t = sigma / (1.0 + sigma);
    const size_t rows = h / SIDE;
    const size_t columns = w / SIDE;
    double y[PATCH_VALUES];
    double v[PATCH_VALUES];
    for (size_t patch = 0; patch < rows * columns; ++patch) {
        const size_t row = patch / columns;
        const size_t column = patch % columns;
        for (uint32_t i = 0; i < PATCH_VALUES; ++i) {
            y[i] = (double)x[place_in_sample(i, row, column, h, w)] * (1.0 - t);
        }
        look_at_places(c, (2.0 * (double)column + 1.0) / (double)columns - 1.0,
                       (2.0 * (double)row + 1.0) / (double)rows - 1.0, scatter, scores);
        velocity(c, y, t, scores, v);
        for (uint32_t i = 0; i < PATCH_VALUES; ++i) {
            const size_t at = place_in_sample(i, row, column, h, w);
            out[at] = (float)(((double)x[at] - sigma * v[i]) / (1.0 + sigma));
        }
    }
}

static able_status check_evaluation(const able_evaluation *evaluation, const able_job *job) {
    const able_tensor *x = evaluation->x;
    if (evaluation->input_count != 0) {
        return fail(job, ABLE_UNSUPPORTED, "the model takes no inputs beside latents and prompts, but got %u",
                    (unsigned)evaluation->input_count);
    }
    if (x->ndim != 4 || x->shape[1] != CHANNELS || x->shape[2] % SIDE != 0 || x->shape[3] % SIDE != 0) {
        return fail(job, ABLE_INVALID_ARGUMENT,
                    "latents must be [batch, %d, h, w], and pictures multiples of %d pixels wide and high", CHANNELS,
                    PATCH);
    }
    return ABLE_OK;
}

static able_status denoise_all(const able_evaluation *evaluation, uint32_t k, const able_job *job) {
    const able_tensor *x = evaluation->x;
    const size_t h = (size_t)x->shape[2];
    const size_t w = (size_t)x->shape[3];
    const double scatter = evaluation->params->number(evaluation->params, "scatter");
    double *scores = calloc((size_t)able_cpu_count(evaluation->conditionings[k]->squares), sizeof *scores);
    able_status status = scores == NULL ? job->fail(job, ABLE_OUT_OF_MEMORY, "no memory for an evaluation") : ABLE_OK;
    for (size_t sample = 0; status == ABLE_OK && sample < (size_t)x->shape[0]; ++sample) {
        const size_t offset = sample * CHANNELS * h * w;
        denoise_sample(evaluation->conditionings[k], able_cpu_data(x) + offset, h, w, evaluation->sigma, scatter,
                       scores, able_cpu_data(evaluation->outs[k]) + offset);
        status = job->cancelled(job) ? ABLE_CANCELLED : ABLE_OK;
    }
    free(scores);
    return status;
}

static able_status denoise(able_model *model, const able_evaluation *evaluation, const able_job *job) {
    (void)model;
    ABLE_TRY(check_evaluation(evaluation, job));
    for (uint32_t k = 0; k < evaluation->count; ++k) {
        ABLE_TRY(denoise_all(evaluation, k, job));
    }
    return ABLE_OK;
}

/* Pictures */

/* The values of a block, or of one latent of it, and of a picture around it. */
static float *pixel_at(const able_image *image, size_t block_row, size_t block_column, size_t y) {
    return image->pixels + ((block_row * BLOCK + y) * image->width + block_column * BLOCK) * 3;
}

static able_status encode_image(able_model *model, const able_image_request *request, const able_job *job,
                                able_tensor **out) {
    const patchwork *p = self(model);
    const able_image *image = request->image;
    if (image->width % PATCH != 0 || image->height % PATCH != 0) {
        return fail(job, ABLE_INVALID_ARGUMENT, "pictures must be multiples of %d pixels wide and high", PATCH);
    }
    const size_t h = image->height / BLOCK;
    const size_t w = image->width / BLOCK;
    const int64_t shape[] = {1, CHANNELS, (int64_t)h, (int64_t)w};
    able_tensor *latents = able_cpu_make(4, shape);
    if (latents == NULL) {
        return job->fail(job, ABLE_OUT_OF_MEMORY, "no memory for a picture's latents; try a smaller one");
    }
    /* request->noise draws from an encoder's posterior. A transform has none: its answer is always its mean. */
    for (size_t at = 0; at < h * w; ++at) {
        float block[BLOCK_VALUES];
        float values[CHANNELS] = {0};
        for (size_t y = 0; y < BLOCK; ++y) {
            const float *row = pixel_at(image, at / w, at % w, y);
            for (size_t i = 0; i < 3 * (size_t)BLOCK; ++i) {
                block[y * 3 * BLOCK + i] = row[i] - 0.5F;
            }
        }
        multiply(&p->weights, ENCODER, block, values);
        for (size_t channel = 0; channel < CHANNELS; ++channel) {
            able_cpu_data(latents)[channel * h * w + at] = values[channel];
        }
    }
    *out = latents;
    return ABLE_OK;
}

/* The channels of one latent of a sample. */
static void gather(const able_tensor *latents, uint32_t sample, size_t at, float *out) {
    const size_t plane = (size_t)latents->shape[2] * (size_t)latents->shape[3];
    const float *values = able_cpu_data(latents) + (size_t)sample * CHANNELS * plane + at;
    for (size_t channel = 0; channel < CHANNELS; ++channel) {
        out[channel] = values[channel * plane];
    }
}

static float to_pixel(float value) {
    return fminf(fmaxf(value + 0.5F, 0.0F), 1.0F);
}

static able_status decode(able_model *model, const able_tensor *latents, uint32_t index, able_image *image,
                          const able_job *job) {
    const patchwork *p = self(model);
    const size_t h = image->height / BLOCK;
    const size_t w = image->width / BLOCK;
    if (latents->ndim != 4 || latents->shape[1] != CHANNELS || latents->shape[2] != (int64_t)h ||
        latents->shape[3] != (int64_t)w) {
        return job->fail(job, ABLE_INVALID_ARGUMENT, "the latents are not those of a picture of this size");
    }
    for (size_t at = 0; at < h * w; ++at) {
        float values[CHANNELS];
        float block[BLOCK_VALUES] = {0};
        gather(latents, index, at, values);
        multiply(&p->weights, DECODER, values, block);
        for (size_t y = 0; y < BLOCK; ++y) {
            float *row = pixel_at(image, at / w, at % w, y);
            for (size_t i = 0; i < 3 * (size_t)BLOCK; ++i) {
                row[i] = to_pixel(block[y * 3 * BLOCK + i]);
            }
        }
    }
    return ABLE_OK;
}

static able_status preview(able_model *model, const able_tensor *denoised, uint32_t index, able_image *image) {
    const patchwork *p = self(model);
    for (size_t at = 0; at < (size_t)image->width * image->height; ++at) {
        float values[CHANNELS];
        gather(denoised, index, at, values);
        for (size_t colour = 0; colour < 3; ++colour) {
            float sum = 0.0F;
            for (size_t channel = 0; channel < CHANNELS; ++channel) {
                sum += p->preview[colour][channel] * values[channel];
            }
            image->pixels[at * 3 + colour] = to_pixel(sum);
        }
    }
    return ABLE_OK;
}

static void make_preview(patchwork *p) {
    for (uint32_t value = 0; value < BLOCK_VALUES; ++value) {
        for (uint32_t channel = 0; channel < CHANNELS; ++channel) {
            p->preview[value % 3][channel] +=
                p->weights.values[DECODER][value * CHANNELS + channel] / (float)(BLOCK * BLOCK);
        }
    }
}

/* Memory: what phases add to the weights. Prompts and pictures are encoded, then evaluated, then decoded, so that the
 * host needs room for the largest of them and not for all. */
static void fill_memory(uint64_t resident, uint32_t width, uint32_t height, uint32_t batch, able_memory *out) {
    const uint64_t sample = (uint64_t)(width / BLOCK) * (height / BLOCK) * CHANNELS * sizeof(float);
    out->resident = resident;
    out->encode = sample + (width != 0 ? (uint64_t)MOST_TOKENS * PATCH_VALUES * sizeof(float) : 0);
    out->evaluate = batch * sample; /* what it writes its answers into; the network itself works patch by patch */
    out->decode = 0;                /* block by block, into the host's picture */
}

static able_status memory(able_model *model, uint32_t width, uint32_t height, uint32_t batch, able_memory *out) {
    fill_memory(self(model)->bytes, width, height, batch, out);
    return ABLE_OK;
}

able_status model_estimate(const able_load_request *request, uint32_t width, uint32_t height, uint32_t batch,
                           const able_job *job, able_memory *out) {
    (void)job;
    fill_memory(sizeof(patchwork) + weights_bytes(request), width, height, batch, out);
    return ABLE_OK;
}

/* Coming and going */

static void unload(able_model *model) {
    patchwork *p = self(model);
    tokenizer_close(&p->tokenizer);
    weights_free(&p->weights);
    free(p);
}

static const able_model functions = {
    .struct_size = sizeof(able_model),
    .info = &info,
    .targets = NULL, /* no adapters: set_adapters stays NULL too */
    .device = "cpu",
    .dtype = "fp32",
    .levels = levels,
    .encode_text = encode_text,
    .release_conditioning = release_conditioning,
    .encode_image = encode_image,
    .denoise = denoise,
    .decode = decode,
    .preview = preview,
    .conditioning_tensor = conditioning_tensor,
    .memory = memory,
    .unload = unload,
};

/* What the user asks for and we cannot do, we refuse, each by its name. (Tiling needs no thought: decoding goes block
 * by block as it is. `threads` is a wish.) */
static able_status check_request(const able_load_request *request, const able_job *job) {
    for (uint32_t i = 1; i < request->component_count; ++i) {
        if (strcmp(request->components[i]->role, ABLE_ROLE_VAE) != 0) {
            return fail(job, ABLE_UNSUPPORTED, "the model takes no separate %.100s, only a vae",
                        request->components[i]->role);
        }
    }
    if (strcmp(request->device, "auto") != 0 && strcmp(request->device, "cpu") != 0) {
        return fail(job, ABLE_UNSUPPORTED, "the model runs on the CPU only, not on %.100s", request->device);
    }
    if (strcmp(request->dtype, "auto") != 0 && strcmp(request->dtype, "fp32") != 0) {
        return fail(job, ABLE_UNSUPPORTED, "the model computes in fp32 only, not in %.100s", request->dtype);
    }
    if (request->offload == ABLE_OFFLOAD_ON) {
        return job->fail(job, ABLE_UNSUPPORTED, "the model is on the CPU, where there is nothing to offload to");
    }
    return ABLE_OK;
}

static able_status load_parts(patchwork *p, const able_load_request *request, const able_job *job) {
    ABLE_TRY(weights_read(request, job, &p->weights));
    ABLE_TRY(tokenizer_open(request->components[0]->source, job, &p->tokenizer));
    if (p->tokenizer.count != p->weights.rows[EMBEDDING]) {
        return fail(job, ABLE_BAD_FILE, "the tokenizer has %u pieces, the text encoder vectors for %u",
                    (unsigned)p->tokenizer.count, (unsigned)p->weights.rows[EMBEDDING]);
    }
    make_preview(p);
    return ABLE_OK;
}

able_status model_load(const able_load_request *request, const able_job *job, able_model **out) {
    ABLE_TRY(check_request(request, job));
    patchwork *p = calloc(1, sizeof *p);
    if (p == NULL) {
        return job->fail(job, ABLE_OUT_OF_MEMORY, "no memory for the model");
    }
    p->model = functions;
    p->model.self = p;
    p->ops = able_cpu_ops(p);
    p->model.ops = &p->ops;
    p->bytes = sizeof *p + weights_bytes(request);
    const able_status status = load_parts(p, request, job);
    if (status != ABLE_OK) {
        unload(&p->model);
        return status;
    }
    *out = &p->model;
    return ABLE_OK;
}
