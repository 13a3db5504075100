// Embeddings and LoRAs, from the folder to the pixels and the record.
#include "golden_pictures.h"
#include "server_process.h"

#include <catch2/catch.hpp>

#include <fstream>

namespace adapters_test {

using namespace able::e2e;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

const fs::path data = fs::path(ABLE_SOURCE_DIR) / "tests/golden/data/embeddings";

void add_embeddings(const Server &server, const std::vector<std::string> &files) {
    const fs::path folder = server.folder() / "models/embeddings/deep";
    fs::create_directories(folder);
    for (const std::string &file : files) {
        fs::copy_file(data / file, folder / file);
    }
    REQUIRE(server.post("/api/v1/models/refresh").status == 200);
}

json made(const Server &server, const json &change) {
    json request = tiny_request();
    request.update(change);
    return server.generate(request);
}

std::vector<std::uint8_t> pixels(const Server &server, const json &job) {
    return pixels_of(server.image(job));
}

json entry_of(const json &list, const std::string &id) {
    for (const json &entry : list) {
        if (entry.at("id") == id) {
            return entry;
        }
    }
    return nullptr;
}

} // namespace

TEST_CASE("an embedding is a word of the prompt, listed, counted, drawn with and recorded") {
    const Server server;
    const auto plain = pixels(server, made(server, {{"prompt", "a red fox, easyneg"}}));
    add_embeddings(server, {"easyneg.pt", "cat-toy.bin", "both.safetensors", "classic.pt"});

    const json list = server.get("/api/v1/embeddings").json();
    CHECK(list.at("count") == 4);
    const json listed = entry_of(list.at("embeddings"), "deep/easyneg");
    INFO(list.dump(1));
    CHECK(listed.at("ready") == true);
    CHECK(listed.at("name") == "easyneg");
    CHECK(listed.at("tokens") == 3);
    CHECK(entry_of(list.at("embeddings"), "deep/cat-toy").at("word") == "<cat-toy>");
    CHECK(entry_of(list.at("embeddings"), "deep/both").at("family") == "sdxl");

    const json report = server.post("/api/v1/prompt/parse", {{"prompt", "a red fox, (EasyNeg:1.2) <cat-toy>"}}).json();
    CHECK(report.at("errors") == json::array());
    CHECK(report.at("embeddings").size() == 2);
    const json before = server.post("/api/v1/prompt/parse", {{"prompt", "a red fox,"}}).json();
    CHECK(report.at("token_count").get<int>() == before.at("token_count").get<int>() + 3 + 1);

    const json job = made(server, {{"prompt", "a red fox, easyneg"}});
    CHECK(pixels(server, job) != plain);
    const json used = job.at("results").at(0).at("metadata").at("embeddings");
    REQUIRE(used.size() == 1);
    CHECK(used.at(0).at("id") == "deep/easyneg");
    CHECK(used.at(0).at("sha256").get<std::string>().size() == 64);
    CHECK(used.at(0).at("tokens") == 3);
    CHECK(server.image(job).find("TI hashes: \"easyneg: ") != std::string::npos);
    CHECK(pixels(server, made(server, {{"prompt", "a red fox, EASYNEG"}})) == pixels(server, job));
    CHECK(pixels(server, made(server, {{"prompt", "a red fox, easyneg"}, {"prompt_syntax", "plain"}})) == plain);
    CHECK(pixels(server, made(server, {{"prompt", "a red fox"}, {"negative_prompt", "classic"}, {"cfg_scale", 5}})) !=
          pixels(server, made(server, {{"prompt", "a red fox"}, {"cfg_scale", 5}})));

    const auto refused = server.post("/api/v1/generate", {{"prompt", "a both"}});
    CHECK(refused.status == 400);
    CHECK(refused.json().at("error").at("code") == "wrong_family");
    CHECK(refused.json().at("error").at("message").get<std::string>().find("made for the family \"sdxl\"") !=
          std::string::npos);
}

TEST_CASE("SDXL takes an embedding for its two text encoders") {
    Options options;
    options.models = {"tiny-sdxl"};
    const Server server(options);
    const auto plain = pixels(server, made(server, {{"model", "tiny-sdxl"}, {"prompt", "a red fox, both"}}));
    add_embeddings(server, {"both.safetensors", "style.safetensors"});
    CHECK(pixels(server, made(server, {{"model", "tiny-sdxl"}, {"prompt", "a red fox, both"}})) != plain);
    // Nothing in the file says that it is for another family: the worker finds out.
    json request = tiny_request();
    request["model"] = "tiny-sdxl";
    request["prompt"] = "a <style>";
    const auto failed = server.wait(server.submit(request));
    CHECK(failed.at("status") == "failed");
    CHECK(failed.at("error").at("message").get<std::string>().find("embedding 'deep/style'") != std::string::npos);
}

