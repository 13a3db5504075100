// Attention that never holds more than a block of scores: Dao et al. 2022 (FlashAttention), for a processor's caches. V
// is one of vector_*.h; included by one file per set of instructions, so all is local.
//
// Keys and values of a head are packed once, in 32-bit words: a value in fp32, or a pair of them in bf16 where the
// processor multiplies pairs.
//   keys:    [keys / width][words of depth][width]: one vector holds the same word of `width` keys
//   values:  [words of keys][depth in whole vectors]: one vector holds `width` channels of a key, or of a pair
// Then, for 48 queries at a time and 128 keys at a time: scores, the running maximum and sum of each query (Milakov and
// Gimelshein 2018), and the weighted values.
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
struct Attention {
    using Float = Vector<V>;
    static constexpr int64_t block_words = key_block / Words::per_word;
    static constexpr int64_t group = V::score_vectors; // vectors of keys whose scores are in registers together

    const AttentionCall &call;
    const AttentionScratch &scratch;
    uint32_t *task;

    static int64_t depth_words(const AttentionCall &call) { return ceil_div(call.depth, Words::per_word); }
    static int64_t depth_vectors(const AttentionCall &call) { return ceil_div(call.depth, V::width); }
    static int64_t padded_keys(const AttentionCall &call) { return ceil_div(call.keys, key_block) * key_block; }

