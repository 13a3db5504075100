// The C functions of able_model over a Model: null checks, threads, and exceptions to statuses.
#pragma once

#include <ablerefusal/pipeline.h>

namespace able::diffusion {

class Model;

// Points the functions of `abi` at `model`, which its unload() will free.
void connect(able_model &abi, Model &model) noexcept;

} // namespace able::diffusion
