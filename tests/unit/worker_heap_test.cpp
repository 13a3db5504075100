// What a worker's process keeps of memory that was freed.
#include "host/worker/main/process_settings.h"

#include <catch2/catch.hpp>

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

namespace worker_heap_test {

using namespace able;

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
namespace {

constexpr std::size_t block_bytes = std::size_t{16} << 20;

std::size_t resident() {
    std::size_t total = 0;
    std::size_t pages = 0;
    std::ifstream("/proc/self/statm") >> total >> pages;
    return pages * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

// Runs `body` in a process of its own, as the settings are a process's; its status.
template <class Body>
int apart(Body &&body) {
    const pid_t child = fork();
    if (child == 0) {
        _exit(body());
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void use_and_free() {
    std::vector<char>(block_bytes, 1);
}

} // namespace

TEST_CASE("A worker keeps a layer's memory for the next layer, until it is told to return it", "[worker]") {
    const int failed = apart([] {
        worker::keep_freed_memory();
        use_and_free();
        const std::size_t kept = resident();
        worker::return_freed_memory();
        const std::size_t returned = resident();
        return kept > returned + block_bytes / 2 ? 0 : 1;
    });
    CHECK(failed == 0);
    const int by_default = apart([] {
        const std::size_t before = resident();
        use_and_free();
        return resident() < before + block_bytes / 2 ? 0 : 1;
    });
    CHECK(by_default == 0); // else the test shows nothing
}
#endif

} // namespace worker_heap_test
