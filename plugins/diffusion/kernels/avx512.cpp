// Kernels for AVX-512 without bf16.
#include "vector_avx512.h"

#include "make_table.h"

namespace able::kernels {

constinit const Tables avx512_tables = {make_table<Avx512, float, SingleWords<Avx512>>(),
                                        make_table<Avx512, Bf16, SingleWords<Avx512>>()};

} // namespace able::kernels
