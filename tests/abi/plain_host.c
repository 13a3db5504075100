#include "plain_host.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void die(const char *what, const char *which) {
    fprintf(stderr, "%s: %s\n", which, what);
    exit(2);
}

/* A file's bytes, one byte away from where an allocation begins, and a zero behind them. */
static host_file read_file(const char *folder, const char *path) {
    char full[1024];
    host_file file;
    memset(&file, 0, sizeof file);
    snprintf(full, sizeof full, "%s/%s", folder, path);
    snprintf(file.path, sizeof file.path, "%s", path);
    FILE *stream = fopen(full, "rb");
    if (stream == NULL || fseek(stream, 0, SEEK_END) != 0) {
        die("cannot be opened", full);
        return file;
    }
    file.length = (uint64_t)ftell(stream);
    rewind(stream);
    char *memory = malloc((size_t)file.length + 2);
    if (memory == NULL) {
        die("no memory for it", full);
        return file;
    }
    file.bytes = memory + 1;
    file.bytes[file.length] = '\0';
    if (fread(file.bytes, 1, (size_t)file.length, stream) != file.length) {
        die("cannot be read", full);
    }
    fclose(stream);
    return file;
}

/* One entry of a safetensors header as make_model.py writes them. Returns where it ends; NULL if there is none. */
static const char *read_entry(const char *at, const char *component, char *data, host_tensor *out) {
    char name[64];
    uint64_t begin = 0, end = 0;
    int length = 0;
    memset(out, 0, sizeof *out);
    if (sscanf(at,
               "%*1[{,]\"%63[^\"]\":{\"dtype\":\"F32\",\"shape\":[%" SCNd64 ",%" SCNd64 "],\"data_offsets\":[%" SCNu64
               ",%" SCNu64 "]}%n",
               name, &out->shape[0], &out->shape[1], &begin, &end, &length) != 5) {
        return NULL;
    }
    snprintf(out->name, sizeof out->name, "%s.%s", component, name);
    out->view.data = data;
    out->view.byte_offset = begin;
    out->view.device_type = ABLE_DEVICE_CPU;
    out->view.ndim = 2;
    out->view.dtype_code = ABLE_DTYPE_FLOAT;
    out->view.dtype_bits = 32;
    out->view.dtype_lanes = 1;
    if (end - begin != (uint64_t)(out->shape[0] * out->shape[1]) * sizeof(float)) {
        die("has not as many bytes as its shape says", out->name);
    }
    return at + length;
}

static void read_component(host_source *source, const char *folder, const char *component) {
    char path[96];
    snprintf(path, sizeof path, "%s/%s.safetensors", component,
             strcmp(component, "text_encoder") == 0 ? "model" : "diffusion_pytorch_model");
    const host_file file = read_file(folder, path);
    source->files[source->file_count++] = file;
    uint64_t header = 0;
    for (int i = 7; i >= 0; --i) {
        header = header << 8U | (unsigned char)file.bytes[i];
    }
    const char *at = file.bytes + 8;
    while (source->tensor_count < MOST_ENTRIES) {
        host_tensor *tensor = &source->tensors[source->tensor_count];
        at = read_entry(at, component, file.bytes + 8 + header, tensor);
        if (at == NULL) {
            return;
        }
        ++source->tensor_count;
    }
}

static host_source *self(const able_source *source) {
    return source->host;
}

static uint64_t tensor_count(const able_source *source) {
    return self(source)->tensor_count;
}

static const char *tensor_name(const able_source *source, uint64_t index) {
    return index < self(source)->tensor_count ? self(source)->tensors[index].name : NULL;
}

host_tensor *host_find(host_source *source, const char *name) {
    for (uint32_t i = 0; i < source->tensor_count; ++i) {
        if (strcmp(source->tensors[i].name, name) == 0) {
            return &source->tensors[i];
        }
    }
    return NULL;
}

static const able_view *tensor(const able_source *source, const char *name) {
    host_tensor *found = host_find(self(source), name);
    if (found == NULL || found->hidden) {
        return NULL;
    }
    found->view.shape = found->shape;
    return &found->view;
}

static const able_quantisation *quantisation(const able_source *source, const char *name) {
    static int64_t shape[] = {3, 10};
    static const able_quantisation q4 = {
        .struct_size = sizeof q4,
        .ndim = 2,
        .shape = shape,
        .layout = "ggml.q4_0",
        .block_elements = 32,
        .block_bytes = 18,
    };
    const char *quantised = self(source)->quantised;
    return quantised != NULL && strcmp(quantised, name) == 0 ? &q4 : NULL;
}

static const char *text(const able_source *source, const char *path, uint64_t *length) {
    (void)source;
    (void)path;
    (void)length;
    return NULL;
}

static const void *blob(const able_source *source, const char *path, uint64_t *length) {
    for (uint32_t i = 0; i < self(source)->file_count; ++i) {
        const host_file *file = &self(source)->files[i];
        if (strcmp(file->path, path) == 0) {
            if (length != NULL) {
                *length = file->length;
            }
            return file->bytes;
        }
    }
    return NULL;
}

static const char *metadata(const able_source *source, const char *key) {
    (void)source;
    (void)key;
    return NULL;
}

void host_open(host_source *out, const char *folder, const char *const *components, uint32_t component_count,
               const char *blob_path) {
    memset(out, 0, sizeof *out);
    out->source.struct_size = sizeof out->source;
    out->source.kind = ABLE_SOURCE_FOLDER;
    out->source.name = folder;
    out->source.host = out;
    out->source.tensor_count = tensor_count;
    out->source.tensor_name = tensor_name;
    out->source.tensor = tensor;
    out->source.quantisation = quantisation;
    out->source.text = text;
    out->source.blob = blob;
    out->source.metadata = metadata;
    for (uint32_t i = 0; i < component_count; ++i) {
        read_component(out, folder, components[i]);
    }
    if (blob_path != NULL) {
        out->files[out->file_count++] = read_file(folder, blob_path);
    }
}

void host_close(host_source *source) {
    for (uint32_t i = 0; i < source->file_count; ++i) {
        free(source->files[i].bytes - 1);
    }
}

static able_status fail(const able_job *job, able_status status, const char *message) {
    host_job *host = job->host;
    snprintf(host->message, sizeof host->message, "%s", message);
    ++host->failures;
    return status;
}

static int32_t cancelled(const able_job *job) {
    return ((const host_job *)job->host)->cancelled;
}

static void progress(const able_job *job, uint64_t done, uint64_t total) {
    host_job *host = job->host;
    host->done = done;
    host->total = total;
}

static void log_line(const able_job *job, int32_t level, const char *line) {
    (void)job;
    (void)level;
    (void)line;
}

void host_make_job(host_job *out) {
    memset(out, 0, sizeof *out);
    out->job.struct_size = sizeof out->job;
    out->job.host = out;
    out->job.fail = fail;
    out->job.cancelled = cancelled;
    out->job.progress = progress;
    out->job.log = log_line;
}

static double number(const able_params *params, const char *key) {
    const host_params *host = params->host;
    return strcmp(key, "mood") == 0 ? host->mood : strcmp(key, "scatter") == 0 ? host->scatter : 0.0;
}

static const char *string(const able_params *params, const char *key) {
    (void)params;
    (void)key;
    return "";
}

void host_make_params(host_params *out) {
    memset(out, 0, sizeof *out);
    out->params.struct_size = sizeof out->params;
    out->params.host = out;
    out->params.number = number;
    out->params.string = string;
    out->scatter = 0.35;
}
