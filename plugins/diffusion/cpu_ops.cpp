#include "cpu_ops.h"

#include "cpu_memory.h"
#include "parallel.h"

#include <cstdlib>

namespace able::diffusion::cpu {
namespace {

kernels::Format format_of(const at::Tensor &x) {
    return x.scalar_type() == at::kFloat ? kernels::Format::fp32 : kernels::Format::bf16;
}

at::Tensor channels_last(const at::Tensor &x) {
    return x.contiguous(at::MemoryFormat::ChannelsLast);
}

at::Tensor like(const at::Tensor &x) {
    return empty(x.sizes(), x.scalar_type(), x.suggest_memory_format());
}

// Rows of channels, which may lie apart.
at::Tensor rows_of(const at::Tensor &x) {
    return x.stride(2) == 1 ? x : x.contiguous();
}

kernels::Pixels pixels_of(const at::Tensor &x) {
    return {x.data_ptr(), x.size(2) * x.size(3), x.size(1)};
}

kernels::Pixels rows_of_channels(const at::Tensor &x) {
    return {x.data_ptr(), x.numel() / x.size(-1), x.size(-1)};
}

kernels::GroupNormShape shape_of(const GroupNorm &norm) {
    return {norm.weight.data_ptr<float>(), norm.bias.data_ptr<float>(), norm.groups, norm.eps};
}

} // namespace

bool takes(const at::Tensor &x) {
    return x.is_cpu() && (x.scalar_type() == at::kFloat || x.scalar_type() == at::kBFloat16);
}

const kernels::Kernels &chosen_kernels() {
    static const kernels::Kernels chosen(
        kernels::choose_isa(std::getenv("ABLEREFUSAL_ISA"), kernels::supported_isas()),
        [](int64_t count, const std::function<void(int64_t, int64_t)> &body) { at::parallel_for(0, count, 1, body); });
    return chosen;
}

at::Tensor attention(const at::Tensor &q, const at::Tensor &k, const at::Tensor &v, int64_t heads, bool causal) {
    const at::Tensor query = rows_of(q);
    const at::Tensor key = rows_of(k);
    const at::Tensor value = rows_of(v);
    at::Tensor out = empty(q.sizes(), q.scalar_type());
    chosen_kernels().attention(format_of(q), {.q = query.data_ptr(),
                                              .k = key.data_ptr(),
                                              .v = value.data_ptr(),
                                              .out = out.data_ptr(),
                                              .batch = q.size(0),
                                              .heads = heads,
                                              .queries = q.size(1),
                                              .keys = k.size(1),
                                              .depth = q.size(2) / heads,
                                              .q_batch = query.stride(0),
                                              .q_row = query.stride(1),
                                              .k_batch = key.stride(0),
                                              .k_row = key.stride(1),
                                              .v_batch = value.stride(0),
                                              .v_row = value.stride(1),
                                              .out_batch = out.stride(0),
                                              .out_row = out.stride(1),
                                              .causal = causal});
    return out;
}

at::Tensor group_norm(const GroupNorm &norm, const at::Tensor &x, const at::Tensor &add, bool silu) {
    const at::Tensor in = channels_last(x);
    const at::Tensor extra = add.defined() ? add.to(at::kFloat).contiguous() : add;
    at::Tensor out = like(in);
    chosen_kernels().group_norm(format_of(in), {.x = in.data_ptr(),
                                                .out = out.data_ptr(),
                                                .batch = in.size(0),
                                                .pixels = in.size(2) * in.size(3),
                                                .channels = in.size(1),
                                                .norm = shape_of(norm),
                                                .add = extra.defined() ? extra.data_ptr<float>() : nullptr,
                                                .silu = silu});
    return out;
}

at::Tensor layer_norm(const LayerNorm &norm, const at::Tensor &x) {
    const at::Tensor in = x.contiguous();
    at::Tensor out = like(in);
    const int64_t channels = in.size(-1);
    chosen_kernels().layer_norm(format_of(in), {.x = in.data_ptr(),
                                                .out = out.data_ptr(),
                                                .weight = norm.weight.data_ptr<float>(),
                                                .bias = norm.bias.data_ptr<float>(),
                                                .rows = in.numel() / channels,
                                                .channels = channels,
                                                .eps = static_cast<float>(norm.eps)});
    return out;
}

at::Tensor geglu(const at::Tensor &x) {
    const at::Tensor in = x.contiguous();
    std::vector<int64_t> sizes = in.sizes().vec();
    sizes.back() /= 2;
    at::Tensor out = empty(sizes, in.scalar_type());
    chosen_kernels().geglu(
        format_of(in),
        {.x = in.data_ptr(), .out = out.data_ptr(), .rows = out.numel() / sizes.back(), .channels = sizes.back()});
    return out;
}

at::Tensor gelu(const at::Tensor &x) {
    const at::Tensor in = x.contiguous();
    at::Tensor out = like(in);
    chosen_kernels().gelu(format_of(in), rows_of_channels(in), out.data_ptr());
    return out;
}

at::Tensor quick_gelu(const at::Tensor &x) {
    const at::Tensor in = x.contiguous();
    at::Tensor out = like(in);
    chosen_kernels().quick_gelu(format_of(in), rows_of_channels(in), out.data_ptr());
    return out;
}

kernels::ChannelMoments moments(const at::Tensor &x) {
    const at::Tensor in = channels_last(x);
    return chosen_kernels().moments(format_of(in), pixels_of(in));
}

kernels::ChannelAffine normalisation(const GroupNorm &norm, const kernels::ChannelMoments &moments) {
    return kernels::normalisation(moments, shape_of(norm), nullptr);
}

at::Tensor affine_silu(const at::Tensor &x, const kernels::ChannelAffine &affine) {
    const at::Tensor in = channels_last(x);
    at::Tensor out = like(in);
    chosen_kernels().affine(format_of(in), pixels_of(in), affine, /*silu=*/true, out.data_ptr());
    return out;
}

} // namespace able::diffusion::cpu
