#include "worker_settings.h"

#include "host/worker/main/process_settings.h"

#include <cstdlib>
#include <string>
#include <unistd.h>

namespace able::bench {
namespace {

std::string variable(const char *name) {
    const char *value = std::getenv(name);
    return value != nullptr ? value : "";
}

} // namespace

void take_worker_settings(char **argv) {
    const std::string before = variable("GOMP_SPINCOUNT");
    worker::let_waiting_threads_sleep();
    if (variable("GOMP_SPINCOUNT") != before) {
        execv("/proc/self/exe", argv); // returns only if it fails: then the figures are those of a program that spins
    }
    worker::keep_freed_memory();
}

} // namespace able::bench
