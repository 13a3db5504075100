#include "host/worker/main/process_settings.h"

#include <catch2/catch.hpp>

#include <cstdlib>
#include <string>

namespace worker_waiting_test {

using able::worker::let_waiting_threads_sleep;

TEST_CASE("waiting threads sleep, unless the user has said how they wait") {
    unsetenv("GOMP_SPINCOUNT");
    unsetenv("OMP_WAIT_POLICY");
    let_waiting_threads_sleep();
    REQUIRE(std::getenv("GOMP_SPINCOUNT") != nullptr);
    CHECK(std::getenv("GOMP_SPINCOUNT") == std::string("1000"));

    setenv("GOMP_SPINCOUNT", "500", 1);
    let_waiting_threads_sleep();
    CHECK(std::getenv("GOMP_SPINCOUNT") == std::string("500"));

    unsetenv("GOMP_SPINCOUNT");
    setenv("OMP_WAIT_POLICY", "active", 1);
    let_waiting_threads_sleep();
    CHECK(std::getenv("GOMP_SPINCOUNT") == nullptr);
    unsetenv("OMP_WAIT_POLICY");
}

} // namespace worker_waiting_test
