// Kernels for AVX2 with FMA.
#include "vector_avx2.h"

#include "make_table.h"

namespace able::kernels {

constinit const Tables avx2_tables = {make_table<Avx2, float, SingleWords<Avx2>>(),
                                      make_table<Avx2, Bf16, SingleWords<Avx2>>()};

} // namespace able::kernels
