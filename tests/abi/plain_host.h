/* As much of a host as a pipeline needs, in plain C: a model folder as a source, a job that remembers, parameters by
 * name. */
#ifndef PLAIN_HOST_H
#define PLAIN_HOST_H

#include <ablerefusal/ablerefusal.h>

enum { MOST_ENTRIES = 32 };

/* One tensor of a folder. The values lie at an odd address, as they may in a file. */
typedef struct host_tensor {
    char name[96];
    int64_t shape[4];
    able_view view;
    int hidden; /* as if it were not there */
} host_tensor;

typedef struct host_file {
    char path[96];
    char *bytes;
    uint64_t length;
} host_file;

typedef struct host_source {
    able_source source;
    host_tensor tensors[MOST_ENTRIES];
    host_file files[MOST_ENTRIES]; /* the first for weights, which tensors lie in, then blobs */
    uint32_t tensor_count, file_count;
    const char *quantised; /* a tensor that says so of itself; NULL: none */
} host_source;

typedef struct host_job {
    able_job job;
    char message[512]; /* of the last failure */
    int failures;      /* how many messages there were */
    int32_t cancelled;
    uint64_t done, total; /* of the last progress */
} host_job;

typedef struct host_params {
    able_params params;
    double mood, scatter;
} host_params;

/* Reads the weights of the model's components, and the file `blob`. Ends the program, in words, if that cannot be. */
void host_open(host_source *out, const char *folder, const char *const *components, uint32_t component_count,
               const char *blob);
void host_close(host_source *source);
host_tensor *host_find(host_source *source, const char *name);
void host_make_job(host_job *out);
void host_make_params(host_params *out);

#endif
