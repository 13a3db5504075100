// The catalogue's looks at files: what is opened, and what is known already.
#include "models_files.hpp"

#include "host/server/catalogue/catalogue_service.h"
#include "host/server/catalogue/entry_stamp.h"

#include <catch2/catch.hpp>

#include <chrono>
#include <fstream>
#include <functional>
#include <iterator>

namespace catalogue_service_test {

using namespace able;
using able::test::half_tensors;
using able::test::TempFolder;
using able::test::write_file;
namespace fs = std::filesystem;

namespace {

// The program, by way of a script that writes down what it is asked: one line a child.
class Asked {
public:
    explicit Asked(const fs::path &folder, const std::string &before = "")
        : program_(folder / "program.sh"), log_(folder / "asked.log") {
        write_file(program_,
                   "#!/bin/sh\n" + before + "tee -a '" + log_.string() + "' | '" ABLE_EXECUTABLE "' \"$@\"\n");
        fs::permissions(program_, fs::perms::owner_all);
    }
    const fs::path &program() const { return program_; }
    // How many files were opened since the last call.
    std::size_t count() {
        std::ifstream file(log_);
        const std::string text{std::istreambuf_iterator<char>(file), {}};
        std::size_t entries = 0;
        for (std::size_t at = seen_; (at = text.find("\"index\"", at)) != std::string::npos; ++at) {
            ++entries;
        }
        seen_ = text.size();
        return entries;
    }

private:
    fs::path program_, log_;
    std::size_t seen_ = 0;
};

std::function<std::shared_ptr<const plugins::Registry>()> plugins_named(std::vector<std::string> ids) {
    return [ids = std::move(ids)] {
        std::vector<plugins::PluginFile> files;
        for (const std::string &id : ids) {
            plugins::PluginFile file;
            file.path = file.snapshot = "/no/such/" + id + ".so";
            file.description.id = id;
            plugins::ObjectDescription pipeline;
            pipeline.kind = plugins::ObjectKind::pipeline;
            pipeline.id = id;
            file.description.objects = {pipeline};
            files.push_back(file);
        }
        return std::make_shared<const plugins::Registry>(std::move(files));
    };
}

server::CatalogueRoots roots_in(const fs::path &folder) {
    server::CatalogueRoots roots;
    roots.model_folders = {folder / "models"};
    roots.lora_folders = {folder / "models/loras"};
    return roots;
}

// Three files of weights, a folder and a LoRA: five entries.
void write_files(const fs::path &folder) {
    for (const char *name : {"a", "b", "c"}) {
        write_file(folder / "models" / (std::string(name) + ".safetensors"), half_tensors({{"x", 1}}));
    }
    write_file(folder / "models/d/model_index.json", "{}");
    write_file(folder / "models/d/unet/diffusion_pytorch_model.safetensors", half_tensors({{"x", 1}}));
    write_file(folder / "models/loras/e.safetensors", half_tensors({{"x", 1}}));
}

// A change that a clock of any resolution tells.
void rewrite(const fs::path &path, std::string_view content) {
    const auto before = fs::last_write_time(path);
    write_file(path, content);
    fs::last_write_time(path, before + std::chrono::seconds(10));
}

nlohmann::json findings(const server::Catalogue &catalogue) {
    nlohmann::json all = nlohmann::json::array();
    const auto add = [&](const auto &entries) {
        for (const auto &entry : entries) {
            all.push_back({entry.id, base::to_document(entry)});
        }
    };
    add(catalogue.models);
    add(catalogue.loras);
    add(catalogue.embeddings);
    return all;
}

} // namespace

TEST_CASE("nothing is opened again while nothing changes", "[worker][catalogue]") {
    const TempFolder folder;
    write_files(folder.path());
    Asked asked(folder.path());
    server::CatalogueService service(roots_in(folder.path()), asked.program(), plugins_named({}),
                                     folder / "cache.json");
    const auto first = service.refresh();
    CHECK(asked.count() == 5);
    REQUIRE(first->models.size() == 4);
    CHECK_THAT(first->models[0].reason, Catch::Contains("no plugin knows"));
    const auto second = service.refresh();
    CHECK(asked.count() == 0);
    CHECK(findings(*second) == findings(*first));

    server::CatalogueService later(roots_in(folder.path()), asked.program(), plugins_named({}), folder / "cache.json");
    CHECK(findings(*later.refresh()) == findings(*first));
    CHECK(asked.count() == 0);
}

TEST_CASE("what changed is opened, and nothing else", "[worker][catalogue]") {
    const TempFolder folder;
    write_files(folder.path());
    Asked asked(folder.path());
    server::CatalogueService service(roots_in(folder.path()), asked.program(), plugins_named({}),
                                     folder / "cache.json");
    service.refresh();
    asked.count();

    rewrite(folder / "models/b.safetensors", half_tensors({{"y", 1}})); // of the same size
    service.refresh();
    CHECK(asked.count() == 1);
    rewrite(folder / "models/d/unet/diffusion_pytorch_model.safetensors", half_tensors({{"y", 1}}));
    service.refresh();
    CHECK(asked.count() == 1);
    write_file(folder / "models/d/scheduler/scheduler_config.json", "{}");
    service.refresh();
    CHECK(asked.count() == 1);
    write_file(folder / "models/f.safetensors", half_tensors({{"x", 1}}));
    CHECK(service.refresh()->models.size() == 5);
    CHECK(asked.count() == 1);
    fs::remove(folder / "models/f.safetensors");
    CHECK(service.refresh()->models.size() == 4);
    CHECK(asked.count() == 0);
    fs::rename(folder / "models/a.safetensors", folder / "models/z.safetensors");
    service.refresh();
    CHECK(asked.count() == 1);
}

TEST_CASE("other plugins and another program are asked anew", "[worker][catalogue]") {
    const TempFolder folder;
    write_files(folder.path());
    Asked asked(folder.path());
    const auto look = [&](const std::vector<std::string> &ids) {
        server::CatalogueService(roots_in(folder.path()), asked.program(), plugins_named(ids), folder / "cache.json")
            .refresh();
        return asked.count();
    };
    CHECK(look({}) == 5);
    CHECK(look({}) == 0);
    CHECK(look({"one"}) == 5);
    // The plugin could not be loaded this time; perhaps the next. It has no say about LoRAs.
    CHECK(look({"one"}) == 4);
    CHECK(look({}) == 5);
    rewrite(asked.program(),
            "#!/bin/sh\n# new\ntee -a '" + (folder / "asked.log").string() + "' | '" ABLE_EXECUTABLE "' \"$@\"\n");
    CHECK(look({}) == 5);
}

TEST_CASE("looks at several folders share a cache", "[worker][catalogue]") {
    const TempFolder folder;
    write_files(folder / "one");
    write_files(folder / "two");
    Asked asked(folder.path());
    const auto look = [&](const char *name) {
        server::CatalogueService(roots_in(folder / name), asked.program(), plugins_named({}), folder / "cache.json")
            .refresh();
        return asked.count();
    };
    CHECK(look("one") == 5);
    CHECK(look("two") == 5);
    CHECK(look("one") == 0);
    CHECK(look("two") == 0);
    fs::remove_all(folder / "one");
    CHECK(look("two") == 0);
    std::ifstream file(folder / "cache.json");
    CHECK(nlohmann::json::parse(file).at("entries").size() == 5);
}

TEST_CASE("answers that may not last are not kept", "[worker][catalogue]") {
    const TempFolder folder;
    write_files(folder.path());
    SECTION("the child crashes at each file") {
        Asked asked(folder.path(), "cat > /dev/null; exit 3\n");
        server::CatalogueService service(roots_in(folder.path()), asked.program(), plugins_named({}), "");
        CHECK_THAT(service.refresh()->models[0].reason, Catch::Contains("exited with status 3"));
        // All is asked again.
        write_file(asked.program(), "#!/bin/sh\nexec '" ABLE_EXECUTABLE "' \"$@\"\n");
        CHECK_THAT(service.refresh()->models[0].reason, Catch::Contains("no plugin knows"));
    }
    SECTION("a folder whose weights are missing") {
        fs::remove(folder / "models/d/unet/diffusion_pytorch_model.safetensors");
        Asked asked(folder.path());
        server::CatalogueService service(roots_in(folder.path()), asked.program(), plugins_named({}), "");
        service.refresh();
        CHECK(asked.count() == 5);
        service.refresh();
        CHECK(asked.count() == 1);
    }
}

TEST_CASE("a damaged cache is an empty one", "[worker][catalogue]") {
    const TempFolder folder;
    write_files(folder.path());
    const std::string content = GENERATE("", "not JSON", "[]", "{}", R"({"asked":1,"entries":{}})",
                                         R"({"asked":"","entries":{"model /x":{"stamp":5}}})");
    write_file(folder / "cache.json", content);
    Asked asked(folder.path());
    server::CatalogueService service(roots_in(folder.path()), asked.program(), plugins_named({}),
                                     folder / "cache.json");
    service.refresh();
    CHECK(asked.count() == 5);
    service.refresh();
    CHECK(asked.count() == 0);
}

TEST_CASE("a stamp changes with every file that a source may read", "[worker][catalogue]") {
    const TempFolder folder;
    write_files(folder.path());
    const fs::path model = folder / "models/d";
    std::string stamp = server::entry_stamp(model);
    CHECK_FALSE(stamp.empty());
    CHECK(server::entry_stamp(model) == stamp);
    for (const char *name : {"unet/config.json", "vae/model.bin", "tokenizer/vocab.json", "scheduler/x", "new.json"}) {
        write_file(model / name, "x");
        const std::string next = server::entry_stamp(model);
        CHECK(next != stamp);
        stamp = next;
    }
    fs::remove(model / "unet/config.json");
    CHECK(server::entry_stamp(model) != stamp);
    CHECK(server::entry_stamp(folder / "none").empty());
    CHECK(server::entry_stamp(folder / "models/a.safetensors") != server::entry_stamp(folder / "models/b.safetensors"));
    fs::create_directories(folder / "empty");
    CHECK(server::entry_stamp(folder / "empty").empty());
}

} // namespace catalogue_service_test
