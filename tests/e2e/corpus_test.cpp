// A corpus of model files, right ones in every form and wrong ones of every kind (tools/corpus/make.py): what is ready
// draws what it must, and what does not is refused with the reason before anybody waits for it.
#include "golden_pictures.h"
#include "server_process.h"

#include "tests/golden/made_files.h"

#include "host/base/subprocess.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <map>

namespace corpus_test {

using namespace able;
using namespace able::e2e;
using nlohmann::json;

namespace {

using Pixels = std::vector<std::uint8_t>;

void write_base(const std::filesystem::path &folder) {
    for (const char *family : {"sd1", "sdxl"}) {
        golden::MadeModel made(family);
        golden::write_safetensors(made.file.abi(), "", folder / (std::string(family) + ".safetensors"));
        golden::write_folder(made.folder, folder / family);
    }
    std::filesystem::copy(ABLE_SOURCE_DIR "/tests/golden/data/tiny-sd15", folder / "tiny",
                          std::filesystem::copy_options::recursive);
}

json make_corpus(const std::filesystem::path &folder) {
    const auto base = folder / "base";
    std::filesystem::create_directories(base);
    write_base(base);
    const auto child = base::run_child({"/usr/bin/env", "python3", ABLE_SOURCE_DIR "/tools/corpus/make.py",
                                        base.string(), (folder / "corpus").string()},
                                       "", std::chrono::minutes(5));
    INFO(child.error);
    REQUIRE(child.status == 0);
    return json::parse(std::ifstream(folder / "corpus/verdicts.json"));
}

// The corpus at the server's side of the table.
class Table {
public:
    explicit Table(const Server &server) : server_(server) {
        take("model", server.get("/api/v1/models").json().at("models"));
        take("vae", server.get("/api/v1/vaes").json().at("vaes"));
        take("lora", server.get("/api/v1/loras").json().at("loras"));
        take("embedding", server.get("/api/v1/embeddings").json().at("embeddings"));
    }

    const json *find(const json &verdict) const {
        const auto found = entries_.find({verdict.at("kind"), verdict.at("id")});
        return found != entries_.end() ? &found->second : nullptr;
    }

    json request_for(const json &verdict) const {
        json request = tiny_request();
        request["steps"] = 2;
        request.update(verdict.at("request"));
        const json &id = verdict.at("id");
        if (verdict.at("kind") == "model" || verdict.at("kind") == "vae") {
            request[verdict.at("kind").get<std::string>()] = id;
            return request;
        }
        request["model"] = "sd1-folder";
        if (verdict.at("kind") == "lora") {
            request["loras"] = {{{"name", id}, {"weight", 1}}};
        } else {
            request["prompt"] = "a fox, " + id.get<std::string>();
        }
        return request;
    }

    // What the entry draws that another must equal; drawn once. Of an autoencoder that is a model.
    const Pixels &picture_like(const json &verdict) {
        const json kind = verdict.at("kind") == "vae" ? json("model") : verdict.at("kind");
        auto &pixels = pictures_[{kind, verdict.at("like")}];
        if (pixels.empty()) {
            pixels = draw({{"kind", kind}, {"id", verdict.at("like")}, {"request", json::object()}});
        }
        return pixels;
    }

    // Empty where there is no picture.
    Pixels draw(const json &verdict) const {
        const Reply reply = server_.post("/api/v1/generate", request_for(verdict));
        INFO(reply.body);
        CHECK(reply.status == 202);
        if (reply.status != 202) {
            return {};
        }
        const json job = server_.wait(reply.json().at("id"));
        INFO(job);
        CHECK(job.at("status") == "completed");
        if (job.at("status") != "completed") {
            return {};
        }
        return pixels_of(server_.image(job));
    }

private:
    void take(const std::string &kind, const json &list) {
        for (const json &entry : list) {
            entries_[{kind, entry.at("id")}] = entry;
        }
    }

