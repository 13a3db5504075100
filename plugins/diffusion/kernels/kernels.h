// The parts of the networks that libtorch computes slowly, or wrongly in bf16, on a CPU: attention, norms with their
// activation, GEGLU. On channels-last data in fp32 or bf16; sums and softmax are fp32 or wider. Knows nothing of
// libtorch.
#pragma once

#include "isa.h"
#include "table.h"

#include <functional>
#include <vector>

namespace able::kernels {

// Calls `body` for ranges that make up [0, count) together, on as many threads as it likes. What the kernels compute
// does not depend on how many.
using ParallelFor = std::function<void(int64_t count, const std::function<void(int64_t begin, int64_t end)> &body)>;

// For each channel of a map its mean, and the sum of the squared differences from it.
struct ChannelMoments {
    double pixels = 0;
    std::vector<double> means, squares; // [channels]

    // Makes this the moments of both maps: Chan et al. 1979.
    void merge(const ChannelMoments &other);
};

// What normalising a map means for each channel: x * scale + shift.
struct ChannelAffine {
    std::vector<float> scale, shift; // [channels]
};

// Wu and He 2018.
struct GroupNormShape {
    const float *weight, *bias; // [channels]
    int64_t groups;
    double eps;
};

// The norm of a map with these moments. `add` [channels], or null, is what has yet to be added to the map first.
ChannelAffine normalisation(const ChannelMoments &moments, const GroupNormShape &norm, const float *add);

struct GroupNormCall {
    const void *x; // [batch, pixels, channels]
    void *out;     // the same
    int64_t batch, pixels, channels;
    GroupNormShape norm;
    const float *add; // [batch, channels], added to x first; or null
    bool silu;        // of the result
};

class Kernels {
public:
    // `isa` must be one that the processor runs.
    Kernels(Isa isa, ParallelFor parallel);

    Isa isa() const { return isa_; }

    // softmax(q k^T / sqrt(depth)) v. Needs one key at least.
    void attention(Format format, const AttentionCall &call) const;
    void layer_norm(Format format, const LayerNormCall &call) const;
    // values * gelu(gates), gelu with erf.
    void geglu(Format format, const GegluCall &call) const;
    // x Phi(x), and x / (1 + exp(-1.702 x)).
    void gelu(Format format, const Pixels &pixels, void *out) const;
    void quick_gelu(Format format, const Pixels &pixels, void *out) const;
    void group_norm(Format format, const GroupNormCall &call) const;

    // The pieces of group_norm, for maps that are seen a part at a time.
    ChannelMoments moments(Format format, const Pixels &pixels) const;
    void affine(Format format, const Pixels &pixels, const ChannelAffine &affine, bool silu, void *out) const;

private:
    using RowFunction = std::function<void(const Pixels &rows, void *out)>;
    void over_rows(Format format, const Pixels &pixels, void *out, const RowFunction &function) const;
    const Table &table(Format format) const { return format == Format::fp32 ? tables_->fp32 : tables_->bf16; }

    Isa isa_;
    const Tables *tables_;
    ParallelFor parallel_;
};

} // namespace able::kernels
