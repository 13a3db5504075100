// Attention that never holds more than a block of scores: Dao et al. 2022 (FlashAttention), for a processor's caches.
// 48 queries at a time and 128 keys at a time: scores, the running maximum and sum of each query (Milakov and
// Gimelshein 2018), and the weighted values. Included by one file per set of instructions, so all is local.
#pragma once

#include "attention_packing.h"

namespace able::kernels {
namespace {

template <class V, class T, class Words>
struct Attention {
    using Float = Vector<V>;
    using Order = AttentionOrder<V, T, Words>;
    static constexpr int64_t block_words = Order::block_words;
    static constexpr int64_t group = V::score_vectors; // vectors of keys whose scores are in registers together

    const AttentionCall &call;
    const AttentionScratch &scratch;
    uint32_t *task;

    // What a block of queries works with, in `task`.
    uint32_t *queries() const { return task; }
    float *scores() const { return reinterpret_cast<float *>(task + query_block * Order::depth_words(call)); }
    uint32_t *weights() const { return reinterpret_cast<uint32_t *>(scores() + score_queries * key_block); }
    float *sums() const { return reinterpret_cast<float *>(weights() + query_block * block_words); }
    float *totals() const { return sums() + query_block * Order::depth_vectors(call) * V::width; } // a vector a query
    float *largest() const { return totals() + query_block * V::width; }

    // Queries in rows of words; those that fill up the last six are 0.
    void pack_queries(const T *from, int64_t rows) const {
        const int64_t words = Order::depth_words(call);
        for (int64_t row = 0; row < query_block; ++row) {
            uint32_t *out = queries() + row * words;
            for (int64_t w = 0; w < words; ++w) {
                out[w] = row < rows ? Order::row_word(from + row * call.q_row, w, call.depth) : 0;
            }
        }
    }

    // Scores of six queries.
    void score(const uint32_t *keys, const uint32_t *query) const {
        const int64_t words = Order::depth_words(call);
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
                    V::store(scores() + i * key_block + key + j * V::width, sum[i][j]);
                }
            }
        }
    }

    // Scores of one query, of which the first `limit` count (maybe none), to the weights of `keys` keys against its
    // largest score so far; what was summed up before is brought to that.
    void weigh(int64_t row, float *score, int64_t limit, int64_t keys, float factor) const {
        const int64_t used = ceil_div(limit, V::width) * V::width;
        for (int64_t k = limit; k < used; ++k) {
            score[k] = -__builtin_inff();
        }
        Float most = V::set(-__builtin_inff());
        for (int64_t k = 0; k < used; k += V::width) {
            most = V::largest(most, V::load(score + k));
        }
        if (V::any_above(most, V::set(largest()[row]))) {
            const float found = maximum<V>(most);
            rescale(row, (largest()[row] - found) * factor);
            largest()[row] = found;
        }
        const Float scale = V::set(factor);
        const Float zero = V::set(-largest()[row] * factor);
        const auto weight_at = [&](int64_t k) {
            return exp2<V, Words::exponent_degree>(V::fma(V::load(score + k), scale, zero));
        };
        Float total = V::load(totals() + row * V::width);
        uint32_t *weight = weights() + row * block_words;
        for (int64_t k = 0; k < keys; k += Words::per_word * V::width) {
            Float values[Words::per_word];
#pragma GCC unroll 2
            for (int64_t i = 0; i < Words::per_word; ++i) {
                const int64_t first = k + i * V::width;
                if (first + V::width <= limit) {
                    values[i] = weight_at(first);
                } else {
                    values[i] = first < limit ? inside<V>(weight_at(first), Part{limit - first}) : V::set(0);
                }
                total = total + values[i];
            }
            Words::store(weight + k / Words::per_word, values);
        }
        V::store(totals() + row * V::width, total);
    }

    void rescale(int64_t row, float exponent) const {
        const Float factor = exp2<V>(V::set(exponent));
        float *total = totals() + row * V::width;
        V::store(total, V::load(total) * factor);
        const int64_t padded = Order::depth_vectors(call) * V::width;
        float *at = sums() + row * padded;
        for (int64_t c = 0; c < padded; c += V::width) {
            V::store(at + c, V::load(at + c) * factor);
        }
    }

    // Adds the weighted values of `words` words of keys: `vectors` vectors of channels from the one at `first`.
    template <int64_t vectors>
    void add_values(const uint32_t *values, int64_t words, int64_t rows, int64_t first) const {
        constexpr int64_t together = V::value_queries[vectors];
        const int64_t padded = Order::depth_vectors(call) * V::width;
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
            for (int64_t w = 0; w < words; ++w, at += padded) {
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
    void add_values(int64_t wanted, const uint32_t *values, int64_t words, int64_t rows, int64_t first) const {
        if constexpr (vectors > 1) {
            if (wanted < vectors) {
                add_values<vectors - 1>(wanted, values, words, rows, first);
                return;
            }
        }
        add_values<vectors>(values, words, rows, first);
    }

    void add_values(const uint32_t *values, int64_t words, int64_t rows) const {
        const int64_t all = Order::depth_vectors(call);
        const int64_t parts = ceil_div(all, V::value_vectors);
        const int64_t each = ceil_div(all, parts); // about equal parts waste the fewest registers
        for (int64_t first = 0; first < all; first += each) {
            const int64_t wanted = all - first < each ? all - first : each;
            add_values<V::value_vectors>(wanted, values, words, rows, first);
        }
    }

    void clear() const {
        const int64_t padded = Order::depth_vectors(call) * V::width;
        for (int64_t i = 0; i < query_block * padded; ++i) {
            sums()[i] = 0;
        }
        for (int64_t i = 0; i < query_block * block_words; ++i) {
            weights()[i] = 0;
        }
        for (int64_t i = 0; i < query_block; ++i) {
            largest()[i] = -__builtin_inff();
        }
        for (int64_t i = 0; i < query_block * V::width; ++i) {
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
            const int64_t count = last - key < key_block ? last - key : key_block;
            for (int64_t row = 0; row < rows; row += score_queries) {
                score(keys + key * Order::depth_words(call), queries() + row * Order::depth_words(call));
                for (int64_t i = 0; i < score_queries && row + i < rows; ++i) {
                    const int64_t seen =
                        call.causal && first + row + i + 1 < call.keys ? first + row + i + 1 : call.keys;
                    const int64_t limit = seen - key < count ? seen - key : count;
                    weigh(row + i, scores() + i * key_block, limit > 0 ? limit : 0, count, factor);
                }
            }
            add_values(values + key / Words::per_word * Order::depth_vectors(call) * V::width,
                       ceil_div(count, Words::per_word), rows);
        }
        finish(static_cast<T *>(call.out) + n * call.out_batch + first * call.out_row + channel, rows);
    }

    void finish(T *out, int64_t rows) const {
        const int64_t padded = Order::depth_vectors(call) * V::width;
        for (int64_t row = 0; row < rows; ++row) {
            const Float inverse = V::set(1.0F / sum<V>(V::load(totals() + row * V::width)));
            const float *from = sums() + row * padded;
            T *to = out + row * call.out_row;
            over_channels<V>(call.depth,
                             [&](int64_t c, auto where) { store<V>(to + c, V::load(from + c) * inverse, where); });
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

} // namespace
} // namespace able::kernels
