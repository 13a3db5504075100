// Kinds of object: one table says which there are, and what it lists is described, listed and validated.
#include "host/plugins/describe/object_kinds.h"
#include "host/plugins/describe/registry.h"
#include "host/plugins/describe/scanner.h"
#include "host/server/http/native/views.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <set>

#include <unistd.h>

namespace plugins_kinds_test {

using namespace able;
using namespace able::plugins;

TEST_CASE("every kind has its names, its factory and a test of its functions", "[plugins]") {
    std::set<std::string> names, factories;
    for (const KindRow &row : object_kinds()) {
        CHECK(names.insert(row.name).second);
        CHECK(factories.insert(row.factory_id).second);
        CHECK(std::string(row.plural).starts_with(row.name));
        CHECK(row.complete != nullptr);
        CHECK(kind_called(row.name).row().factory_id == row.factory_id);
    }
    CHECK(ObjectKind::sampler.name() == std::string("sampler"));
    CHECK(ObjectKind::schedule.name() == std::string("schedule"));
    CHECK(ObjectKind::pipeline.name() == std::string("pipeline"));
    CHECK(ObjectKind::adapter.name() == std::string("adapter"));
    CHECK_THROWS(kind_called("no such kind"));
}

TEST_CASE("a plugin with a kind that is only a row of the table is described and listed", "[plugins]") {
    const auto cache = std::filesystem::temp_directory_path() / ("able-kinds-" + std::to_string(getpid()));
    DiscoveryOptions options;
    options.folders = {ABLE_TEST_PLUGIN_DIR};
    options.executable = ABLE_EXECUTABLE;
    options.cache_dir = cache;
    options.poll_interval = std::chrono::milliseconds(0);
    const Registry registry(Scanner(options).scan());
    std::filesystem::remove_all(cache);
    const auto found = registry.find(kind_called("upscaler"), "test_nearest");
    REQUIRE(found);
    CHECK(found->description->params.front().key == "sharpness");
    bool listed = false;
    const nlohmann::json view = http::plugins_view(registry);
    for (const auto &plugin : view.at("plugins")) {
        for (const auto &object : plugin.at("objects")) {
            listed |= object.at("kind") == "upscaler" && object.at("id") == "test_nearest";
        }
    }
    CHECK(listed);
}

} // namespace plugins_kinds_test