TEST_CASE("the embeddings inside a LoRA are words where the LoRA is used, as files of their own are") {
    Options options;
    options.models = {"tiny-sd15", "tiny-sdxl"};
    const Server server(options);
    const fs::path models = server.folder() / "models";
    for (const char *name : {"bundle.safetensors", "bundle-sdxl.safetensors"}) {
        fs::copy_file(data / name, models / "loras" / name);
    }
    const auto with = [&](const char *model, const char *lora, const char *prompt) {
        return pixels(
            server,
            made(server, {{"model", model}, {"prompt", prompt}, {"loras", {{{"name", lora}, {"weight", 0.7}}}}}));
    };
    REQUIRE(server.post("/api/v1/models/refresh").status == 200);
    const json listed = entry_of(server.get("/api/v1/loras").json().at("loras"), "bundle");
    INFO(listed.dump(1));
    CHECK(listed.at("ready") == true);
    REQUIRE(listed.at("words").size() == 2);
    CHECK(listed.at("words").at(1) == json{{"word", "zork"}, {"ready", true}, {"reason", nullptr}, {"tokens", 3}});

    const json job = made(server, {{"model", "tiny-sd15"}, {"prompt", "a red fox, zork <lora:bundle:0.7>"}});
    const json metadata = job.at("results").at(0).at("metadata");
    CHECK(metadata.at("loras").at(0).at("unmatched") == json::array());
    CHECK(metadata.at("embeddings").at(0).at("id") == "bundle:zork");
    const auto classic = with("tiny-sd15", "bundle", "a red fox, zork");
    const auto plain = with("tiny-sd15", "bundle", "a red fox, plainly");
    const auto both = with("tiny-sdxl", "bundle-sdxl", "a red fox, zork");
    const auto without = with("tiny-sd15", "kohya", "a red fox, zork"); // this LoRA has no such word
    CHECK(pixels(server, job) == classic);
    CHECK(classic != without);

    const json parsed =
        server.post("/api/v1/prompt/parse", {{"model", "tiny-sd15"}, {"prompt", "zork <lora:bundle:1>"}}).json();
    CHECK(parsed.at("embeddings").at(0).at("tokens") == 3);
    CHECK(server.post("/api/v1/prompt/parse", {{"model", "tiny-sd15"}, {"prompt", "zork"}})
              .json()
              .at("embeddings")
              .empty());

    fs::remove(models / "loras/bundle.safetensors");
    fs::remove(models / "loras/bundle-sdxl.safetensors");
    add_embeddings(server, {"easyneg.pt", "plain.safetensors", "both.safetensors"});
    CHECK(with("tiny-sd15", "kohya", "a red fox, easyneg") == classic);
    CHECK(with("tiny-sd15", "kohya", "a red fox, plain") == plain);
    CHECK(with("tiny-sdxl", "kohya-sdxl", "a red fox, both") == both);
}

TEST_CASE("LoRAs are listed with what they say of themselves, and one for another family is refused at once") {
    const Server server;
    const json list = server.get("/api/v1/loras").json().at("loras");
    const json kohya = entry_of(list, "kohya");
    INFO(list.dump(1));
    CHECK(kohya.at("family") == "sd1");
    CHECK(kohya.at("type") == "lora");
    CHECK(kohya.at("title") == "kohya");
    CHECK(kohya.at("base_model") == "sd_v1");
    CHECK(kohya.at("few_steps").is_null());
    const auto refused = server.post("/api/v1/generate", {{"prompt", "a fox"}, {"loras", {{{"name", "sdxl"}}}}});
    CHECK(refused.status == 400);
    CHECK(refused.json().at("error").at("code") == "wrong_family");
    CHECK(refused.json().at("error").at("field") == "loras[0]");

    fs::create_directories(server.folder() / "models/wildcards");
    const json wildcards = server.get("/api/v1/wildcards").json();
    CHECK(wildcards.at("count") == 0);
}

TEST_CASE("the demo's LCM LoRA brings its settings along") {
    const Server server(fresh_installation());
    json request{{"prompt", "a red circle on a blue ground"}, {"seed", 1}, {"loras", {{{"name", "lcm"}}}}};
    const json metadata = server.generate(request).at("results").at(0).at("metadata");
    INFO(metadata.dump(1));
    CHECK(metadata.at("sampler").at("id") == "lcm");
    CHECK(metadata.at("schedule").at("id") == "lcm");
    CHECK(metadata.at("steps") == 4);
    CHECK(metadata.at("cfg_scale") == 1);
    CHECK(metadata.at("few_steps").at("lora") == "lcm");
    CHECK(metadata.at("few_steps").at("fields") == json({"sampler", "schedule", "steps", "cfg_scale"}));
    request["steps"] = 2;
    request["cfg_scale"] = 1.5;
    const json chosen = server.generate(request).at("results").at(0).at("metadata");
    CHECK(chosen.at("steps") == 2);
    CHECK(chosen.at("cfg_scale") == 1.5);
    CHECK(chosen.at("few_steps").at("fields") == json({"sampler", "schedule"}));
}

