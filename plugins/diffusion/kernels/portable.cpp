// Kernels for any processor.
#include "vector_portable.h"

#include "make_table.h"

namespace able::kernels {

constinit const Tables portable_tables = {make_table<Portable, float, SingleWords<Portable>>(),
                                          make_table<Portable, Bf16, SingleWords<Portable>>()};

} // namespace able::kernels
