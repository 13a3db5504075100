#include "temporary_folder.h"

#include "host/app/options.h"
#include "host/config/keys.h"

#include <catch2/catch.hpp>

namespace options_test {

using namespace able;

namespace {

config::Loaded loaded_with(std::vector<std::string> arguments) {
    const TemporaryFolder folder;
    const auto file = folder.write("config.yaml", "server:\n  port: 1000\nplugins:\n  paths: [/from-file]\n");
    arguments.insert(arguments.begin(), {"--config", file.string()});
    CLI::App command;
    const app::ConfigOptions options(command, {"server.port", "server.host", "plugins.paths"});
    command.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend())); // CLI11 takes them from the back
    return options.load();
}

} // namespace

TEST_CASE("short flags and --set reach the configuration") {
    CHECK(loaded_with({}).config.server.port == 1000);
    CHECK(loaded_with({"--port", "2000"}).config.server.port == 2000);
    CHECK(loaded_with({"--port", "2000", "--port", "3000"}).config.server.port == 3000);
    CHECK(loaded_with({"--set", "queue.timeout=7", "--set", "server.port=4000"}).config.server.port == 4000);
    CHECK(loaded_with({"--set", "server.allowed_hosts=a.example,b.example"}).config.server.allowed_hosts.size() == 2);
}

TEST_CASE("the flag --plugin-dir goes before the configured folders and takes one value each time") {
    const auto paths = loaded_with({"--plugin-dir", "/a", "--plugin-dir", "/b"}).config.plugins.paths;
    CHECK(paths == std::vector<std::filesystem::path>{"/a", "/b", "/from-file"});
    CHECK(loaded_with({"--set", "plugins.paths=/only"}).config.plugins.paths.size() == 1);
}

TEST_CASE("a bad flag is named as it was written") {
    CHECK_THROWS_WITH(loaded_with({"--port", "x"}), Catch::StartsWith("--port: server.port: "));
    CHECK_THROWS_WITH(loaded_with({"--set", "queue.timeout"}), Catch::Contains("KEY=VALUE"));
    CHECK_THROWS_WITH(loaded_with({"--set", "queue.timeuot=1"}), Catch::Contains("did you mean queue.timeout?"));
}

TEST_CASE("every short flag of the table can be added to a command") {
    CLI::App command;
    std::vector<std::string_view> names;
    for (const config::Key &key : config::keys()) {
        if (!key.flag.empty()) {
            names.push_back(key.name);
        }
    }
    REQUIRE(names.size() > 5);
    CHECK_NOTHROW(app::ConfigOptions(command, names));
}

} // namespace options_test