namespace {

// A file of gains, as sdk/examples/adapter-c takes them.
void add_gains(const Server &server, const std::string &id, const std::map<std::string, std::vector<float>> &gains) {
    json header = json::object();
    std::string bytes;
    for (const auto &[weight, values] : gains) {
        const std::size_t begin = bytes.size();
        bytes.append(reinterpret_cast<const char *>(values.data()), values.size() * sizeof(float));
        header[weight + ".gain"] = {
            {"dtype", "F32"}, {"shape", {values.size()}}, {"data_offsets", {begin, bytes.size()}}};
    }
    const std::string text = header.dump();
    std::string length(8, '\0');
    for (std::size_t i = 0; i < length.size(); ++i) {
        length[i] = static_cast<char>(text.size() >> (8 * i) & 0xff);
    }
    const fs::path folder = server.folder() / "models/loras";
    fs::create_directories(folder);
    std::ofstream(folder / (id + ".safetensors"), std::ios::binary) << length << text << bytes;
}

} // namespace

TEST_CASE("an adapter of a plugin is listed with its parameters, takes them, and they are recorded") {
    Options options;
    options.plugins = {};
    const Server server(options);
    fs::create_directories(server.plugin_folder());
    fs::copy_file(fs::path(ABLE_BUILD_DIR) / "tests/examples/example_gains.so", server.plugin_folder() / "gains.so");
    const std::string attention = "unet.down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q.weight";
    add_gains(server, "warm",
              {{"unet.conv_in.weight", std::vector<float>(16, 0.5F)}, {attention, std::vector<float>(16, 2.0F)}});
    add_gains(server, "odd", {{"unet.conv_in.weight", std::vector<float>(3, 0.5F)}});
    REQUIRE(server.get("/api/v1/plugins").status == 200);
    REQUIRE(server.post("/api/v1/models/refresh").status == 200);

    const json adapters = server.get("/api/v1/adapters").json().at("adapters");
    INFO(adapters.dump(1));
    CHECK(entry_of(adapters, "lora").at("parameters").at("properties") == json::object());
    const json gains = entry_of(adapters, "gains");
    CHECK(gains.at("plugin") == "org.example.gains");
    CHECK(gains.at("parameters").at("properties").at("strength").at("maximum") == 4);
    const json listed = entry_of(server.get("/api/v1/loras").json().at("loras"), "warm");
    CHECK(listed.at("adapter") == "gains");
    CHECK(listed.at("type") == "gains");
    CHECK(entry_of(server.get("/api/v1/loras").json().at("loras"), "kohya").at("adapter") == "lora");

    const auto drawn = [&](const json &params) {
        return made(server, {{"prompt", "a red fox"}, {"loras", {{{"name", "warm"}, {"params", params}}}}});
    };
    const auto plain = pixels(server, made(server, {{"prompt", "a red fox"}}));
    const json usual = drawn(json::object());
    const json half = drawn({{"strength", 0.5}});
    CHECK(pixels(server, usual) != plain);
    CHECK(pixels(server, half) != pixels(server, usual));
    CHECK(pixels(server, drawn({{"strength", 0}})) == plain);
    CHECK(pixels(server, drawn({{"part", "rest"}})) != pixels(server, usual));
    CHECK(pixels(server, drawn({{"part", "all"}, {"strength", 1}})) == pixels(server, usual));
    CHECK_FALSE(usual.at("results").at(0).at("metadata").at("loras").at(0).contains("params"));
    CHECK(half.at("results").at(0).at("metadata").at("loras").at(0).at("params") == json{{"strength", 0.5}});

    const auto refused = server.post(
        "/api/v1/generate", {{"prompt", "x"}, {"loras", {{{"name", "warm"}, {"params", {{"part", "none"}}}}}}});
    CHECK(refused.status == 400);
    CHECK(refused.json().at("error").at("field") == "loras[0].params.part");
    json odd = tiny_request();
    odd["loras"] = {{{"name", "odd"}}};
    const json failed = server.wait(server.submit(odd));
    CHECK(failed.at("error").at("message").get<std::string>().find("one for each of its 16 output channels") !=
          std::string::npos);
}

} // namespace adapters_test
