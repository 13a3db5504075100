// What a plugin has changed of its process is put back, and said.
#include "host/plugins/calls/calls.h"
#include "host/plugins/calls/process_state.h"

#include <ablerefusal/glue.hpp>

#include <catch2/catch.hpp>

#include <cfenv>
#include <clocale>
#include <csignal>
#include <filesystem>

#include <sys/stat.h>

namespace plugins_process_state_test {

using namespace able;

namespace {

able_status change_everything(const able_sampling *) noexcept {
    std::fesetround(FE_UPWARD);
    std::setlocale(LC_ALL, "C.UTF-8");
    ::umask(0);
    std::filesystem::current_path("/");
    std::signal(SIGTERM, SIG_IGN);
    return ABLE_OK;
}

able_sampler sampler_with(able_status (*sample)(const able_sampling *) noexcept) {
    static const able_descriptor descriptor = [] {
        auto made = make_struct<able_descriptor>();
        made.id = "rude";
        made.name = "Rude";
        return made;
    }();
    auto sampler = make_struct<able_sampler>();
    sampler.descriptor = &descriptor;
    sampler.sample = sample;
    return sampler;
}

} // namespace

TEST_CASE("what a sampler changes of the process is put back after it, and who it was is logged", "[plugins]") {
    const auto folder = std::filesystem::current_path();
    const std::string locale = std::setlocale(LC_ALL, nullptr);
    const mode_t mask = ::umask(0077);
    ::umask(mask);
    struct sigaction handler {};
    ::sigaction(SIGTERM, nullptr, &handler);

    plugins::JobContext job;
    std::string line;
    int level = 0;
    job.on_log = [&](int of, const std::string &text) {
        level = of;
        line = text;
    };
    const auto run = make_struct<able_sampling>();
    CHECK(plugins::sample(sampler_with(change_everything), run, job) == ABLE_OK);
    CHECK(std::fegetround() == FE_TONEAREST);
    CHECK(std::setlocale(LC_ALL, nullptr) == locale);
    CHECK(std::filesystem::current_path() == folder);
    const mode_t after = ::umask(mask);
    CHECK(after == mask);
    struct sigaction now {};
    ::sigaction(SIGTERM, nullptr, &now);
    CHECK(now.sa_handler == handler.sa_handler);
    CHECK(level == ABLE_LOG_WARNING);
    for (const char *part : {"'rude'", "floating-point", "locale", "working directory", "umask", "signal"}) {
        CHECK_THAT(line, Catch::Contains(part));
    }
}

TEST_CASE("a sampler that changes nothing is not talked about, nor are flags that its arithmetic raises", "[plugins]") {
    plugins::JobContext job;
    bool told = false;
    job.on_log = [&](int, const std::string &) {
        told = true;
    };
    const auto run = make_struct<able_sampling>();
    const auto divides = [](const able_sampling *) noexcept -> able_status {
        volatile double zero = 0;
        return 1 / zero > 0 && std::fetestexcept(FE_DIVBYZERO) != 0 ? ABLE_OK : ABLE_INTERNAL;
    };
    CHECK(plugins::sample(sampler_with(divides), run, job) == ABLE_OK);
    CHECK_FALSE(told);
}

} // namespace plugins_process_state_test
