/* Prompts into tokens: a unigram model, as T5's. Each piece of text has a score, and a prompt is cut into the pieces
 * whose scores have the highest sum. Kudo 2018, "Subword Regularization", section 3.2. Every byte is a piece too, so
 * that nothing is unknown.
 *
 * The host knows no vocabulary: this is all that counts the tokens of a prompt, while it is typed and when it is used.
 */
#include "patchwork.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char path[] = "tokenizer/pieces.model";
static const char magic[] = "pieces 1";
static const char no_memory[] = "no memory for the tokens of a prompt";

/* A blob is a stranger's: it is read within its bounds, byte by byte, whatever this machine's order of bytes. */
typedef struct reader {
    const unsigned char *at;
    uint64_t left;
} reader;

static int read_number(reader *r, uint32_t bytes, uint32_t *out) {
    if (r->left < bytes) {
        return 0;
    }
    *out = 0;
    for (uint32_t i = 0; i < bytes; ++i) {
        *out |= (uint32_t)r->at[i] << (8U * i);
    }
    r->at += bytes;
    r->left -= bytes;
    return 1;
}

static int read_piece(reader *r, piece *out) {
    uint32_t bits = 0;
    float score = 0.0F;
    if (!read_number(r, 4, &bits) || !read_number(r, 2, &out->length) || r->left < out->length) {
        return 0;
    }
    memcpy(&score, &bits, sizeof score);
    out->score = score;
    out->text = (const char *)r->at;
    r->at += out->length;
    r->left -= out->length;
    return isfinite(score);
}

able_status tokenizer_open(const able_source *source, const able_job *job, tokenizer *out) {
    reader r = {NULL, 0};
    uint32_t count = 0;
    memset(out, 0, sizeof *out);
    r.at = source->blob(source, path, &r.left);
    if (r.at == NULL) {
        return fail(job, ABLE_NOT_FOUND, "%.200s has no %s; download the model again", source->name, path);
    }
    if (r.left < sizeof magic - 1 || memcmp(r.at, magic, sizeof magic - 1) != 0) {
        return fail(job, ABLE_BAD_FILE, "%s does not begin with \"%s\"", path, magic);
    }
    r.at += sizeof magic - 1;
    r.left -= sizeof magic - 1;
    /* No piece takes less than six bytes, which bounds what a wrong count can make us ask for. */
    if (!read_number(&r, 4, &count) || count == 0 || count > r.left / 6) {
        return fail(job, ABLE_BAD_FILE, "%s ends before its last piece; download the model again", path);
    }
    out->pieces = calloc(count, sizeof *out->pieces);
    if (out->pieces == NULL) {
        return job->fail(job, ABLE_OUT_OF_MEMORY, no_memory);
    }
    for (out->count = 0; out->count < count; ++out->count) {
        if (!read_piece(&r, &out->pieces[out->count])) {
            return fail(job, ABLE_BAD_FILE, "piece %u of %s is cut off or has no score", (unsigned)out->count, path);
        }
    }
    return ABLE_OK;
}

void tokenizer_close(tokenizer *t) {
    free(t->pieces);
    t->pieces = NULL;
}

int tokenizer_begins_word(const tokenizer *t, uint32_t token) {
    return t->pieces[token].length > 0 && t->pieces[token].text[0] == ' ';
}

static int is_gap(char c) {
    return c != '\0' && strchr(" \t\r\n,.;:!?", c) != NULL;
}

/* The text as the pieces have it: in small letters, each word with one space before it. `out` has room for one more
 * byte than the text has. Returns the number of bytes. */
static size_t normalise(const char *text, char *out) {
    size_t length = 0;
    int gap = 1;
    for (; *text != '\0'; ++text) {
        if (is_gap(*text)) {
            gap = 1;
            continue;
        }
        if (gap) {
            out[length++] = ' ';
            gap = 0;
        }
        out[length++] = (char)(*text >= 'A' && *text <= 'Z' ? *text - 'A' + 'a' : *text);
    }
    return length;
}

/* The best sum of scores of each beginning of the text, and the last piece of it. */
typedef struct ending {
    double score;
    uint32_t piece;
} ending;

static void find_endings(const tokenizer *t, const char *text, size_t length, ending *endings) {
    endings[0].score = 0.0;
    for (size_t end = 1; end <= length; ++end) {
        endings[end].score = -INFINITY;
        for (uint32_t i = 0; i < t->count; ++i) { /* a vocabulary of many thousands would want a trie */
            const piece *p = &t->pieces[i];
            if (p->length == 0 || p->length > end || memcmp(text + end - p->length, p->text, p->length) != 0) {
                continue;
            }
            const double score = endings[end - p->length].score + p->score;
            if (score > endings[end].score) {
                endings[end].score = score;
                endings[end].piece = i;
            }
        }
    }
}

static able_status append(const tokenizer *t, const ending *endings, size_t length, const able_job *job, tokens *out) {
    if (!isfinite(endings[length].score)) {
        return fail(job, ABLE_BAD_FILE, "%s has no pieces to spell the prompt with: one for each byte is needed", path);
    }
    uint32_t count = 0;
    for (size_t end = length; end > 0; end -= t->pieces[endings[end].piece].length) {
        ++count;
    }
    uint32_t *ids = realloc(out->ids, ((size_t)out->count + count + 1) * sizeof *ids); /* and the end */
    if (ids == NULL) {
        return job->fail(job, ABLE_OUT_OF_MEMORY, no_memory);
    }
    out->ids = ids;
    out->count += count;
    uint32_t at = out->count;
    for (size_t end = length; end > 0; end -= t->pieces[endings[end].piece].length) {
        ids[--at] = endings[end].piece;
    }
    return ABLE_OK;
}

static able_status read_text(const tokenizer *t, const char *text, const able_job *job, tokens *out) {
    const size_t room = strlen(text) + 2;
    char *normal = malloc(room);
    ending *endings = calloc(room, sizeof *endings);
    able_status status = ABLE_OK;
    if (normal == NULL || endings == NULL) {
        status = job->fail(job, ABLE_OUT_OF_MEMORY, no_memory);
    } else {
        const size_t length = normalise(text, normal);
        find_endings(t, normal, length, endings);
        status = append(t, endings, length, job, out);
    }
    free(endings);
    free(normal);
    return status;
}

able_status tokenizer_read(const tokenizer *t, uint32_t segment_count, const able_text_segment *const *segments,
                           const able_job *job, tokens *out) {
    memset(out, 0, sizeof *out);
    ABLE_TRY(read_text(t, "", job, out)); /* a prompt without segments has an end as well */
    for (uint32_t i = 0; i < segment_count; ++i) {
        ABLE_TRY(read_text(t, segments[i]->text, job, out));
    }
    out->ids[out->count++] = TOKEN_END;
    return ABLE_OK;
}
