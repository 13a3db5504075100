/* Weights out of the host's files. The host has opened them and checked their headers; what remains is whether a tensor
 * is there, has the right shape, and is of a type that we read. */
#include "patchwork.h"

#include <stdlib.h>
#include <string.h>

enum { ANY = 0 };

static const struct {
    const char *name;
    int64_t rows, columns; /* ANY: the file says how many */
    const char *wrong_shape;
} table[WEIGHT_COUNT] = {
    {"text_encoder.embedding.weight", ANY, ANY, "text_encoder.embedding.weight is not a matrix [pieces, width]"},
    {"text_encoder.mood.weight", 4, ANY, "text_encoder.mood.weight is not a matrix [4, width]"},
    {"transformer.to_patch.weight", PATCH_VALUES, ANY, "transformer.to_patch.weight is not a matrix [576, width]"},
    {"transformer.to_place.weight", 3, ANY, "transformer.to_place.weight is not a matrix [3, width]"},
    {"vae.encoder.weight", CHANNELS, BLOCK_VALUES, "vae.encoder.weight is not a matrix [16, 192]"},
    {"vae.decoder.weight", BLOCK_VALUES, CHANNELS, "vae.decoder.weight is not a matrix [192, 16]"},
};

/* What the source calls the weight; NULL if it has none. In a folder a component's name stands in front; an autoencoder
 * may come as a file of its own, where it does not. */
static const char *find(const able_source *source, int weight) {
    const char *name = table[weight].name;
    if (source->tensor(source, name) == NULL && (weight == ENCODER || weight == DECODER)) {
        name += sizeof "vae." - 1;
    }
    return source->tensor(source, name) != NULL ? name : NULL;
}

int weights_has(const able_source *source, int weight) {
    return find(source, weight) != NULL;
}

static const char *problem(const able_view *view, int weight) {
    const int64_t most = 1 << 20; /* so that no file makes us multiply beyond what fits */
    const int wrong = view->ndim != 2 || (table[weight].rows != ANY && view->shape[0] != table[weight].rows) ||
                      (table[weight].columns != ANY && view->shape[1] != table[weight].columns) || view->shape[0] < 1 ||
                      view->shape[0] > most || view->shape[1] < 1 || view->shape[1] > most;
    return wrong ? table[weight].wrong_shape : NULL;
}

const char *weights_problem(const able_source *source, int weight) {
    const char *name = find(source, weight);
    return source->quantisation(source, name) != NULL ? "its weights are quantised; get it in float32"
                                                      : problem(source->tensor(source, name), weight);
}

/* The component that a weight comes from: a separate autoencoder goes before the model's own. */
static const able_source *owner(const able_load_request *request, int weight) {
    const able_source *source = request->components[0]->source;
    for (uint32_t i = 1; i < request->component_count; ++i) {
        if ((weight == ENCODER || weight == DECODER) && strcmp(request->components[i]->role, ABLE_ROLE_VAE) == 0) {
            source = request->components[i]->source;
        }
    }
    return source;
}

uint64_t weights_bytes(const able_load_request *request) {
    uint64_t sum = 0;
    for (int weight = 0; weight < WEIGHT_COUNT; ++weight) {
        const able_source *source = owner(request, weight);
        if (weights_has(source, weight) && weights_problem(source, weight) == NULL) {
            const able_view *view = source->tensor(source, find(source, weight));
            sum += (uint64_t)view->shape[0] * (uint64_t)view->shape[1] * sizeof(float);
        }
    }
    return sum;
}

/* The values lie in a file, at any address: a cast to float * might be misaligned, so they are copied byte by byte. */
static able_status copy_values(const able_view *view, const char *name, const able_job *job, float *out,
                               uint64_t count) {
    const unsigned char *bytes = (const unsigned char *)view->data + view->byte_offset;
    if (view->dtype_code == ABLE_DTYPE_FLOAT && view->dtype_bits == 32) {
        memcpy(out, bytes, (size_t)count * sizeof *out);
        return ABLE_OK;
    }
    if (view->dtype_code == ABLE_DTYPE_BFLOAT && view->dtype_bits == 16) {
        for (uint64_t i = 0; i < count; ++i) { /* a bfloat16 is the upper half of a float */
            uint16_t upper = 0;
            memcpy(&upper, bytes + 2 * i, sizeof upper);
            const uint32_t bits = (uint32_t)upper << 16U;
            memcpy(out + i, &bits, sizeof bits);
        }
        return ABLE_OK;
    }
    return fail(job, ABLE_UNSUPPORTED, "%.200s is neither float32 nor bfloat16; get it in one of these", name);
}

static able_status read_weight(const able_source *source, int weight, const able_job *job, weights *out) {
    const char *name = find(source, weight);
    if (name == NULL) {
        return fail(job, ABLE_NOT_FOUND, "%.200s has no %s; download the model again", source->name,
                    table[weight].name);
    }
    const able_quantisation *quantisation = source->quantisation(source, name);
    if (quantisation != NULL) {
        return fail(job, ABLE_UNSUPPORTED, "%s is quantised as %.100s, which is not read here; get it in float32", name,
                    quantisation->layout);
    }
    const able_view *view = source->tensor(source, name);
    const char *wrong = problem(view, weight);
    if (wrong != NULL) {
        return job->fail(job, ABLE_BAD_FILE, wrong);
    }
    out->rows[weight] = (uint32_t)view->shape[0];
    out->columns[weight] = (uint32_t)view->shape[1];
    const uint64_t count = (uint64_t)out->rows[weight] * out->columns[weight];
    out->values[weight] = malloc((size_t)count * sizeof(float));
    if (out->values[weight] == NULL) {
        return fail(job, ABLE_OUT_OF_MEMORY, "no memory for %s", table[weight].name);
    }
    return copy_values(view, name, job, out->values[weight], count);
}

able_status weights_read(const able_load_request *request, const able_job *job, weights *out) {
    memset(out, 0, sizeof *out);
    for (int weight = 0; weight < WEIGHT_COUNT; ++weight) {
        ABLE_TRY(read_weight(owner(request, weight), weight, job, out));
        job->progress(job, (uint64_t)weight + 1, WEIGHT_COUNT);
    }
    for (int weight = MOOD; weight <= TO_PLACE; ++weight) {
        if (out->columns[weight] != out->columns[EMBEDDING]) {
            return fail(job, ABLE_BAD_FILE, "%s takes vectors of width %u, but those of %s have %u", table[weight].name,
                        (unsigned)out->columns[weight], table[EMBEDDING].name, (unsigned)out->columns[EMBEDDING]);
        }
    }
    return ABLE_OK;
}

void weights_free(weights *w) {
    for (int weight = 0; weight < WEIGHT_COUNT; ++weight) {
        free(w->values[weight]);
    }
}
