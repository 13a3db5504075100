// Where the values of the CPU's results lie.
#pragma once

#include <ATen/ATen.h>

namespace able::diffusion::cpu {

// As at::empty() on the CPU, in a block of malloc's. libtorch's own blocks are posix_memalign's, and glibc before 2.38
// cannot give one of those that was freed to the next that asks for as much: it takes it for too small to be aligned.
// A heap in which each layer leaves room for the next grows then all the same, by half of what decoding needs.
at::Tensor empty(at::IntArrayRef sizes, at::ScalarType type, at::MemoryFormat format = at::MemoryFormat::Contiguous);

} // namespace able::diffusion::cpu
