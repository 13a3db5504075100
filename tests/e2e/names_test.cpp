// Files and folders as other programs and other systems name them.
#include "golden_pictures.h"
#include "server_process.h"

#include "host/base/subprocess.h"

#include <catch2/catch.hpp>

namespace names_test {

using namespace able;
using namespace able::e2e;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

const fs::path data_folder = fs::path(ABLE_SOURCE_DIR) / "tests/golden/data";
const fs::path lora_file = fs::path(ABLE_SOURCE_DIR) / "demo/loras/stripes.safetensors";

void put(const fs::path &from, const fs::path &to) {
    fs::create_directories(to.parent_path());
    fs::copy(from, to, fs::copy_options::recursive);
}

json entry_of(const json &list, const std::string &id) {
    for (const json &entry : list) {
        if (entry.at("id") == id) {
            return entry;
        }
    }
    FAIL("there is no " << id << " in " << list.dump());
    return {};
}

} // namespace

TEST_CASE("a file among those of another kind says what it is and where it belongs") {
    const Server server;
    const fs::path models = server.folder() / "models";
    const fs::path vae = data_folder / "tiny-sd15/vae/diffusion_pytorch_model.safetensors";
    put(lora_file, models / "stray.safetensors");
    put(vae, models / "loras/stray-vae.safetensors");
    put(lora_file, models / "embeddings/stray-lora.safetensors");
    put(vae, models / "embeddings/stray-vae.safetensors");
    const json list = server.post("/api/v1/models/refresh").json().at("models");
    const json lora = entry_of(list, "stray.safetensors");
    CHECK(lora.at("ready") == false);
    CHECK_THAT(lora.at("reason").get<std::string>(),
               Catch::StartsWith("this is a LoRA, not a model; move it to a folder of LoRAs"));
    const json among_loras = entry_of(server.get("/api/v1/loras").json().at("loras"), "stray-vae");
    CHECK(among_loras.at("ready") == false);
    CHECK_THAT(among_loras.at("reason").get<std::string>(),
               Catch::StartsWith("this is an autoencoder (VAE), not a LoRA"));
    const json embeddings = server.get("/api/v1/embeddings").json().at("embeddings");
    CHECK_THAT(entry_of(embeddings, "stray-lora").at("reason").get<std::string>(),
               Catch::StartsWith("this is a LoRA, not an embedding"));
    CHECK_THAT(entry_of(embeddings, "stray-vae").at("reason").get<std::string>(),
               Catch::StartsWith("this is an autoencoder (VAE), not an embedding"));
}

TEST_CASE("a LoRA is used whatever the case of its extension, the folder's name and the form of its letters") {
    const Server server(fresh_installation());
    const fs::path models = server.folder() / "models";
    put(lora_file, models / "LyCORIS/Cafe\xcc\x81__v1__{x}.SAFETENSORS"); // decomposed
    server.post("/api/v1/models/refresh");
    json request{{"prompt", "a red heart <lora:stripes:0.8>"}, {"steps", 2}, {"seed", 3}};
    const auto expected = pixels_of(server.image(server.generate(request)));
    for (const std::string name : {"Caf\xc3\xa9__v1__{x}", "Cafe\xcc\x81__v1__{x}", "Caf\xc3\xa9__v1__{x}.safetensors",
                                   "Caf\xc3\xa9\\_\\_v1\\_\\_\\{x\\}"}) {
        INFO(name);
        request["prompt"] = "a red heart <lora:" + name + ":0.8>";
        CHECK(pixels_of(server.image(server.generate(request))) == expected);
        request["prompt"] = "{a|a} red heart <lora:" + name + ":0.8>"; // drawn or not
        CHECK(pixels_of(server.image(server.generate(request))) == expected);
    }
}

TEST_CASE("an installation of another program is used as it is, and a mistyped folder is said") {
    const TemporaryFolder folder;
    const auto list = [&](std::vector<std::string> arguments) {
        std::vector<std::string> all{"/usr/bin/env",   "-u", "XDG_DATA_HOME",   "-u",
                                     "XDG_CACHE_HOME", "-u", "XDG_CONFIG_HOME", "-u",
                                     "HF_HOME",        "-u", "HF_HUB_CACHE",    "HOME=" + folder.path().string(),
                                     ABLE_EXECUTABLE};
        all.insert(all.end(), arguments.begin(), arguments.end());
        return base::run_child(all, {}, std::chrono::minutes(4));
    };
    const fs::path root = folder.path() / "webui";
    put(data_folder / "tiny-sd15", root / "models/Stable-diffusion/tiny");
    put(data_folder / "tiny-sd15/vae", root / "models/VAE/own");
    put(lora_file, root / "models/Lora/ink.safetensors");
    put(lora_file, root / "models/LyCORIS/old/paper.safetensors");
    const auto models = list({"models", "--json", "--models-dir", root.string(), "--set", "models.layout=a1111",
                              "--set", "models.demo=false"});
    INFO(models.error);
    const json all = json::parse(models.out);
    REQUIRE(all.at("models").size() == 1);
    CHECK(all.at("models")[0].at("id") == "tiny");
    CHECK(all.at("models")[0].at("ready") == true);
    CHECK(all.at("warnings") == json::array());
    const auto loras = list({"loras", "--json", "--models-dir", root.string(), "--set", "models.layout=a1111", "--set",
                             "models.demo=false"});
    const json found = json::parse(loras.out).at("loras");
    REQUIRE(found.size() == 2);
    CHECK(found[0].at("id") == "ink");
    CHECK(found[1].at("id") == "old/paper");

    const std::string mistyped = (folder.path() / "wbeui").string();
    const auto missing = list({"models", "--models-dir", mistyped});
    CHECK_THAT(missing.error, Catch::Contains("there is no folder " + mistyped + ", where storage.models_dir"));
    const auto other = list({"models", "--models-dir", root.string(), "--set", "models.layout=comfyui"});
    CHECK_THAT(other.error, Catch::Contains("models/checkpoints, where models.layout comfyui"));
}

} // namespace names_test
