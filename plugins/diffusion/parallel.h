// at::parallel_for(), which is a template: where it is compiled without OpenMP it is a plain loop, and no test would
// see it.
#pragma once

#include <ATen/Parallel.h>

#ifndef INTRA_OP_PARALLEL
#error "compiled without OpenMP, at::parallel_for() works on one thread alone; see cmake/AbleLibtorch.cmake"
#endif
