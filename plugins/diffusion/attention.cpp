#include "attention.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace able::diffusion {
namespace {

// 64 MiB of fp32 scores: 512 rows of a 512x512 picture's first level.
constexpr int64_t score_budget = int64_t{16} << 20;

at::Tensor split_heads(const at::Tensor &x, int64_t heads) {
    const int64_t n = x.size(0);
    const int64_t tokens = x.size(1);
    const int64_t depth = x.size(2) / heads;
    return x.view({n, tokens, heads, depth}).transpose(1, 2).reshape({n * heads, tokens, depth});
}

// Rows `first` to `first + rows` of the causal mask: -inf above the diagonal.
at::Tensor causal_rows(int64_t first, int64_t rows, int64_t keys, const at::TensorOptions &options) {
    const at::Tensor blocked = at::full({rows, keys}, -std::numeric_limits<float>::infinity(), options);
    return blocked.triu(first + 1);
}

} // namespace

at::Tensor attention(const at::Tensor &q, const at::Tensor &k, const at::Tensor &v, const AttentionOptions &options) {
    const int64_t n = q.size(0);
    const int64_t queries = q.size(1);
    const int64_t keys = k.size(1);
    const int64_t width = q.size(2);
    const int64_t batch = n * options.heads;
    const int64_t depth = width / options.heads;
    const double scale = 1.0 / std::sqrt(static_cast<double>(depth));
    const at::ScalarType score_type = options.upcast ? at::kFloat : q.scalar_type();

    const at::Tensor query = split_heads(q, options.heads).to(score_type);
    const at::Tensor key = split_heads(k, options.heads).to(score_type).transpose(1, 2);
    const at::Tensor value = split_heads(v, options.heads);
    at::Tensor result = at::empty({batch, queries, depth}, q.options());

    const int64_t chunk = std::clamp<int64_t>(score_budget / std::max<int64_t>(batch * keys, 1), 1, queries);
    for (int64_t first = 0; first < queries; first += chunk) {
        const int64_t rows = std::min(chunk, queries - first);
        at::Tensor scores = at::bmm(query.narrow(1, first, rows), key).to(at::kFloat);
        scores.mul_(scale);
        if (options.causal) {
            scores.add_(causal_rows(first, rows, keys, scores.options()));
        }
        const at::Tensor weights = at::softmax(scores, -1).to(value.scalar_type());
        at::Tensor out = result.narrow(1, first, rows);
        out.copy_(at::bmm(weights, value));
    }
    return result.view({n, options.heads, queries, depth}).transpose(1, 2).reshape({n, queries, width});
}

} // namespace able::diffusion
