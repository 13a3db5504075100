#include "process_settings.h"

#include <cstdlib>

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace able::worker {

void keep_freed_memory() {
#ifdef __GLIBC__
    constexpr int mebibyte = 1 << 20;
    const auto set = [](int parameter, const char *variable, int value) {
        if (std::getenv(variable) == nullptr) {
            mallopt(parameter, value);
        }
    };
    // The most that glibc takes. Larger blocks, of the autoencoder alone, are better returned: kept, they would double
    // what it needs.
    set(M_MMAP_THRESHOLD, "MALLOC_MMAP_THRESHOLD_", 32 * mebibyte);
    set(M_TRIM_THRESHOLD, "MALLOC_TRIM_THRESHOLD_", 2047 * mebibyte);
    set(M_TOP_PAD, "MALLOC_TOP_PAD_", 64 * mebibyte);
#endif
}

void return_freed_memory() {
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}

void let_waiting_threads_sleep() {
    if (std::getenv("OMP_WAIT_POLICY") == nullptr) {
        setenv("GOMP_SPINCOUNT", "1000", 0);
    }
}

} // namespace able::worker