    const Server &server_;
    std::map<std::pair<std::string, std::string>, json> entries_;
    std::map<std::pair<std::string, std::string>, Pixels> pictures_; // by kind and id
};

std::string joined(const json &texts) {
    std::string all;
    for (const json &text : texts) {
        all += text.get<std::string>() + "\n";
    }
    return all;
}

void check_all_in(const std::string &text, const json &parts) {
    for (const json &part : parts) {
        CHECK_THAT(text, Catch::Contains(part.get<std::string>()));
    }
}

// The model's folder as huggingface_hub downloads it: the snapshot's files are links to blobs.
void put_into_hub(const std::filesystem::path &folder, const std::filesystem::path &hub, const std::string &name) {
    const auto repo = hub / ("models--corpus--" + name);
    std::filesystem::create_directories(repo / "blobs");
    std::filesystem::create_directories(repo / "refs");
    const std::string commit(40, 'c');
    std::ofstream(repo / "refs/main") << commit;
    const auto snapshot = repo / "snapshots" / commit;
    std::size_t blobs = 0;
    for (const auto &file : std::filesystem::recursive_directory_iterator(folder)) {
        const auto inside = std::filesystem::relative(file.path(), folder);
        if (file.is_directory()) {
            std::filesystem::create_directories(snapshot / inside);
            continue;
        }
        const auto blob = repo / "blobs" / std::to_string(blobs++);
        std::filesystem::copy_file(file.path(), blob);
        std::filesystem::create_directories((snapshot / inside).parent_path());
        std::filesystem::create_symlink(std::filesystem::relative(blob, (snapshot / inside).parent_path()),
                                        snapshot / inside);
    }
}

// The verdicts of models in folders, and of the same in a hub cache.
json with_hub_twins(const json &verdicts, const std::filesystem::path &models, const std::filesystem::path &hub) {
    json all = verdicts;
    for (const json &verdict : verdicts) {
        const std::string id = verdict.at("id");
        if (verdict.at("kind") == "model" && std::filesystem::exists(models / id / "model_index.json")) {
            std::string name = id;
            std::replace(name.begin(), name.end(), '/', '-');
            put_into_hub(models / id, hub, name);
            all.push_back(verdict);
            all.back()["id"] = "corpus/" + name;
        }
    }
    return all;
}

void check_entry(const json &entry, const json &verdict) {
    const bool listed_as_ready = verdict.at("kind") == "vae" || entry.at("ready").get<bool>();
    CHECK(listed_as_ready == verdict.at("ready").get<bool>());
    check_all_in(entry.value("reason", json()).is_string() ? entry.at("reason").get<std::string>() : "",
                 verdict.at("reason"));
    check_all_in(joined(entry.value("notes", json::array())), verdict.at("notes"));
}

} // namespace

TEST_CASE("a corpus of models: the ready ones draw what they must, the others are refused with the reason") {
    const TemporaryFolder folder;
    const json verdicts = make_corpus(folder.path());
    REQUIRE(verdicts.size() >= 120);
    Options options;
    options.models = {};
    const Server server(options);
    const auto models = server.folder() / "models";
    std::filesystem::remove_all(models);
    std::filesystem::rename(folder.path() / "corpus/models", models);
    const json all = with_hub_twins(verdicts, models, server.folder() / "hub");
    REQUIRE(all.size() >= verdicts.size() + 20);
    REQUIRE(server.post("/api/v1/models/refresh").status == 200);

    Table table(server);
    for (const json &verdict : all) {
        INFO(verdict.at("kind") << " " << verdict.at("id"));
        const json *entry = table.find(verdict);
        CHECK(entry != nullptr);
        if (entry == nullptr) {
            continue;
        }
        INFO(*entry);
        check_entry(*entry, verdict);
        json request = table.request_for(verdict);
        if (!verdict.at("ready").get<bool>()) {
            // A word without an embedding is a word.
            CHECK((verdict.at("kind") == "embedding" || server.post("/api/v1/generate", request).status == 400));
        } else if (!verdict.at("fails").empty()) {
            const json job = server.wait(server.submit(request));
            CHECK(job.at("status") == "failed");
            check_all_in(job.at("error").dump(), verdict.at("fails"));
        } else {
            CHECK(table.draw(verdict) == table.picture_like(verdict));
        }
        if (!verdict.at("refused").empty()) {
            request.erase("vae");
            const Reply reply = server.post("/api/v1/generate", request);
            CHECK(reply.status == 400);
            check_all_in(reply.body, verdict.at("refused"));
        }
    }
}

TEST_CASE("an autoencoder that the model cannot be loaded with is refused before there is a job") {
    const TemporaryFolder folder;
    write_base(folder.path());
    Options options;
    options.models = {};
    const Server server(options);
    const auto models = server.folder() / "models";
    for (const char *family : {"sd1", "sdxl"}) {
        std::filesystem::copy(folder.path() / family, models / family, std::filesystem::copy_options::recursive);
        std::filesystem::copy(folder.path() / family / "vae", models / (std::string("vae-") + family),
                              std::filesystem::copy_options::recursive);
    }
    // As the autoencoders that are published with the two families state it.
    const auto state = [&](const char *name, double scaling_factor) {
        const auto path = models / name / "config.json";
        json config = json::parse(std::ifstream(path));
        config["scaling_factor"] = scaling_factor;
        std::ofstream(path) << config;
    };
    state("sd1/vae", 0.18215);
    state("vae-sd1", 0.18215);
    state("vae-sdxl", 0.13025);
    REQUIRE(server.post("/api/v1/models/refresh").status == 200);

    json request = tiny_request();
    request["model"] = "sd1";
    request["vae"] = "vae-sd1";
    CHECK(server.wait(server.submit(request)).at("status") == "completed");
    request["vae"] = "vae-sdxl";
    for (int again = 0; again < 2; ++again) { // the second answer is one that is known
        const Reply reply = server.post("/api/v1/generate", request);
        CHECK(reply.status == 400);
        CHECK(reply.json().at("error").at("field") == "vae");
        check_all_in(reply.body, {"vae-sdxl", "scaling_factor 0.13025", "0.18215"});
    }
    // The file's state belongs to what is known.
    state("vae-sdxl", 0.18215);
    CHECK(server.wait(server.submit(request)).at("status") == "completed");
}

} // namespace corpus_test
