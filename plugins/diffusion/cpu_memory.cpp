#include "cpu_memory.h"

#include <c10/core/MemoryFormat.h>
#include <c10/util/strides.h>

#include <cstdlib>
#include <memory>
#include <new>
#include <vector>

namespace able::diffusion::cpu {
namespace {

constexpr size_t alignment = 64; // of a vector of AVX-512, and of a line of the cache

} // namespace

at::Tensor empty(at::IntArrayRef sizes, at::ScalarType type, at::MemoryFormat format) {
    const auto bytes = static_cast<size_t>(c10::multiply_integers(sizes)) * c10::elementSize(type);
    size_t room = bytes + alignment;
    void *const block = std::malloc(room);
    if (block == nullptr) {
        throw std::bad_alloc();
    }
    void *first = block;
    std::align(alignment, bytes, first, room);
    at::DimVector strides = c10::contiguous_strides(sizes);
    if (format == at::MemoryFormat::ChannelsLast) {
        const std::vector<int64_t> last = c10::get_channels_last_strides_2d(sizes);
        strides.assign(last.begin(), last.end());
    }
    return at::from_blob(
        first, sizes, strides, [block](void *) { std::free(block); }, at::TensorOptions(type));
}

} // namespace able::diffusion::cpu
