// What a job may take of the memory: the limit, what models need, and what a refusal says.
#include "models_files.hpp"

#include "host/config/memory_demand.h"
#include "host/config/memory_limit.h"
#include "host/protocol/probe.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

namespace config_memory_test {

using namespace able;
using Catch::Contains;

TEST_CASE("inference.memory_limit is auto or a size") {
    for (const char *good : {"auto", "1M", "16G", "123456789", "2048k"}) {
        CHECK(config::is_memory_limit(good));
    }
    for (const char *bad : {"", "0", "1023k", "lots", "-1", "1.5G", "16GB", "99999999999999999999"}) {
        INFO(bad);
        CHECK_FALSE(config::is_memory_limit(bad));
    }
}

TEST_CASE("each worker gets an even share of the limit") {
    config::Config config;
    config.inference.memory_limit = "12G";
    CHECK(config::worker_memory_limit(config) == 12ULL << 30);
    config.queue.max_concurrent = 3;
    CHECK(config::worker_memory_limit(config) == 4ULL << 30);
    config.queue.max_concurrent = 1;
    config.inference.memory_limit = "auto";
    CHECK(config::worker_memory_limit(config) == config::available_memory() / 4 * 3);
}

TEST_CASE("a control group's limit counts where it is below the machine's memory") {
    const test::TempFolder folder;
    const auto machine = config::available_memory(folder.path());
    CHECK(machine > 1ULL << 20);
    test::write_file(folder / "memory.max", "max\n");
    CHECK(config::available_memory(folder.path()) == machine);
    test::write_file(folder / "memory.max", "1048576\n");
    CHECK(config::available_memory(folder.path()) == 1048576);
    test::write_file(folder / "memory.max", "9223372036854771712\n");
    CHECK(config::available_memory(folder.path()) == machine);
}

TEST_CASE("what a job needs lies between the sizes that are known") {
    protocol::MemoryNeed need{1000, {{100, 50}, {200, 150}, {400, 250}}};
    CHECK(need.known());
    CHECK(need.working_at(1) == 50);
    CHECK(need.working_at(100) == 50);
    CHECK(need.working_at(150) == 100);
    CHECK(need.working_at(300) == 200);
    CHECK(need.working_at(400) == 250);
    CHECK(need.working_at(800) == 500);
    CHECK(base::from_document<protocol::MemoryNeed>(base::to_document(need), "it").working == need.working);
    CHECK_FALSE(protocol::MemoryNeed{}.known());
    CHECK(protocol::MemoryNeed{}.working_at(100) == 0);
}

TEST_CASE("a refusal says how much, of what, and what would help") {
    constexpr std::uint64_t gibibyte = 1ULL << 30;
    const config::MemoryDemand demand{5 * gibibyte, 3 * gibibyte, 1024, 768, true};
    config::Inference settings;
    settings.dtype = "fp32";
    settings.vae_tiling = "off";
    const auto list = config::remedies(demand, 6 * gibibyte, settings);
    const auto text = config::refusal(demand, 6 * gibibyte, list);
    for (const char *part : {"8.0 GiB", "5.0 GiB", "3.0 GiB", "1024x768", "6.0 GiB", "smaller picture", "vae_tiling",
                             "refiner", "bf16", "raise inference.memory_limit"}) {
        CHECK_THAT(text, Contains(part));
    }
    // No picture is small enough where the weights alone are too much.
    settings = {};
    const config::MemoryDemand heavy{7 * gibibyte, gibibyte / 4, 64, 64, false};
    const auto words = config::refusal(heavy, 6 * gibibyte, config::remedies(heavy, 6 * gibibyte, settings));
    CHECK_THAT(words, !Contains("smaller") && !Contains("refiner") && !Contains("bf16") && Contains("256 MiB"));
}

} // namespace config_memory_test
