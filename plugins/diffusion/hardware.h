// What this machine and this build of libtorch can run.
#pragma once

#include "policy.h"

#include <ATen/ATen.h>

namespace able::diffusion {

// Asks libtorch for its devices and the processor for its bf16 instructions.
Hardware detect_hardware();

at::Device torch_device(const Placement &placement);
at::ScalarType torch_dtype(Dtype dtype);

// Turns off what makes a GPU's sums differ from run to run, and TF32, which is not fp32. Nothing to do for a CPU.
void make_reproducible(const Placement &placement);

// The number of threads to compute with: what was asked for, or one for each of the processor's.
int thread_count(uint32_t requested);

} // namespace able::diffusion
