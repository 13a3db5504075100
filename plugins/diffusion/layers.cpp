#include "layers.h"

#include "cpu_ops.h"

namespace able::diffusion {
namespace {

at::Tensor normalised(const GroupNorm &norm, const at::Tensor &x) {
    return at::group_norm(x.to(norm.weight.scalar_type()), norm.groups, norm.weight, norm.bias, norm.eps,
                          /*cudnn_enabled=*/false);
}

} // namespace

at::Tensor Linear::operator()(const at::Tensor &x) const {
    if (packed) {
        return packed->apply(x, bias);
    }
    if (weight.scalar_type() != x.scalar_type()) {
        const at::Tensor wide = weight.to(x.scalar_type());
        const auto once = pack_linear(wide, x.numel() / x.size(-1));
        return once ? once->apply(x, bias) : at::linear(x, wide, bias);
    }
    return at::linear(x, weight, bias);
}

at::Tensor Linear::added_to(at::Tensor sum, const at::Tensor &x) const {
    if (!packed || !sum.is_contiguous()) {
        return sum.add_((*this)(x));
    }
    packed->add_to(sum, x, bias);
    return sum;
}

at::Tensor Conv2d::operator()(const at::Tensor &x) const {
    return packed ? packed->apply(x, bias) : at::conv2d(x, weight, bias, {stride, stride}, {padding, padding});
}

at::Tensor Conv2d::added_to(at::Tensor sum, const at::Tensor &x) const {
    if (!packed || !sum.is_contiguous(at::MemoryFormat::ChannelsLast)) {
        return sum.add_((*this)(x));
    }
    packed->add_to(sum, x, bias);
    return sum;
}

at::Tensor Conv2d::of_strip(const at::Tensor &x, int64_t above, int64_t below) const {
    if (packed) {
        return packed->apply_to_strip(x, above, below, bias);
    }
    return (*this)(x).narrow(2, above, x.size(2) - above - below);
}

at::Tensor GroupNorm::operator()(const at::Tensor &x) const {
    if (cpu::takes(x)) {
        return cpu::group_norm(*this, x, {}, /*silu=*/false);
    }
    return normalised(*this, x).to(x.scalar_type());
}

at::Tensor GroupNorm::then_silu(const at::Tensor &x, const at::Tensor &add) const {
    if (cpu::takes(x)) {
        return cpu::group_norm(*this, x, add, /*silu=*/true);
    }
    at::Tensor y = normalised(*this, add.defined() ? x + add.unsqueeze(-1).unsqueeze(-1) : x);
    return at::silu_(y).to(x.scalar_type());
}

at::Tensor LayerNorm::operator()(const at::Tensor &x) const {
    if (cpu::takes(x)) {
        return cpu::layer_norm(*this, x);
    }
    return at::layer_norm(x.to(weight.scalar_type()), weight.sizes(), weight, bias, eps).to(x.scalar_type());
}

at::Tensor geglu(const at::Tensor &x) {
    if (cpu::takes(x)) {
        return cpu::geglu(x);
    }
    const std::vector<at::Tensor> halves = at::chunk(x, 2, -1);
    return at::gelu(halves[1]).mul_(halves[0]);
}

at::Tensor resize_nearest(const at::Tensor &x, int64_t height, int64_t width) {
    return at::upsample_nearest2d(x, {height, width});
}

} // namespace able::diffusion
