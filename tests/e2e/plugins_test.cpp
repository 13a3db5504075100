// The promise of the SDK: a sampler built out of tree, copied in while the server runs, replaced while it runs.
#include "server_process.h"

#include "host/base/subprocess.h"

#include <catch2/catch.hpp>

namespace plugins_test {

using namespace able::e2e;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

void command(const std::vector<std::string> &arguments) {
    const auto done = able::base::run_child(arguments, {}, std::chrono::minutes(4));
    INFO(done.out << done.error);
    REQUIRE(able::base::describe_exit(done.status) == "exited with status 0");
}

// Installs the SDK and builds the example against it, away from the source tree. `version` tells builds apart.
fs::path build_example(const fs::path &root, const std::string &version) {
    const fs::path prefix = root / "sdk", source = root / "source", build = root / ("build-" + version);
    if (!fs::exists(prefix)) {
        command({ABLE_CMAKE_COMMAND, "--install", ABLE_BUILD_DIR, "--component", "sdk", "--prefix", prefix.string()});
        fs::copy(fs::path(ABLE_SOURCE_DIR) / "sdk/examples/sampler-c", source, fs::copy_options::recursive);
    }
    command({ABLE_CMAKE_COMMAND, "-S", source.string(), "-B", build.string(), "-DCMAKE_PREFIX_PATH=" + prefix.string(),
             "-DMIDPOINT_VERSION=" + version});
    command({ABLE_CMAKE_COMMAND, "--build", build.string()});
    for (const auto &entry : fs::recursive_directory_iterator(build)) {
        if (entry.path().extension() == ".so") {
            return entry.path();
        }
    }
    FAIL("the example made no .so");
    std::abort();
}

std::string sampler_versions(const json &job) {
    return job.at("results").at(0).at("metadata").at("sampler").at("version");
}

} // namespace

TEST_CASE(
    "a C sampler built against the installed SDK is used as soon as it is copied in, and so is its next version") {
    const TemporaryFolder work;
    const auto first = build_example(work.path(), "1.0.0");
    const auto second = build_example(work.path(), "2.0.0");
    const Server server;
    const auto before = server.generate(tiny_request());

    auto request = tiny_request();
    request["sampler"] = "midpoint";
    CHECK(server.post("/api/v1/generate", request).status == 400);

    const fs::path target = server.plugin_folder() / "midpoint.so";
    fs::copy_file(first, target);
    CHECK(server.get("/api/v1/samplers").body.find("\"midpoint\"") != std::string::npos);
    const auto job = server.generate(request);
    CHECK(sampler_versions(job) == "1.0.0");
    CHECK(server.image(job) != server.image(before));

    // Replaced in place, as cp does, while a job of the old version runs.
    request["steps"] = 40;
    const auto running = server.submit(request);
    server.wait_until(running, [](const json &state) { return state.at("current_step").get<int>() >= 1; });
    fs::copy_file(second, target, fs::copy_options::overwrite_existing);
    request["steps"] = 4;
    const auto next = server.generate(request);
    CHECK(sampler_versions(next) == "2.0.0");
    CHECK(server.wait(running).at("status") == "completed");
    CHECK(sampler_versions(server.wait(running)) == "1.0.0");

    // Taken away, it is unknown again; the rest goes on.
    fs::remove(target);
    CHECK(server.post("/api/v1/generate", request).status == 400);
    CHECK(server.image(server.generate(tiny_request())) == server.image(before));
}

TEST_CASE("a plugin's parameters are checked by its own declaration and reach it") {
    const Server server;
    auto request = tiny_request();
    request["sampler"] = "euler_a";
    const auto plain = server.image(server.generate(request));
    request["sampler_params"] = {{"eta", 0.0}};
    const auto changed = server.generate(request);
    CHECK(server.image(changed) != plain);
    CHECK(changed.at("results").at(0).at("metadata").at("sampler_params").at("eta") == 0.0);
}

} // namespace plugins_test
