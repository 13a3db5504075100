#include "waiting.h"

#include <cstdlib>

namespace able::worker {

void let_waiting_threads_sleep() {
    if (std::getenv("OMP_WAIT_POLICY") == nullptr) {
        setenv("GOMP_SPINCOUNT", "1000", 0);
    }
}

} // namespace able::worker
