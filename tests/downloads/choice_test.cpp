// Which files of a repository are fetched, and what a hostile list of files can do: nothing.
#include "host/base/request_error.h"
#include "host/server/downloads/content_hash.h"
#include "host/server/downloads/error.h"
#include "host/server/downloads/hub_repo.h"
#include "host/server/downloads/request.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

namespace choice_test {

using able::downloads::choose_files;
using able::downloads::ContentHash;
using able::downloads::DownloadError;
using able::downloads::Repo;
using nlohmann::json;

namespace {

const std::string some_hash(64, 'a');

Repo repo_of(const std::vector<std::string> &paths) {
    Repo repo;
    repo.commit = std::string(40, '1');
    for (const std::string &path : paths) {
        repo.files.push_back({path, 10, some_hash});
    }
    return repo;
}

std::vector<std::string> chosen(const std::vector<std::string> &paths, const std::string &variant = "",
                                const std::vector<std::string> &wanted = {}) {
    std::vector<std::string> names;
    for (const auto &file : choose_files(repo_of(paths), wanted, variant).files) {
        names.push_back(file.path);
    }
    std::sort(names.begin(), names.end());
    return names;
}

template <class Action>
std::string error_code(const Action &action) {
    try {
        action();
    } catch (const DownloadError &error) {
        return error.code();
    } catch (const able::base::RequestError &error) {
        return error.code() + " " + error.field();
    }
    return {};
}

std::string hash_of(const std::string &expected, const std::string &content) {
    ContentHash hash(expected, content.size());
    hash.update(content);
    return hash.hex();
}

using Names = std::vector<std::string>;

} // namespace

TEST_CASE("content is hashed as sha256sum and git hash-object do", "[downloads]") {
    const std::string git = "4a036f56bb619924ec4189bd84ed716c766971ae";
    const std::string sha = "f9d86028c6e0d64e225186f96acb69338b2c59764df79162107f5c4bb34d1310";
    CHECK(hash_of(git, R"({"a": 1})") == git);
    CHECK(hash_of(sha, R"({"a": 1})") == sha);
    CHECK(hash_of(git, "") == "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
}

TEST_CASE("of a diffusers model its parts are taken, weights once", "[downloads]") {
    const Names files{"model_index.json",
                      "README.md",
                      ".gitattributes",
                      "v1-5-pruned.safetensors",
                      "unet/config.json",
                      "unet/diffusion_pytorch_model.safetensors",
                      "unet/diffusion_pytorch_model.fp16.safetensors",
                      "unet/diffusion_pytorch_model.non_ema.safetensors",
                      "unet/diffusion_pytorch_model.bin",
                      "vae/diffusion_pytorch_model.safetensors",
                      "text_encoder_2/model.fp16-00001-of-00002.safetensors",
                      "text_encoder_2/model.fp16-00002-of-00002.safetensors",
                      "text_encoder_2/model.safetensors.index.fp16.json",
                      "text_encoder_2/flax_model.msgpack",
                      "text_encoder_2/openvino_model.bin",
                      "tokenizer/merges.txt",
                      "unet/old/config.json",
                      "safety_checker/model.safetensors"};
    const Names plain{"model_index.json",
                      "text_encoder_2/model.fp16-00001-of-00002.safetensors",
                      "text_encoder_2/model.fp16-00002-of-00002.safetensors",
                      "text_encoder_2/model.safetensors.index.fp16.json",
                      "tokenizer/merges.txt",
                      "unet/config.json",
                      "unet/diffusion_pytorch_model.safetensors",
                      "vae/diffusion_pytorch_model.safetensors"};
    CHECK(chosen(files) == plain);
    Names half = plain;
    half[6] = "unet/diffusion_pytorch_model.fp16.safetensors";
    CHECK(chosen(files, "fp16") == half);
    CHECK(error_code([] {
              choose_files(repo_of({"model_index.json", "unet/diffusion_pytorch_model.msgpack"}), {}, "");
          }) == "no_usable_files");
}

TEST_CASE("of a part without safetensors its .bin weights are taken", "[downloads]") {
    CHECK(chosen({"model_index.json", "unet/diffusion_pytorch_model.bin", "unet/diffusion_pytorch_model.fp16.bin",
                  "text_encoder/pytorch_model.bin", "text_encoder/model.SafeTensors", "vae/openvino_model.bin",
                  "text_encoder_2/pytorch_model-00001-of-00002.bin", "text_encoder_2/pytorch_model-00002-of-00002.bin",
                  "text_encoder_2/pytorch_model.bin.index.json"}) ==
          Names{"model_index.json", "text_encoder/model.SafeTensors", "text_encoder_2/pytorch_model-00001-of-00002.bin",
                "text_encoder_2/pytorch_model-00002-of-00002.bin", "text_encoder_2/pytorch_model.bin.index.json",
                "unet/diffusion_pytorch_model.bin"});
    CHECK(chosen({"model_index.json", "unet/diffusion_pytorch_model.BIN", "unet/diffusion_pytorch_model.fp16.bin"},
                 "fp16") == Names{"model_index.json", "unet/diffusion_pytorch_model.fp16.bin"});
}

TEST_CASE("the shards of a variant are taken with either spelling of their index", "[downloads]") {
    const Names files{"model_index.json", "unet/diffusion_pytorch_model-00001-of-00001.fp16.safetensors",
                      "unet/diffusion_pytorch_model.safetensors.fp16.index.json"};
    CHECK(chosen(files, "fp16") == files);
}

TEST_CASE("of another repository its only safetensors file is taken, or the ones that are named", "[downloads]") {
    CHECK(chosen({"README.md", "lora.safetensors", "lora.bin"}) == Names{"lora.safetensors"});
    CHECK(chosen({"a.safetensors", "b/c.safetensors"}, "", {"b/c.safetensors"}) == Names{"b/c.safetensors"});
    try {
        choose_files(repo_of({"a.safetensors", "b.safetensors"}), {}, "");
        FAIL("two files");
    } catch (const DownloadError &error) {
        CHECK(error.code() == "choose_files");
        CHECK_THAT(error.what(), Catch::Contains("a.safetensors, b.safetensors"));
    }
    CHECK(chosen({"README.md", "A.SAFETENSORS", "lora.bin"}) == Names{"A.SAFETENSORS"});
    CHECK(chosen({"README.md", "lora.bin"}) == Names{"lora.bin"});
    CHECK(error_code([] { choose_files(repo_of({"a.ckpt", "a.pth"}), {}, ""); }) == "choose_files");
    CHECK(error_code([] { choose_files(repo_of({"a.gguf"}), {}, ""); }) == "no_usable_files");
    CHECK(error_code([] { choose_files(repo_of({"a.ckpt"}), {"b.ckpt"}, ""); }) == "unknown_file");
}

TEST_CASE("a hub's list of files cannot name places outside", "[downloads]") {
    json siblings = json::array();
    for (const char *path : {"/etc/passwd", "../up", "a/../../b", "a//b", ".hidden", "a/.ssh/x", "c:\\x", "a\\b",
                             "a\nb", "a:b", "", "fine/model.safetensors"}) {
        siblings.push_back({{"rfilename", path}, {"size", 3}, {"blobId", std::string(40, 'b')}});
    }
    siblings.push_back({{"rfilename", "no-hash"}, {"size", 3}});
    siblings.push_back({{"rfilename", "odd-hash"}, {"size", 3}, {"blobId", "../../x"}});
    siblings.push_back({{"rfilename", "odd-size"}, {"size", -3}, {"blobId", std::string(40, 'b')}});
    const Repo repo = able::downloads::parse_repo(json{{"sha", std::string(40, 'c')}, {"siblings", siblings}}.dump());
    REQUIRE(repo.files.size() == 1);
    CHECK(repo.files.front().path == "fine/model.safetensors");
    CHECK(repo.left_out.size() == siblings.size() - 1);

    for (const char *reply : {"", "null", "[]", "{}", R"({"sha": "main", "siblings": []})",
                              R"({"sha": "../../../../etc/aaaaaaaaaaaaaaaaaaaaaaaaaaaa", "siblings": []})",
                              R"({"sha": "cccccccccccccccccccccccccccccccccccccccc", "siblings": [1]})"}) {
        CAPTURE(reply);
        CHECK(error_code([&] { able::downloads::parse_repo(reply); }) == "unexpected_reply");
    }
}

TEST_CASE("a request for a download is checked field by field", "[downloads]") {
    const auto code = [](const char *text) {
        return error_code([&] { able::downloads::parse_request(json::parse(text)); });
    };
    CHECK(
        code(
            R"({"repo": "org/name", "revision": "refs/pr/3", "files": ["a/b.safetensors"], "variant": "fp16", "kind": "lora"})")
            .empty());
    CHECK(code("[]") == "wrong_type ");
    CHECK(code("{}") == "missing_field repo");
    CHECK(code(R"({"repo": "org/name", "token": "x"})") == "unknown_field token");
    CHECK(code(R"({"repo": 7})") == "wrong_type repo");
    for (const char *repo : {"", "a/b/c", "../x", "https://hub/x", "a b", "a/b?x=1"}) {
        CAPTURE(repo);
        CHECK(code(json{{"repo", repo}}.dump().c_str()) == "invalid_value repo");
    }
    CHECK(code(R"({"repo": "org/name", "revision": "../../up"})") == "invalid_value revision");
    CHECK(code(R"({"repo": "org/name", "files": []})") == "invalid_value files");
    CHECK(code(R"({"repo": "org/name", "files": ["../x"]})") == "invalid_value files");
    CHECK(code(R"({"repo": "org/name", "variant": "../x"})") == "invalid_value variant");
    CHECK(code(R"({"repo": "org/name", "kind": "vae"})") == "invalid_value kind");
}

TEST_CASE("what can be chosen: a model as a whole, and files that are of use by themselves", "[downloads]") {
    const auto singles = [](const std::vector<std::string> &paths) {
        Names names;
        for (const auto &file : able::downloads::single_files(repo_of(paths))) {
            names.push_back(file.path);
        }
        return names;
    };
    const std::vector<std::string> model{"model_index.json",
                                         "unet/config.json",
                                         "unet/diffusion_pytorch_model.safetensors",
                                         "unet/diffusion_pytorch_model.fp16.safetensors",
                                         "v1-5-pruned.safetensors",
                                         "v1-5-pruned.ckpt"};
    CHECK(singles(model) == Names{"v1-5-pruned.safetensors", "v1-5-pruned.ckpt"});
    const auto whole = able::downloads::whole_model(repo_of(model), "fp16");
    REQUIRE(whole);
    CHECK(whole->files.size() == 3);
    CHECK(singles({"styles/ink.safetensors", "README.md", "old.bin", "model-00001-of-00002.safetensors"}) ==
          Names{"styles/ink.safetensors", "old.bin"});
    CHECK_FALSE(able::downloads::whole_model(repo_of({"ink.safetensors"}), ""));
    CHECK_FALSE(able::downloads::whole_model(repo_of({"model_index.json", "unet/model.bin"}), ""));
    CHECK(able::downloads::whole_model(repo_of({"model_index.json", "unet/diffusion_pytorch_model.bin"}), ""));
}

TEST_CASE("who asks what a repository has says no more than which", "[downloads]") {
    CHECK(able::downloads::parse_hub_request({{"repo", "org/name"}, {"variant", "fp16"}}).variant == "fp16");
    const auto refused = [](const json &request) {
        return error_code([&] { able::downloads::parse_hub_request(request); });
    };
    CHECK(refused({{"repo", "org/name"}, {"files", {"a"}}}) == "unknown_field files");
    CHECK(refused({{"repo", "../name"}}) == "invalid_value repo");
    CHECK(refused(json::object()) == "missing_field repo");
}

} // namespace choice_test
