#include "tensor_ops.h"

#include "torch_guard.h"

#include <cmath>
#include <numeric>
#include <span>

namespace able::diffusion {
namespace {

// able_ops has no job to tell a reason to; the status is all.
template <class Body>
able_status run(Body &&body) noexcept {
    return torch_guard(nullptr, std::forward<Body>(body));
}

void require(bool condition, const char *what) {
    if (!condition) {
        throw Error(ABLE_INVALID_ARGUMENT, what);
    }
}

void same_shape(const able_tensor *a, const able_tensor *b) {
    require(a->value.sizes() == b->value.sizes(), "the tensors' shapes differ");
}

// fp64 where the device has it.
at::Tensor widened(const at::Tensor &x) {
    return x.is_mps() ? x : x.to(at::kDouble);
}

// The sum of `x`, fp64 where the device has it. On a CPU in one order; libtorch's depends on the number of threads.
double total_of(const at::Tensor &x) {
    if (!x.is_cpu()) {
        return x.sum().item<double>();
    }
    const at::Tensor dense = x.contiguous();
    const double *first = dense.data_ptr<double>();
    return std::accumulate(first, first + dense.numel(), 0.0);
}

template <class Make>
able_tensor *made(Make &&make) noexcept {
    TensorHandle handle;
    const able_status status = run([&] { handle = make_tensor(make()); });
    return status == ABLE_OK ? handle.release() : nullptr;
}

able_tensor *like(const able_ops *, const able_tensor *model) noexcept {
    return made([&] { return at::empty_like(model->value, at::MemoryFormat::Contiguous); });
}

able_tensor *make(const able_ops *ops, uint32_t ndim, const int64_t *shape) noexcept {
    return made([&] {
        const at::IntArrayRef extents(shape, ndim);
        int64_t count = 1;
        for (const int64_t extent : extents) {
            require(extent >= 0 && !__builtin_mul_overflow(count, extent, &count), "not a shape");
        }
        return at::empty(extents, static_cast<const TensorOps *>(ops->owner)->options());
    });
}

void retain(const able_ops *, able_tensor *tensor) noexcept {
    tensor->references.fetch_add(1, std::memory_order_relaxed);
}

void release(const able_ops *, able_tensor *tensor) noexcept {
    TensorRelease()(tensor);
}

able_status shape(const able_ops *, const able_tensor *tensor, uint32_t capacity, int64_t *out,
                  uint32_t *ndim) noexcept {
    const at::IntArrayRef sizes = tensor->value.sizes();
    std::copy_n(sizes.begin(), std::min<size_t>(capacity, sizes.size()), out);
    *ndim = static_cast<uint32_t>(sizes.size());
    return ABLE_OK;
}

able_status lincomb(const able_ops *, able_tensor *out, uint32_t count, const double *coefficients,
                    const able_tensor *const *in) noexcept {
    return run([&] {
        require(count >= 1, "nothing to combine");
        for (const able_tensor *tensor : std::span(in, count)) {
            same_shape(out, tensor);
        }
        at::Tensor sum = in[0]->value * coefficients[0];
        for (uint32_t k = 1; k < count; ++k) {
            sum.add_(in[k]->value, coefficients[k]);
        }
        out->value.copy_(sum);
    });
}

able_status mul(const able_ops *, able_tensor *out, const able_tensor *a, const able_tensor *b) noexcept {
    return run([&] {
        same_shape(out, a);
        same_shape(out, b);
        out->value.copy_(a->value * b->value);
    });
}

able_status clamp(const able_ops *, able_tensor *out, const able_tensor *a, double low, double high) noexcept {
    return run([&] {
        same_shape(out, a);
        out->value.copy_(a->value.clamp(low, high));
    });
}

able_status blend(const able_ops *, able_tensor *out, const able_tensor *a, const able_tensor *b,
                  const able_tensor *mask) noexcept {
    return run([&] {
        same_shape(out, a);
        same_shape(out, b);
        const at::Tensor &m = mask->value;
        out->value.copy_(m * a->value + (1.0 - m) * b->value);
    });
}

able_status error_norm(const able_ops *, const able_tensor *a, const able_tensor *b, const able_tensor *ref,
                       double atol, double rtol, double *result) noexcept {
    return run([&] {
        same_shape(a, b);
        same_shape(a, ref);
        const at::Tensor x = widened(a->value);
        const at::Tensor scale = at::maximum(x.abs(), widened(ref->value).abs()).mul_(rtol).clamp_min_(atol);
        *result = std::sqrt(total_of(((x - widened(b->value)) / scale).square()) / static_cast<double>(x.numel()));
    });
}

able_status mean_std(const able_ops *, const able_tensor *tensor, uint32_t index, double *mean, double *std) noexcept {
    return run([&] {
        require(tensor->value.dim() >= 1 && index < tensor->value.size(0), "there is no such sample");
        const at::Tensor sample = widened(tensor->value[index]);
        require(sample.numel() >= 2, "a deviation needs two values at least");
        const auto count = static_cast<double>(sample.numel());
        *mean = total_of(sample) / count;
        *std = std::sqrt(total_of((sample - *mean).square()) / (count - 1));
    });
}

able_status upload(const able_ops *, able_tensor *out, const float *from, uint64_t count) noexcept {
    return run([&] {
        require(static_cast<uint64_t>(out->value.numel()) == count, "the number of elements differs");
        out->value.copy_(at::from_blob(const_cast<float *>(from), out->value.sizes(), at::kFloat));
    });
}

able_status download(const able_ops *, const able_tensor *from, float *out, uint64_t count) noexcept {
    return run([&] {
        require(static_cast<uint64_t>(from->value.numel()) == count, "the number of elements differs");
        at::from_blob(out, from->value.sizes(), at::kFloat).copy_(from->value);
    });
}

able_status view(const able_ops *, able_tensor *tensor, able_view *out) noexcept {
    const at::Tensor &value = tensor->value;
    if (!value.is_cpu() && !value.is_cuda()) {
        return ABLE_UNSUPPORTED; // Metal memory has no address to give
    }
    *out = {};
    out->data = value.data_ptr();
    out->device_type = value.is_cuda() ? ABLE_DEVICE_CUDA : ABLE_DEVICE_CPU;
    out->device_id = value.is_cuda() ? value.get_device() : 0;
    out->ndim = static_cast<int32_t>(value.dim());
    out->dtype_code = ABLE_DTYPE_FLOAT;
    out->dtype_bits = 32;
    out->dtype_lanes = 1;
    out->shape = const_cast<int64_t *>(value.sizes().data());
    out->strides = const_cast<int64_t *>(value.strides().data());
    return ABLE_OK;
}

} // namespace

void TensorRelease::operator()(able_tensor *tensor) const noexcept {
    if (tensor != nullptr && tensor->references.fetch_sub(1, std::memory_order_acq_rel) == 1) {
        std::default_delete<able_tensor>()(tensor);
    }
}

TensorHandle make_tensor(at::Tensor value) {
    return TensorHandle(std::make_unique<able_tensor>(std::move(value)).release());
}

TensorOps::TensorOps(at::Device device) : device_(device), abi_(make_struct<able_ops>()) {
    abi_.owner = this;
    abi_.like = like;
    abi_.make = make;
    abi_.retain = retain;
    abi_.release = release;
    abi_.shape = shape;
    abi_.lincomb = lincomb;
    abi_.mul = mul;
    abi_.clamp = clamp;
    abi_.blend = blend;
    abi_.error_norm = error_norm;
    abi_.mean_std = mean_std;
    abi_.upload = upload;
    abi_.download = download;
    abi_.view = view;
}

} // namespace able::diffusion
