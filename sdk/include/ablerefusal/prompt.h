/* ablerefusal/prompt.h: prompts, and what a model makes of them.
 *
 * The host reads the language that people write prompts in (weights, BREAK, schedules, AND, the words of learned
 * embeddings) and hands a model pieces of plain text. It knows no tokenizer and no vocabulary: how many tokens a prompt
 * has, only the pipeline can say. What a model does not honour, it declares, and the host refuses a prompt that asks for
 * it. */
#ifndef ABLEREFUSAL_PROMPT_H
#define ABLEREFUSAL_PROMPT_H

#include "job.h"
#include "param.h"

ABLE_C_BEGIN

enum {
    ABLE_HONOURS_WEIGHTS = 1u << 0,       /* weights of segments other than 1, by ABLE_WEIGHTING_MEAN */
    ABLE_HONOURS_EMPTY_WEIGHTS = 1u << 1, /* the same by ABLE_WEIGHTING_EMPTY */
    ABLE_HONOURS_BREAK = 1u << 2,         /* ABLE_SEGMENT_BREAK */
    ABLE_HONOURS_CLIP_SKIP = 1u << 3,     /* able_text_request.clip_skip */
    ABLE_HONOURS_NEGATIVE = 1u << 4,      /* a negative prompt that is not empty */
    ABLE_HONOURS_WORDS = 1u << 5          /* new words from adapters */
};

/* What a model honours of a prompt. */
typedef struct able_prompt_support {
    uint32_t struct_size;
    uint32_t flags;        /* ABLE_HONOURS_… */
    uint32_t chunk_tokens; /* tokens of text in one chunk (CLIP: 75); 0: a prompt is not cut into chunks */
    uint32_t most_tokens;  /* of text in a whole prompt; 0: any number. encode_text refuses a longer one */
} able_prompt_support;

enum {
    ABLE_SEGMENT_BREAK = 1u << 0 /* no text: what follows begins a new chunk, however much room there is in this one */
};

/* A piece of prompt with its weight; 1 is plain. Each piece is tokenized by itself. */
typedef struct able_text_segment {
    uint32_t struct_size;
    uint32_t flags; /* ABLE_SEGMENT_… */
    const char *text;
    double weight;
} able_text_segment;

/* How weights act on the text encoder's output z, token by token. */
enum {
    /* z * weight, then the whole chunk scaled so that its mean is what it was (AUTOMATIC1111's) */
    ABLE_WEIGHTING_MEAN = 0,
    /* e + weight * (z - e), where e is the output for an empty prompt (ComfyUI's) */
    ABLE_WEIGHTING_EMPTY = 1
};

/* What a prompt is for. */
enum {
    ABLE_PROMPT_POSITIVE = 0, /* to be shown */
    /* To be kept away from. Empty where nobody asked for anything: a model may have a conditioning of its own for that
     * (SDXL's is all zeros). */
    ABLE_PROMPT_NEGATIVE = 1
};

/* A prompt of any length. A model that works in chunks encodes what is longer than one in several, whose outputs lie side
 * by side; a pooled output is the first chunk's. */
typedef struct able_text_request {
    uint32_t struct_size;
    uint32_t segment_count;
    const able_text_segment *const *segments;
    /* Last layers of the text encoder to leave out, plus one: 1 takes the last layer's output, 2 the one before it; 0
     * takes the model's own default. The final norm is applied where the model was trained with it (SD 1.x and 2.x), and
     * not where it was not (SDXL). (A1111's "clip skip".) */
    uint32_t clip_skip;
    uint32_t width, height;    /* of the image to come, in pixels */
    int32_t role;              /* ABLE_PROMPT_… */
    int32_t weighting;         /* ABLE_WEIGHTING_… */
    const able_params *params; /* the pipeline's, for this job */
} able_text_request;

/* A word that an adapter gives to prompts: its names, and how many tokens it takes up. A name in angle brackets,
 * "<cat-toy>", is found as it is written; any other where its tokens stand, whatever its case. Where several fit, the
 * longest does. */
typedef struct able_word {
    uint32_t struct_size;
    uint32_t name_count;
    const char *const *names;
    uint64_t tokens;
} able_word;

/* One chunk of a prompt as one text encoder gets it. */
typedef struct able_token_chunk {
    uint32_t struct_size;
    uint32_t encoder;           /* its number, from 0 */
    const char *encoder_name;   /* its component: "text_encoder" */
    const char *tokenizer_name; /* "tokenizer" */
    /* All that the encoder is given: start, text, end and padding, as far as it has them. Nothing is left out: what is
     * longer than one chunk is in the next. The text is ids[text_begin] … ids[text_begin + text_count - 1]. */
    const uint32_t *ids;
    const double *weights;  /* `count` of them, 1 where there is no text */
    const uint32_t *words;  /* `count` of them: 1 + the index in able_token_request.words, 0 for no such word */
    uint32_t count;
    uint32_t text_begin, text_count;
    uint32_t room; /* tokens of text that the encoder takes. Where prompts are not cut into chunks, text_count may be more */
} able_token_chunk;

struct able_component;

/* A question of how a prompt is tokenized. It is asked while people type: a prompt of any length is counted, and what the
 * model does not honour is counted as plain text. */
typedef struct able_token_request {
    uint32_t struct_size;
    uint32_t component_count;
    const struct able_component *const *components; /* as for able_load_request, of which tokenizers are read */
    const able_text_segment *const *segments;
    const able_word *const *words;
    uint32_t segment_count, word_count;
    const able_params *params; /* the pipeline's */
    void *host;

    /* Takes one chunk: the first encoder's in order, then the second's. An encoder that is not there has none; a prompt
     * without text is one chunk without text. The arrays live for the call. [job] */
    able_status (*chunk)(const struct able_token_request *request, const able_token_chunk *chunk) ABLE_NOEXCEPT;
} able_token_request;

ABLE_C_END

#endif