    static AttentionLayout layout(const AttentionCall &call) {
        const int64_t queries = query_block * depth_words(call);
        const int64_t scores = query_block * key_block;
        const int64_t weights = query_block * block_words;
        const int64_t sums = query_block * depth_vectors(call) * V::width;
        return {padded_keys(call) * depth_words(call),
                padded_keys(call) / Words::per_word * depth_vectors(call) * V::width,
                queries + scores + weights + sums + 2 * query_block};
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

    // What a block of queries works with, in `task`.
    uint32_t *queries() const { return task; }
    float *scores() const { return reinterpret_cast<float *>(task + query_block * depth_words(call)); }
    uint32_t *weights() const { return reinterpret_cast<uint32_t *>(scores() + query_block * key_block); }
    float *sums() const { return reinterpret_cast<float *>(weights() + query_block * block_words); }
    float *largest() const { return sums() + query_block * depth_vectors(call) * V::width; }
    float *totals() const { return largest() + query_block; }

    // Queries in rows of words; those that fill up the last six are 0.
    void pack_queries(const T *from, int64_t rows) const {
        const int64_t words = depth_words(call);
        for (int64_t row = 0; row < query_block; ++row) {
            uint32_t *out = queries() + row * words;
            for (int64_t w = 0; w < words; ++w) {
                out[w] = row < rows ? row_word(from + row * call.q_row, w, call.depth) : 0;
            }
        }
    }

    void score(const uint32_t *keys, int64_t rows) const {
        const int64_t words = depth_words(call);
        for (int64_t first = 0; first < rows; first += score_queries) {
            const uint32_t *query = queries() + first * words;
            for (int64_t key = 0; key < key_block; key += group * V::width) {
                const uint32_t *at = keys + key * words;
                Float sum[score_queries][group];
#pragma GCC unroll 8
                for (int64_t i = 0; i < score_queries; ++i) {
#pragma GCC unroll 8
                    for (int64_t j = 0; j < group; ++j) {
                        sum[i][j] = V::set(0);
                    }
                }
                for (int64_t w = 0; w < words; ++w) {
                    typename Words::Lanes lanes[group];
#pragma GCC unroll 8
                    for (int64_t j = 0; j < group; ++j) {
                        lanes[j] = Words::load(at + (j * words + w) * V::width);
                    }
#pragma GCC unroll 8
                    for (int64_t i = 0; i < score_queries; ++i) {
                        const typename Words::Lanes one = Words::broadcast(query + i * words + w);
#pragma GCC unroll 8
                        for (int64_t j = 0; j < group; ++j) {
                            sum[i][j] = Words::multiply_add(sum[i][j], one, lanes[j]);
                        }
                    }
                }
#pragma GCC unroll 8
                for (int64_t i = 0; i < score_queries; ++i) {
#pragma GCC unroll 8
                    for (int64_t j = 0; j < group; ++j) {
                        V::store(scores() + (first + i) * key_block + key + j * V::width, sum[i][j]);
                    }
                }
            }
        }
    }

    // Scores of one query, of which the first `limit` count, to weights against its largest score so far; what was
    // summed up before is brought to that.
    void weigh(int64_t row, int64_t limit, float factor) const {
        float *score = scores() + row * key_block;
        for (int64_t k = limit; k < key_block; ++k) {
            score[k] = -__builtin_inff();
        }
        Float most = V::load(score);
        for (int64_t k = V::width; k < key_block; k += V::width) {
            most = V::largest(most, V::load(score + k));
        }
        const float found = maximum<V>(most);
        if (found > largest()[row]) {
            rescale(row, (largest()[row] - found) * factor);
            largest()[row] = found;
        }
        const Float scale = V::set(factor);
        const Float zero = V::set(-largest()[row] * factor);
        for (int64_t k = 0; limit < key_block && k < key_block; k += V::width) {
            V::store(score + k, exp2<V, Words::exponent_degree>(V::fma(V::load(score + k), scale, zero)));
        }
        for (int64_t k = limit; k < key_block; ++k) {
            score[k] = 0;
        }
        Float total = V::set(0);
        uint32_t *weight = weights() + row * block_words;
        for (int64_t k = 0; k < key_block; k += Words::per_word * V::width) {
            Float values[Words::per_word];
#pragma GCC unroll 2
            for (int64_t i = 0; i < Words::per_word; ++i) {
                const Float value = V::load(score + k + i * V::width);
                values[i] = limit < key_block ? value : exp2<V, Words::exponent_degree>(V::fma(value, scale, zero));
                total = total + values[i];
            }
            Words::store(weight + k / Words::per_word, values);
        }
        totals()[row] += sum<V>(total);
    }

    void rescale(int64_t row, float exponent) const {
        const Float factor = exp2<V>(V::set(exponent));
        float one[V::width];
        V::store(one, factor);
        totals()[row] *= one[0];
        const int64_t padded = depth_vectors(call) * V::width;
        float *at = sums() + row * padded;
        for (int64_t c = 0; c < padded; c += V::width) {
            V::store(at + c, V::load(at + c) * factor);
        }
    }

    // Adds the weighted values of `vectors` vectors of channels from the one at `first`.
    template <int64_t vectors>
    void add_values(const uint32_t *values, int64_t rows, int64_t first) const {
        constexpr int64_t together = V::value_queries[vectors];
        const int64_t padded = depth_vectors(call) * V::width;
        for (int64_t row = 0; row < rows; row += together) {
            float *out = sums() + row * padded + first * V::width;
            Float sum[together][vectors];
#pragma GCC unroll 12
            for (int64_t i = 0; i < together; ++i) {
#pragma GCC unroll 8
                for (int64_t j = 0; j < vectors; ++j) {
                    sum[i][j] = V::load(out + i * padded + j * V::width);
                }
            }
            const uint32_t *weight = weights() + row * block_words;
            const uint32_t *at = values + first * V::width;
            for (int64_t w = 0; w < block_words; ++w, at += padded) {
                typename Words::Lanes lanes[vectors];
#pragma GCC unroll 8
                for (int64_t j = 0; j < vectors; ++j) {
                    lanes[j] = Words::load(at + j * V::width);
                }
#pragma GCC unroll 12
                for (int64_t i = 0; i < together; ++i) {
                    const typename Words::Lanes one = Words::broadcast(weight + i * block_words + w);
#pragma GCC unroll 8
                    for (int64_t j = 0; j < vectors; ++j) {
                        sum[i][j] = Words::multiply_add(sum[i][j], one, lanes[j]);
                    }
                }
            }
#pragma GCC unroll 12
            for (int64_t i = 0; i < together; ++i) {
#pragma GCC unroll 8
                for (int64_t j = 0; j < vectors; ++j) {
                    V::store(out + i * padded + j * V::width, sum[i][j]);
                }
            }
        }
    }

    template <int64_t vectors>
    void add_values(int64_t wanted, const uint32_t *values, int64_t rows, int64_t first) const {
        if constexpr (vectors > 1) {
            if (wanted < vectors) {
                add_values<vectors - 1>(wanted, values, rows, first);
                return;
            }
        }
        add_values<vectors>(values, rows, first);
    }

    void add_values(const uint32_t *values, int64_t rows) const {
        const int64_t all = depth_vectors(call);
        const int64_t parts = ceil_div(all, V::value_vectors);
        const int64_t each = ceil_div(all, parts); // about equal parts waste the fewest registers
        for (int64_t first = 0; first < all; first += each) {
            const int64_t wanted = all - first < each ? all - first : each;
            add_values<V::value_vectors>(wanted, values, rows, first);
        }
    }

    void clear() const {
        const int64_t padded = depth_vectors(call) * V::width;
        for (int64_t i = 0; i < query_block * padded; ++i) {
            sums()[i] = 0;
        }
        for (int64_t i = 0; i < query_block * block_words; ++i) {
            weights()[i] = 0;
        }
        for (int64_t i = 0; i < query_block; ++i) {
            largest()[i] = -__builtin_inff();
            totals()[i] = 0;
        }
    }

    void block(int64_t number) const {
        const int64_t blocks = ceil_div(call.queries, query_block);
        const int64_t head = number / blocks;
        const int64_t first = number % blocks * query_block;
        const int64_t rows = call.queries - first < query_block ? call.queries - first : query_block;
        const int64_t n = head / call.heads;
        const int64_t channel = head % call.heads * call.depth;
        const float factor = log2_e / __builtin_sqrtf(static_cast<float>(call.depth));

        clear();
        pack_queries(static_cast<const T *>(call.q) + n * call.q_batch + first * call.q_row + channel, rows);
        const uint32_t *keys = scratch.keys + head * scratch.layout.key_words;
        const uint32_t *values = scratch.values + head * scratch.layout.value_words;
        const int64_t last = call.causal && first + rows < call.keys ? first + rows : call.keys;
        for (int64_t key = 0; key < last; key += key_block) {
            score(keys + key * depth_words(call), rows);
            for (int64_t row = 0; row < rows; ++row) {
                const int64_t seen = call.causal && first + row + 1 < call.keys ? first + row + 1 : call.keys;
                const int64_t limit = seen - key < key_block ? seen - key : key_block;
                if (limit > 0) {
                    weigh(row, limit, factor);
                    continue;
                }
                for (int64_t w = 0; w < block_words; ++w) {
                    weights()[row * block_words + w] = 0;
                }
            }
            add_values(values + key / Words::per_word * depth_vectors(call) * V::width, rows);
        }
        finish(static_cast<T *>(call.out) + n * call.out_batch + first * call.out_row + channel, rows);
    }

    void finish(T *out, int64_t rows) const {
        const int64_t padded = depth_vectors(call) * V::width;
        for (int64_t row = 0; row < rows; ++row) {
            const Float inverse = V::set(1.0F / totals()[row]);
            const float *sum = sums() + row * padded;
            T *to = out + row * call.out_row;
            over_channels<V>(call.depth,
                             [&](int64_t c, auto where) { store<V>(to + c, V::load(sum + c) * inverse, where); });
        }
    }

    static void run(const AttentionCall &call, const AttentionScratch &scratch, uint32_t *task, int64_t begin,
                    int64_t end) {
        const Attention attention{call, scratch, task};
        for (int64_t number = begin; number < end; ++number) {
            attention.block(number);
        }
    }
};

template <class V, class T, class Words>
constexpr Table make_table() {
    return {Attention<V, T, Words>::layout,
            Attention<V, T, Words>::pack,
            Attention<V, T, Words>::run,
            layer_norm<V, T>,
            geglu<V, T>,
            moments<V, T>,
            affine<V, T, false>,
            affine<V, T, true>};
}

} // namespace
} // namespace able::kernels
