// The program itself: what needs neither plugins nor models.
#include "temporary_folder.h"

#include "host/base/subprocess.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <chrono>
#include <iterator>

namespace program_test {

namespace {

struct Run {
    std::string out, error, end;
};

// Runs the program in `folder`, which is its home too; `variables` are NAME=VALUE.
Run run(const TemporaryFolder &folder, const std::vector<std::string> &arguments,
        const std::vector<std::string> &variables = {}) {
    std::vector<std::string> all = {"/usr/bin/env", "-i", "-C", folder.path().string(),
                                    "HOME=" + folder.path().string()};
    all.insert(all.end(), variables.begin(), variables.end());
    all.emplace_back(ABLE_EXECUTABLE);
    all.insert(all.end(), arguments.begin(), arguments.end());
    const auto done = able::base::run_child(all, {}, std::chrono::minutes(2));
    return {done.out, done.error, able::base::describe_exit(done.status)};
}

} // namespace

TEST_CASE("without a command the help is shown, as an error") {
    const TemporaryFolder folder;
    const Run done = run(folder, {});
    CHECK(done.end == "exited with status 2");
    CHECK(done.out.empty());
    CHECK_THAT(done.error, Catch::Contains("generate") && Catch::Contains("Exit status"));
    CHECK_THAT(done.error, !Catch::Contains("worker"));
}

TEST_CASE("a misspelt command is told from the right one") {
    const TemporaryFolder folder;
    const Run done = run(folder, {"sampler"});
    CHECK(done.end == "exited with status 2");
    CHECK_THAT(done.error, Catch::Contains("there is no command \"sampler\"; did you mean samplers?"));
}

TEST_CASE("the default configuration is written, but never over a file") {
    const TemporaryFolder folder;
    CHECK(run(folder, {"config", "--write"}).end == "exited with status 0");
    std::ifstream stream(folder.path() / "config.yaml");
    const std::string written{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
    CHECK(written == run(folder, {"config", "--write", "-"}).out);
    const Run again = run(folder, {"config", "--write", "config.yaml"});
    CHECK(again.end == "exited with status 2");
    CHECK_THAT(again.error, Catch::Contains("config.yaml is there already"));
    // What was written is a configuration that is in force now.
    CHECK_THAT(run(folder, {"config"}).out, Catch::Contains("config.yaml\n"));
}

TEST_CASE("config --show says where each value is from") {
    const TemporaryFolder folder;
    folder.write(".config/ablerefusal/config.yaml", "server:\n  host: localhost\n");
    const Run done = run(folder, {"config", "--show", "--set", "queue.timeout=7"},
                         {"ABLEREFUSAL_SERVER_PORT=9000", "ABLEREFUSAL_SERVER_PROT=1"});
    CHECK(done.end == "exited with status 0");
    CHECK_THAT(done.out, Catch::Matches("(.|\n)*host: localhost +# .*config.yaml:2:9\n(.|\n)*"));
    CHECK_THAT(done.out, Catch::Matches("(.|\n)*port: 9000 +# ABLEREFUSAL_SERVER_PORT\n(.|\n)*"));
    CHECK_THAT(done.out, Catch::Matches("(.|\n)*timeout: 7 +# --set\n(.|\n)*"));
    CHECK_THAT(done.error, Catch::Contains("ABLEREFUSAL_SERVER_PROT is not known"));
}

TEST_CASE("version tells the program's and the ABI's") {
    const TemporaryFolder folder;
    const auto version = nlohmann::json::parse(run(folder, {"version", "--json"}).out);
    CHECK(version.at("abi").at("major") == 1);
    CHECK_THAT(run(folder, {"--version"}).out, Catch::Contains(version.at("version").get<std::string>()));
}

TEST_CASE("a public address without a token is refused before anything is served") {
    const TemporaryFolder folder;
    const Run done = run(folder, {"serve", "--host", "0.0.0.0", "--port", "0"});
    CHECK(done.end != "exited with status 0");
    CHECK(done.out.empty());
    CHECK_THAT(done.error, Catch::Contains("server.api_tokens"));
}

} // namespace program_test
