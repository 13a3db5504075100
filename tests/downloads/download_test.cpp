// Downloads from beginning to end, and what comes between.
#include "downloading.h"

#include "host/models/hub_cache.h"

#include <algorithm>

namespace download_test {

namespace fs = std::filesystem;
using fakes::Downloading;
using fakes::eventually;
using fakes::read_file;
using nlohmann::json;

namespace {

const json lora_request{{"repo", "org/lora"}, {"kind", "lora"}};

void add_lora(Downloading &test, std::size_t size = 2'000'000) {
    test.hub.repo = "org/lora";
    test.hub.files = {{"README.md", {"A LoRA."}}, {"ink.safetensors", {fakes::content_of(size), true}}};
}

fs::path lora_file(const Downloading &test) {
    return test.options.lora_dir / "org/lora/ink.safetensors";
}

std::vector<std::string> ranges(const Downloading &test) {
    std::vector<std::string> all;
    for (const auto &request : test.hub.requests()) {
        if (request.at_store) {
            all.push_back(request.range);
        }
    }
    return all;
}

// How many incomplete files there are.
std::size_t partial_files(const Downloading &test) {
    std::size_t count = 0;
    for (const auto &entry : fs::recursive_directory_iterator(test.folder())) {
        count += entry.path().extension() == ".incomplete" ? 1 : 0;
    }
    return count;
}

} // namespace

TEST_CASE("a diffusers model comes into the hub cache as huggingface_hub would put it there", "[downloads]") {
    Downloading test;
    add_diffusers_model(test.hub);
    test.start();
    const json download = test.get({{"repo", "org/model"}});
    REQUIRE(download.at("error") == nullptr);
    CHECK(download.at("state") == "completed");
    CHECK(download.at("commit") == test.hub.commit);
    CHECK(download.at("bytes_done") == download.at("bytes_total"));
    const fs::path repo = test.options.hub_cache / "models--org--model";
    CHECK(read_file(repo / "refs/main") == test.hub.commit);
    const auto snapshot = able::models::find_snapshot(repo);
    REQUIRE(snapshot.folder == repo / "snapshots" / test.hub.commit);
    for (const auto &[name, file] : test.hub.files) {
        CAPTURE(name);
        const bool wanted = name != "README.md" && name.find("fp16") == std::string::npos &&
                            name.find(".bin") == std::string::npos && name.find("safety") == std::string::npos;
        CHECK(fs::exists(snapshot.folder / name) == wanted);
        if (wanted) {
            const std::string hash = file.large ? fakes::sha256(file.content) : fakes::git_hash(file.content);
            const std::string up = name.find('/') == std::string::npos ? "../../" : "../../../";
            CHECK(fs::read_symlink(snapshot.folder / name) == up + "blobs/" + hash);
            CHECK((read_file(snapshot.folder / name) == file.content));
        }
    }
    CHECK(partial_files(test) == 0);
    CHECK(test.completed == 1);

    // A second time nothing large is fetched.
    const std::size_t before = ranges(test).size();
    CHECK(test.get({{"repo", "org/model"}}).at("state") == "completed");
    CHECK(ranges(test).size() == before);
}

TEST_CASE("progress is told while files come, and each is marked once it is checked", "[downloads]") {
    Downloading test;
    add_diffusers_model(test.hub);
    test.start();
    const std::string id = test.get({{"repo", "org/model"}}).at("id");
    const auto events = test.events();
    std::vector<std::uint64_t> done;
    for (const json &event : events) {
        CHECK(event.at("id") == id);
        done.push_back(event.at("bytes_done"));
    }
    CHECK(std::is_sorted(done.begin(), done.end()));
    CHECK(std::count_if(events.begin(), events.end(), [](const json &event) {
              return event.at("bytes_done") > 0 && event.at("bytes_done") < event.at("bytes_total");
          }) > 5);
    for (const json &file : events.back().at("files")) {
        CHECK(file.at("checked") == true);
    }
}

TEST_CASE("a LoRA comes into the folder of LoRAs", "[downloads]") {
    Downloading test;
    add_lora(test);
    test.start();
    CHECK(test.get(lora_request).at("state") == "completed");
    CHECK((read_file(lora_file(test)) == test.hub.files.at("ink.safetensors").content));
    CHECK(partial_files(test) == 0);
}

TEST_CASE("a connection that ends is taken up where it ended", "[downloads]") {
    Downloading test;
    add_lora(test);
    test.hub.stop_after = 700'000;
    test.start();
    CHECK(test.get(lora_request).at("state") == "completed");
    CHECK((read_file(lora_file(test)) == test.hub.files.at("ink.safetensors").content));
    CHECK(ranges(test) == std::vector<std::string>{"", "bytes=700000-"});
}

TEST_CASE("a hub that knows no ranges sends the file again", "[downloads]") {
    Downloading test;
    add_lora(test);
    test.hub.stop_after = 700'000;
    test.hub.ignore_ranges = true;
    test.start();
    CHECK(test.get(lora_request).at("state") == "completed");
    CHECK((read_file(lora_file(test)) == test.hub.files.at("ink.safetensors").content));
}

TEST_CASE("a download is paused at once and goes on from there", "[downloads]") {
    Downloading test;
    add_lora(test);
    test.hub.hold_after(900'000);
    auto &manager = test.start();
    const std::string id = manager.add(lora_request).at("id");
    eventually([&] { return test.view(id).at("bytes_done") == 900'000; });
    CHECK(manager.pause(id).at("state") == "paused");
    CHECK(manager.pause(id).at("state") == "paused");
    test.hub.release();
    CHECK(partial_files(test) == 1);
    CHECK_FALSE(fs::exists(lora_file(test)));
    CHECK(manager.resume(id).at("state") == "waiting");
    CHECK(test.ended(id).at("state") == "completed");
    CHECK(ranges(test) == std::vector<std::string>{"", "bytes=900000-"});
    CHECK((read_file(lora_file(test)) == test.hub.files.at("ink.safetensors").content));
    CHECK_THROWS_AS(manager.pause(id), able::base::RequestError);
    CHECK_THROWS_AS(manager.resume(id), able::base::RequestError);
}

TEST_CASE("a cancelled download leaves nothing behind", "[downloads]") {
    Downloading test;
    add_lora(test);
    test.hub.hold_after(900'000);
    auto &manager = test.start();
    const std::string id = manager.add(lora_request).at("id");
    eventually([&] { return test.view(id).at("bytes_done") == 900'000; });
    const bool paused = GENERATE(false, true);
    if (paused) {
        manager.pause(id);
    }
    CHECK(manager.cancel(id).at("state") == "cancelled");
    test.hub.release();
    eventually([&] { return partial_files(test) == 0; });
    CHECK_FALSE(fs::exists(lora_file(test)));
    eventually([&] {
        try {
            manager.forget(id);
            return true;
        } catch (const able::base::RequestError &) {
            return false; // its thread has not ended yet
        }
    });
    CHECK(manager.list().at("count") == 0);
}

TEST_CASE("one waits for the other, and one that waits is cancelled without a word to the hub", "[downloads]") {
    Downloading test;
    add_lora(test);
    test.hub.hold_after(900'000);
    auto &manager = test.start();
    const std::string first = manager.add(lora_request).at("id");
    CHECK_THROWS_AS(manager.add(lora_request), able::base::RequestError); // the same again
    eventually([&] { return test.view(first).at("bytes_done") == 900'000; });
    const std::string second = manager.add({{"repo", "org/other"}}).at("id");
    CHECK(test.view(second).at("state") == "waiting");
    CHECK_THROWS_AS(manager.forget(second), able::base::RequestError);
    manager.cancel(second);
    test.hub.release();
    CHECK(test.ended(first).at("state") == "completed");
    for (const auto &request : test.hub.requests()) {
        CHECK_THAT(request.path, !Catch::Contains("org/other"));
    }
}

TEST_CASE("what arrives other than it should be is deleted, never used", "[downloads]") {
    Downloading test;
    add_lora(test);
    auto &file = test.hub.files.at("ink.safetensors");
    file.sent = file.content;
    SECTION("a bit is wrong") {
        file.sent[1234] = static_cast<char>(file.sent[1234] ^ 1);
    }
    SECTION("it is longer") {
        file.sent += "more";
    }
    test.start();
    CHECK(test.get(lora_request).at("error").at("code") == "hash_mismatch");
    CHECK_FALSE(fs::exists(lora_file(test)));
    CHECK(partial_files(test) == 0);
    CHECK(test.completed == 0);
}

TEST_CASE("a file whose hash on the hub is not the list's is not fetched", "[downloads]") {
    Downloading test;
    add_lora(test);
    test.hub.extra_siblings = {
        {{"rfilename", "other.safetensors"}, {"size", 5}, {"lfs", {{"sha256", std::string(64, 'a')}}}}};
    test.start();
    // The list names it first with a hash that is not the one its link has.
    test.hub.files["other.safetensors"] = {"12345", true};
    const json download = test.get({{"repo", "org/lora"}, {"files", {"other.safetensors"}}});
    CHECK(download.at("error").at("code") == "hash_mismatch");
    CHECK_THAT(download.at("error").at("message"), Catch::Contains("list of files"));
    CHECK(download.at("bytes_done") == 0);
}

TEST_CASE("the list survives a restart: what ran is paused and goes on", "[downloads]") {
    Downloading test;
    add_lora(test);
    test.hub.hold_after(900'000);
    const std::string id = test.start().add(lora_request).at("id");
    eventually([&] { return test.view(id).at("bytes_done") == 900'000; });
    test.manager->stop();
    test.hub.release();
    auto &again = test.start();
    CHECK(test.view(id).at("state") == "paused");
    again.resume(id);
    CHECK(test.ended(id).at("state") == "completed");
    CHECK(ranges(test) == std::vector<std::string>{"", "bytes=900000-"});
}

TEST_CASE("a list that somebody wrote into does not lead outside", "[downloads]") {
    Downloading test;
    const json file{{"path", "../../../x"},
                    {"size_bytes", 1},
                    {"bytes_done", 0},
                    {"hash", std::string(64, 'a')},
                    {"checked", false}};
    const json entry{{"id", "x"},          {"request", {{"repo", "org/x"}}},
                     {"state", "paused"},  {"commit", std::string(40, 'a')},
                     {"diffusers", false}, {"files", {file}},
                     {"error", nullptr},   {"created_at", "t"},
                     {"ended_at", nullptr}};
    fs::create_directories(test.options.list_file.parent_path());
    for (const std::string &text : {json::array({entry}).dump(), std::string("{"), std::string("[1, null, {}]")}) {
        std::ofstream(test.options.list_file) << text;
        CHECK(test.start().list().at("count") == 0);
        test.manager.reset();
    }
}

TEST_CASE("a repository that is not there is named", "[downloads]") {
    Downloading test;
    test.start();
    const json error = test.get({{"repo", "org/nothing"}}).at("error");
    CHECK(error.at("code") == "unknown_repo");
    CHECK_THAT(error.at("message"), Catch::Contains("org/nothing"));
}

} // namespace download_test
