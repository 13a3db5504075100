// What one set of instructions offers: plain functions over part of the work, called by kernels.cpp alone.
//
// Files compiled for particular instructions include this, the standard C headers and their own vector_*.h, and nothing
// else: an inline function of any other header would be compiled for those instructions too, and the linker might take
// that copy for the whole program (tests/unit/kernel_symbols.sh sees to it).
#pragma once

#include <stdint.h>

namespace able::kernels {

enum class Format : uint8_t { fp32, bf16 };

constexpr int64_t query_block = 48; // queries of one head that are worked on together
constexpr int64_t key_block = 128;  // and the keys that their scores are kept for

// Attention over `batch` x `heads` heads of `depth` channels. Element (n, t, h, c) of q is at
// q + n * q_batch + t * q_row + h * depth + c, and so on for k, v and out.
struct AttentionCall {
    const void *q, *k, *v;
    void *out;
    int64_t batch, heads, queries, keys, depth;
    int64_t q_batch, q_row, k_batch, k_row, v_batch, v_row, out_batch, out_row;
    bool causal; // query t sees the keys up to t
};

// Sizes, in 32-bit words, of what attention keeps for itself.
struct AttentionLayout {
    int64_t key_words;   // of one head's packed keys
    int64_t value_words; // of one head's packed values
    int64_t task_words;  // of the working memory of one block of queries
};

struct AttentionScratch {
    uint32_t *keys, *values;
    AttentionLayout layout;
};

struct LayerNormCall {
    const void *x; // [rows, channels]
    void *out;
    const float *weight, *bias; // [channels]
    int64_t rows, channels;
    float eps;
};

struct GegluCall {
    const void *x; // [rows, 2 * channels]: values, gates
    void *out;     // [rows, channels]
    int64_t rows, channels;
};

// Rows of channels of one picture; pass by pass.
struct Pixels {
    const void *x; // [rows, channels]
    int64_t rows, channels;
};

struct Table {
    // Ranges of heads (0 to batch * heads) and of blocks of queries (the same times ceil(queries / query_block)).
    AttentionLayout (*attention_layout)(const AttentionCall &call);
    void (*attention_pack)(const AttentionCall &call, const AttentionScratch &scratch, int64_t begin, int64_t end);
    void (*attention)(const AttentionCall &call, const AttentionScratch &scratch, uint32_t *task, int64_t begin,
                      int64_t end);
    // Ranges of rows.
    void (*layer_norm)(const LayerNormCall &call, int64_t begin, int64_t end);
    void (*geglu)(const GegluCall &call, int64_t begin, int64_t end);
    void (*gelu)(const Pixels &pixels, void *out);
    void (*quick_gelu)(const Pixels &pixels, void *out);
    // For each channel the sums over the rows of x - pivot and of its square; pivot [channels], in x's format.
    void (*moments)(const Pixels &pixels, const void *pivot, float *sums, float *squares);
    // x * scale + shift, and the SiLU of that; scale and shift [channels].
    void (*affine)(const Pixels &pixels, const float *scale, const float *shift, void *out);
    void (*affine_silu)(const Pixels &pixels, const float *scale, const float *shift, void *out);
};

// By format.
struct Tables {
    Table fp32, bf16;
};

extern const Tables portable_tables;
#if ABLE_KERNELS_X86
extern const Tables avx2_tables, avx512_tables, avx512_bf16_tables;
#endif

} // namespace able::kernels
