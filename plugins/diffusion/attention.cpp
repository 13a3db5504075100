#include "attention.h"

#include "cpu_ops.h"

#include <torch/version.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace able::diffusion {
namespace {

at::Tensor split_heads(const at::Tensor &x, int64_t heads) {
    return x.view({x.size(0), x.size(1), heads, x.size(2) / heads}).transpose(1, 2);
}

at::Tensor join_heads(const at::Tensor &x, int64_t width) {
    return x.transpose(1, 2).reshape({x.size(0), x.size(2), width});
}

// Rows `first` to `first + rows` of the causal mask: -inf above the diagonal.
at::Tensor causal_rows(int64_t first, int64_t rows, int64_t keys, const at::TensorOptions &options) {
    return at::full({rows, keys}, -std::numeric_limits<float>::infinity(), options).triu(first + 1);
}

// What is computed at a time: so many queries of so many heads. 256 MiB of fp32 scores are the limit.
struct Tile {
    int64_t heads, rows;
};

Tile choose_tile(const at::Tensor &query, int64_t keys) {
    constexpr int64_t most_scores = int64_t{64} << 20;
    const int64_t heads = std::clamp<int64_t>(most_scores / std::max<int64_t>(keys, 1), 1, query.size(0));
    return {heads, std::clamp<int64_t>(most_scores / std::max<int64_t>(keys * heads, 1), 1, query.size(1))};
}

// softmax(q k^T / sqrt(d)) v for one tile; keys come transposed, [heads, d, keys].
at::Tensor attend(const at::Tensor &query, const at::Tensor &key, const at::Tensor &value, int64_t first, bool causal) {
    at::Tensor scores = at::bmm(query, key).to(at::kFloat);
    scores.mul_(1.0 / std::sqrt(static_cast<double>(query.size(2))));
    if (causal) {
        scores.add_(causal_rows(first, query.size(1), key.size(2), scores.options()));
    }
    return at::bmm(at::softmax(scores, -1).to(value.scalar_type()), value);
}

at::Tensor tiled(const at::Tensor &q, const at::Tensor &k, const at::Tensor &v, bool causal) {
    const at::Tensor query = q.flatten(0, 1);
    const at::Tensor key = k.flatten(0, 1).transpose(1, 2);
    const at::Tensor value = v.flatten(0, 1);
    const int64_t batch = query.size(0);
    const int64_t queries = query.size(1);
    at::Tensor result = at::empty_like(query, value.options(), at::MemoryFormat::Contiguous);
    const Tile tile = choose_tile(query, value.size(1));
    for (int64_t head = 0; head < batch; head += tile.heads) {
        const int64_t heads = std::min(tile.heads, batch - head);
        for (int64_t first = 0; first < queries; first += tile.rows) {
            const int64_t rows = std::min(tile.rows, queries - first);
            const at::Tensor part = query.narrow(0, head, heads).narrow(1, first, rows);
            at::Tensor out = result.narrow(0, head, heads).narrow(1, first, rows);
            out.copy_(attend(part, key.narrow(0, head, heads), value.narrow(0, head, heads), first, causal));
        }
    }
    return result.view(q.sizes());
}

} // namespace

at::Tensor attention(const at::Tensor &q, const at::Tensor &k, const at::Tensor &v, const AttentionOptions &options) {
    if (cpu::takes(q) && k.scalar_type() == q.scalar_type() && v.scalar_type() == q.scalar_type()) {
        return cpu::attention(q, k, v, options.heads, options.causal); // its scores are fp32 in any case
    }
    const at::ScalarType score_type = options.upcast ? at::kFloat : q.scalar_type();
    const at::Tensor query = split_heads(q, options.heads).to(score_type);
    const at::Tensor key = split_heads(k, options.heads).to(score_type);
    const at::Tensor value = split_heads(v, options.heads);
#if TORCH_VERSION_MAJOR >= 2
    if (!q.is_cpu()) {
        const at::Tensor out =
            at::scaled_dot_product_attention(query, key, value.to(score_type), std::nullopt, 0.0, options.causal);
        return join_heads(out.to(value.scalar_type()), q.size(2));
    }
#endif
    return join_heads(tiled(query, key, value, options.causal), q.size(2));
}

} // namespace able::diffusion
