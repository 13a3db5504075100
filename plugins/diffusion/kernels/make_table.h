// The table of one set of instructions. Included by one file each, so all is local.
#pragma once

#include "attention_kernel.h"

namespace able::kernels {
namespace {

template <class V, class T, class Words>
constexpr Table make_table() {
    return {AttentionOrder<V, T, Words>::layout,
            AttentionOrder<V, T, Words>::pack,
            Attention<V, T, Words>::run,
            layer_norm<V, T>,
            geglu<V, T>,
            activate<V, T, false>,
            activate<V, T, true>,
            moments<V, T>,
            affine<V, T, false>,
            affine<V, T, true>};
}

} // namespace
} // namespace able::kernels
