// How attention lays its keys and values out. V is one of vector_*.h; included by one file per set of instructions, so
// all is local.
//
// Keys and values of a head are packed once, in 32-bit words: a value in fp32, or a pair of them in bf16 where the
// processor multiplies pairs.
//   keys:    [keys / width][words of depth][width]: one vector holds the same word of `width` keys
//   values:  [words of keys][depth in whole vectors]: one vector holds `width` channels of a key, or of a pair
#pragma once

#include "elementwise_kernels.h"

namespace able::kernels {
namespace {

constexpr int64_t score_queries = 6; // whose scores are in registers together

constexpr int64_t ceil_div(int64_t a, int64_t b) {
    return (a + b - 1) / b;
}

inline float number(float x) {
    return x;
}

inline float number(Bf16 x) {
    const uint32_t bits = static_cast<uint32_t>(x.bits) << 16;
    float value;
    __builtin_memcpy(&value, &bits, sizeof value);
    return value;
}

// Words of one fp32 value each, whatever the format of the tensors.
template <class V>
struct SingleWords {
    using Lanes = Vector<V>;
    static constexpr int64_t per_word = 1;
    static constexpr int exponent_degree = 5;

    static Lanes load(const uint32_t *from) {
        Lanes lanes;
        __builtin_memcpy(&lanes, from, sizeof lanes);
        return lanes;
    }
    static Lanes broadcast(const uint32_t *from) {
        float value;
        __builtin_memcpy(&value, from, sizeof value);
        return V::set(value);
    }
    static Vector<V> multiply_add(Vector<V> sum, Lanes a, Lanes b) { return V::fma(a, b, sum); }
    template <class T>
    static uint32_t word(const T *values) {
        const float value = number(values[0]);
        uint32_t bits;
        __builtin_memcpy(&bits, &value, sizeof bits);
        return bits;
    }
    // Weights of V::width keys, at `to`.
    static void store(uint32_t *to, const Vector<V> (&weights)[1]) { __builtin_memcpy(to, weights, sizeof weights[0]); }
};

template <class V, class T, class Words>
struct AttentionOrder {
    static constexpr int64_t block_words = key_block / Words::per_word;

    static int64_t depth_words(const AttentionCall &call) { return ceil_div(call.depth, Words::per_word); }
    static int64_t depth_vectors(const AttentionCall &call) { return ceil_div(call.depth, V::width); }
    static int64_t padded_keys(const AttentionCall &call) { return ceil_div(call.keys, key_block) * key_block; }

    static AttentionLayout layout(const AttentionCall &call) {
        const int64_t queries = query_block * depth_words(call);
        const int64_t scores = score_queries * key_block;
        const int64_t weights = query_block * block_words;
        const int64_t sums = query_block * depth_vectors(call) * V::width;
        return {padded_keys(call) * depth_words(call),
                padded_keys(call) / Words::per_word * depth_vectors(call) * V::width,
                queries + scores + weights + sums + query_block * (V::width + 1)};
    }

    // `count` values of a row of `depth`, as word number `index`.
    static uint32_t row_word(const T *row, int64_t index, int64_t depth) {
        T values[2] = {};
        for (int64_t i = 0; i < Words::per_word && index * Words::per_word + i < depth; ++i) {
            values[i] = row[index * Words::per_word + i];
        }
        return Words::word(values);
    }

    static void pack_keys(const AttentionCall &call, const T *keys, uint32_t *to) {
        const int64_t words = depth_words(call);
        const int64_t whole = call.depth / Words::per_word;
        for (int64_t first = 0; first < padded_keys(call); first += V::width) {
            for (int64_t lane = 0; lane < V::width; ++lane) {
                uint32_t *out = to + first * words + lane;
                const int64_t key = first + lane;
                if (key >= call.keys) {
                    for (int64_t w = 0; w < words; ++w) {
                        out[w * V::width] = 0;
                    }
                    continue;
                }
                const T *row = keys + key * call.k_row;
                for (int64_t w = 0; w < whole; ++w) {
                    out[w * V::width] = Words::word(row + w * Words::per_word);
                }
                for (int64_t w = whole; w < words; ++w) {
                    out[w * V::width] = row_word(row, w, call.depth);
                }
            }
        }
    }

    static void pack_values(const AttentionCall &call, const T *values, uint32_t *to) {
        const int64_t padded = depth_vectors(call) * V::width;
        for (int64_t key = 0; key < padded_keys(call); key += Words::per_word, to += padded) {
            const T *rows[2] = {};
            for (int64_t i = 0; i < Words::per_word && key + i < call.keys; ++i) {
                rows[i] = values + (key + i) * call.v_row;
            }
            for (int64_t c = 0; c < padded; ++c) {
                const bool inside = c < call.depth;
                const T pair[2] = {inside && rows[0] != nullptr ? rows[0][c] : T{},
                                   inside && rows[1] != nullptr ? rows[1][c] : T{}};
                to[c] = Words::word(pair);
            }
        }
    }

    static void pack(const AttentionCall &call, const AttentionScratch &scratch, int64_t begin, int64_t end) {
        for (int64_t head = begin; head < end; ++head) {
            const int64_t n = head / call.heads;
            const int64_t channel = head % call.heads * call.depth;
            pack_keys(call, static_cast<const T *>(call.k) + n * call.k_batch + channel,
                      scratch.keys + head * scratch.layout.key_words);
            pack_values(call, static_cast<const T *>(call.v) + n * call.v_batch + channel,
                        scratch.values + head * scratch.layout.value_words);
        }
    }
};

} // namespace
} // namespace able::kernels
