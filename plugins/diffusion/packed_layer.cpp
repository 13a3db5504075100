#include "packed_layer.h"

namespace able::diffusion {

at::Tensor stand_in(const at::Tensor &weight) {
    return at::empty({1}, weight.options()).expand(weight.sizes());
}

#if !ABLE_ONEDNN

std::shared_ptr<PackedLayer> pack_linear(const at::Tensor &, int64_t) {
    return nullptr;
}

std::shared_ptr<PackedLayer> pack_conv2d(const at::Tensor &, int64_t, int64_t) {
    return nullptr;
}

#endif

} // namespace able::diffusion
