// The hashes of LoRAs and embeddings: what they are, and that no file is read twice.
#include "models_files.hpp"

#include "host/server/catalogue/catalogue_service.h"
#include "host/server/catalogue/hash_service.h"
#include "host/worker/models/file_hash.h"

#include <catch2/catch.hpp>

#include <chrono>
#include <map>

#include <sys/stat.h>

namespace catalogue_hashes_test {

using namespace able;
using able::test::half_tensors;
using able::test::TempFolder;
using able::test::write_file;
namespace fs = std::filesystem;

namespace {

// sha256sum of "abc", of "c", and of nothing.
const std::string abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
const std::string c = "2e7d2c03a9507ae265ecf5b5356885a53393a2029d241394997265a1a25aefc6";

struct Found {
    std::map<std::string, server::FileHashes> hashes;
    server::HashService service;

    explicit Found(const fs::path &cache = {})
        : service(cache, [this](const fs::path &path, const server::FileHashes &found) {
              hashes[path.filename().string()] = found;
          }) {}
};

void rewrite(const fs::path &path, std::string_view content) {
    const auto before = fs::last_write_time(path);
    write_file(path, content);
    fs::last_write_time(path, before + std::chrono::seconds(10));
}

} // namespace

TEST_CASE("AutoV3 is of what follows the header, the rest of the whole file", "[worker][hashes]") {
    const TempFolder folder;
    write_file(folder / "x", "abc");
    write_file(folder / "y", std::string(3U << 20U, 'y') + "abc"); // more than one piece
    Found found;
    found.service.want({{folder / "x", 2}, {folder / "y", 3U << 20U}, {folder / "none", 0}, {folder.path(), 0}});
    found.service.wait();
    REQUIRE(found.hashes.size() == 2);
    CHECK(found.hashes["x"].sha256 == abc);
    CHECK(found.hashes["x"].auto_v3 == c.substr(0, 12));
    CHECK(found.hashes["y"].sha256 == worker::hash_files({folder / "y"}));
    CHECK(found.hashes["y"].auto_v3 == abc.substr(0, 12));
}

TEST_CASE("a format without a header, or one that says it is longer than the file, has no AutoV3", "[worker][hashes]") {
    const TempFolder folder;
    write_file(folder / "x", "abc");
    Found found;
    found.service.want({{folder / "x", 0}});
    found.service.wait();
    CHECK(found.hashes["x"].auto_v3.empty());
    found.service.want({{folder / "x", 4}});
    found.service.wait();
    CHECK(found.hashes["x"].sha256 == abc);
    CHECK(found.hashes["x"].auto_v3.empty());
}

TEST_CASE("hashes are kept between runs until the file changes", "[worker][hashes]") {
    const TempFolder folder;
    write_file(folder / "x", "abc");
    {
        Found first(folder / "cache/hashes.json");
        CHECK_FALSE(first.service.known({folder / "x", 2}));
        first.service.want({{folder / "x", 2}});
        first.service.wait();
    }
    const auto stamp = fs::last_write_time(folder / "x");
    Found second(folder / "cache/hashes.json");
    REQUIRE(second.service.known({folder / "x", 2}));
    CHECK(second.service.known({folder / "x", 2})->sha256 == abc);
    CHECK_FALSE(second.service.known({folder / "x", 1})); // of another header
    second.service.want({{folder / "x", 2}});
    second.service.wait();
    CHECK(second.hashes["x"].auto_v3 == c.substr(0, 12));

    rewrite(folder / "x", "abd");
    CHECK_FALSE(second.service.known({folder / "x", 2}));
    second.service.want({{folder / "x", 2}});
    second.service.wait();
    CHECK(second.hashes["x"].sha256 != abc);
    CHECK(fs::last_write_time(folder / "x") != stamp);
}

TEST_CASE("a pipe among the files stops nobody", "[worker][hashes]") {
    const TempFolder folder;
    REQUIRE(mkfifo((folder / "pipe").c_str(), 0600) == 0);
    write_file(folder / "x", "abc");
    Found found;
    found.service.want({{folder / "pipe", 0}, {folder / "x", 0}});
    found.service.wait();
    CHECK(found.hashes.size() == 1);
}

TEST_CASE("the catalogue gets its hashes in the background, and has them at once the next time", "[worker][hashes]") {
    const TempFolder folder;
    const std::string file = half_tensors({{"<x>", 1}});
    write_file(folder / "models/loras/a.safetensors", file);
    server::CatalogueRoots roots;
    roots.lora_folders = {folder / "models/loras"};
    const auto plugins = [] {
        std::vector<plugins::PluginFile> files(1);
        auto &plugin = files.front();
        plugin.path = plugin.snapshot = ABLE_PLUGIN_DIR "/textual_inversion.so";
        plugin.description.id = "able.textual_inversion";
        plugins::ObjectDescription adapter;
        adapter.kind = plugins::ObjectKind::adapter;
        adapter.id = "textual_inversion";
        plugin.description.objects = {adapter};
        return std::make_shared<const plugins::Registry>(std::move(files));
    };
    roots.embedding_folders = {folder / "models/loras"}; // the file is an embedding
    server::CatalogueService service(roots, ABLE_EXECUTABLE, plugins, folder / "cache/models.json");
    const auto before = service.refresh();
    REQUIRE(before->embeddings.size() == 1);
    INFO(before->embeddings[0].reason);
    REQUIRE(before->embeddings[0].ready);
    CHECK(before->embeddings[0].word == "<x>");
    CHECK(before->embeddings[0].tokens == 1);
    CHECK(before->embeddings[0].hashes.sha256.empty());
    CHECK_FALSE(before->loras.at(0).ready);
    CHECK_THAT(before->loras.at(0).reason, Catch::Contains("move it to a folder of embeddings"));

    service.hash_from_now_on();
    service.wait_for_hashes();
    const auto after = service.current();
    CHECK(after->embeddings[0].hashes.sha256 == worker::hash_files({folder / "models/loras/a.safetensors"}));
    CHECK(before->embeddings[0].hashes.sha256.empty()); // whoever holds the old one keeps it

    server::CatalogueService later(roots, ABLE_EXECUTABLE, plugins, folder / "cache/models.json");
    CHECK(later.refresh()->embeddings[0].hashes.sha256 == after->embeddings[0].hashes.sha256);
}

} // namespace catalogue_hashes_test
