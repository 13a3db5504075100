/* What the files of the example share.
 *
 *   plugin.c      the door: who we are, our parameters, which files are ours
 *   model.c       a loaded model: prompts, noise levels, evaluations, pictures
 *   tokenizer.c   prompts into tokens
 *   weights.c     weights out of the host's files */
#ifndef PATCHWORK_H
#define PATCHWORK_H

#include <ablerefusal/ablerefusal.h>

#include <stdarg.h>
#include <stdio.h>

enum {
    CHANNELS = 16, /* of latents */
    BLOCK = 8,     /* pixels of a latent, each way */
    BLOCK_VALUES = BLOCK * BLOCK * 3,
    SIDE = 6,             /* latents of a patch, each way: the transformer's tokens are patches */
    PATCH = SIDE * BLOCK, /* pixels of a patch, each way: what width and height must be multiples of */
    PATCH_VALUES = CHANNELS * SIDE * SIDE,
    MOST_TOKENS = 256 /* of a prompt, its end not counted */
};

/* Says why a call fails, in printf()'s way, and returns `status`. */
__attribute__((format(printf, 3, 4))) static inline able_status fail(const able_job *job, able_status status,
                                                                     const char *format, ...) {
    char message[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    return job->fail(job, status, message);
}

/* weights.c */

enum { EMBEDDING, MOOD, TO_PATCH, TO_PLACE, ENCODER, DECODER, WEIGHT_COUNT };

/* Matrices [rows, columns]. */
typedef struct weights {
    float *values[WEIGHT_COUNT];
    uint32_t rows[WEIGHT_COUNT], columns[WEIGHT_COUNT];
} weights;

/* Whether the source has this weight. */
int weights_has(const able_source *source, int weight);
/* What is wrong with the shape of a weight that the source has, as a constant; NULL if it is right. */
const char *weights_problem(const able_source *source, int weight);
/* Bytes that weights_read() will take. */
uint64_t weights_bytes(const able_load_request *request);
/* Copies the weights out of the request's components. After a failure too, weights_free() is to be called. */
able_status weights_read(const able_load_request *request, const able_job *job, weights *out);
void weights_free(weights *w);

/* tokenizer.c */

typedef struct piece {
    const char *text; /* in the source's memory; not terminated */
    uint32_t length;
    double score;
} piece;

typedef struct tokenizer {
    piece *pieces; /* a token is the number of one */
    uint32_t count;
} tokenizer;

typedef struct tokens {
    uint32_t *ids;
    uint32_t count;
} tokens;

enum { TOKEN_END = 0 };

/* After a failure too, tokenizer_close() is to be called. */
able_status tokenizer_open(const able_source *source, const able_job *job, tokenizer *out);
void tokenizer_close(tokenizer *t);
/* The tokens of a prompt however long it is, TOKEN_END behind them. The caller frees out->ids, after a failure too. */
able_status tokenizer_read(const tokenizer *t, uint32_t segment_count, const able_text_segment *const *segments,
                           const able_job *job, tokens *out);
int tokenizer_begins_word(const tokenizer *t, uint32_t token);

/* model.c */

extern const able_prompt_support prompt_support;
extern const char family[], variant[];
enum { DEFAULT_WIDTH = 12 * PATCH, DEFAULT_HEIGHT = 8 * PATCH };

able_status model_load(const able_load_request *request, const able_job *job, able_model **out);
able_status model_estimate(const able_load_request *request, uint32_t width, uint32_t height, uint32_t batch,
                           const able_job *job, able_memory *out);

#endif
