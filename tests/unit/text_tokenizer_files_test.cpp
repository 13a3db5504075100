// Tokenizers in every form that people have them in: the ids are those of transformers' CLIPTokenizer.
#include "text/clip_tokenizer.h"

#include <ablerefusal/glue.hpp>
#include <nlohmann/json.hpp>

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>

namespace text_tokenizer_files_test {

using namespace able;
using nlohmann::json;

namespace {

std::filesystem::path data_folder() {
    return ABLE_SOURCE_DIR "/tests/unit/data/tokenizers";
}

std::string content_of(const std::filesystem::path &file) {
    std::ostringstream text;
    text << std::ifstream(file, std::ios::binary).rdbuf();
    return std::move(text).str();
}

// A folder's files as the source "tokenizer/…".
class Folder {
public:
    explicit Folder(const std::string &name) : source_(make_struct<able_source>()) {
        for (const auto &file : std::filesystem::directory_iterator(data_folder() / name)) {
            texts_["tokenizer/" + file.path().filename().string()] = content_of(file.path());
        }
        source_.host = this;
        source_.text = [](const able_source *source, const char *path, std::uint64_t *length) noexcept {
            const auto &texts = static_cast<const Folder *>(source->host)->texts_;
            const auto found = texts.find(path);
            *length = found == texts.end() ? 0 : found->second.size();
            return found == texts.end() ? nullptr : found->second.c_str();
        };
    }
    Folder(const Folder &) = delete;
    Folder &operator=(const Folder &) = delete;

    Folder &set(const std::string &file, std::optional<std::string> text) {
        texts_.erase("tokenizer/" + file);
        if (text) {
            texts_["tokenizer/" + file] = std::move(*text);
        }
        return *this;
    }
    // The field that a JSON pointer names, replaced.
    Folder &patch(const std::string &file, const std::string &pointer, json value) {
        auto root = json::parse(texts_.at("tokenizer/" + file));
        root[json::json_pointer(pointer)] = std::move(value);
        return set(file, root.dump());
    }
    text::ClipTokenizer tokenizer(std::int64_t vocabulary = 1 << 20) const {
        return {&source_, "tokenizer", vocabulary};
    }
    std::string refusal(std::int64_t vocabulary = 1 << 20) const {
        try {
            tokenizer(vocabulary);
            return "";
        } catch (const Error &error) {
            return error.what();
        }
    }

private:
    std::map<std::string, std::string, std::less<>> texts_;
    able_source source_;
};

} // namespace

TEST_CASE("a tokenizer in any form makes the ids that transformers makes", "[text]") {
    const json data = json::parse(content_of(data_folder() / "ids.json"));
    REQUIRE(data["cases"].size() == 9);
    for (const json &entry : data["cases"]) {
        const Folder folder(entry["folder"]);
        text::ClipTokenizer tokenizer = folder.tokenizer();
        for (std::size_t i = 0; i < data["texts"].size(); ++i) {
            INFO(entry["note"] << ": " << data["texts"][i]);
            CHECK(json(tokenizer.encode(data["texts"][i].get<std::string>())) == entry["ids"][i]);
        }
        CHECK(json(tokenizer.framed(tokenizer.encode("a"), 5)) == entry["padded"]);
    }
}

TEST_CASE("a tokenizer that lacks a file, a token or an id is refused with the file's name", "[text]") {
    using Catch::Contains;
    CHECK_THAT(Folder("files").set("vocab.json", {}).refusal(),
               Contains("tokenizer/vocab.json is missing, and so is tokenizer/tokenizer.json"));
    CHECK_THAT(Folder("files").set("merges.txt", {}).refusal(), Contains("tokenizer/merges.txt is missing"));
    CHECK_THAT(Folder("files").set("vocab.json", "[1]").refusal(), Contains("vocab.json is not a JSON object"));
    CHECK_THAT(Folder("files").set("merges.txt", "#version\na zork").refusal(),
               Contains("merges.txt, line 2: not two tokens of the vocabulary"));
    CHECK_THAT(Folder("files").patch("special_tokens_map.json", "/pad_token", "<pad>").refusal(),
               Contains("vocab.json has no \"<pad>\", which is its pad_token"));
    CHECK_THAT(Folder("files").set("added_tokens.json", R"({"<fox>": -1})").refusal(),
               Contains("added_tokens.json: the id of \"<fox>\" is not a whole number"));

    const char *file = "tokenizer.json";
    CHECK_THAT(Folder("only").set(file, "<html>").refusal(), Contains("tokenizer.json is not a JSON object"));
    CHECK_THAT(Folder("only").set(file, "{}").refusal(), Contains("tokenizer.json has no \"model\""));
    CHECK_THAT(Folder("only").patch(file, "/model/type", "Unigram").refusal(),
               Contains("tokenizer.json: its model is \"Unigram\"; only \"BPE\" is supported"));
    CHECK_THAT(Folder("only").patch(file, "/model/merges", nullptr).refusal(), Contains("\"model.merges\" is missing"));
    for (const json &merge : {json("a"), json({"a"}), json({"a", "zork"}), json(7), json({"a", "b", "c"})}) {
        CHECK_THAT(Folder("only").patch(file, "/model/merges/0", merge).refusal(),
                   Contains("number 0 of \"model.merges\""));
    }
    CHECK_THAT(Folder("only").patch(file, "/model/vocab/a", "x").refusal(), Contains("the id of \"a\""));
    CHECK_THAT(Folder("only").patch(file, "/added_tokens/0/id", 1ULL << 40U).refusal(), Contains("the id of"));
}

TEST_CASE("an id that the text encoder does not know is refused with its token", "[text]") {
    const json data = json::parse(content_of(data_folder() / "ids.json"));
    const auto size = data["size"].get<std::int64_t>();
    CHECK(Folder("whole").refusal(size).empty());
    CHECK_THAT(Folder("whole").refusal(size - 1),
               Catch::Contains("tokenizer/tokenizer.json: the id of \"<|endoftext|>\""));
    CHECK_THAT(Folder("legacy").refusal(size), Catch::Contains("the id of \"foo bar\""));
}

} // namespace text_tokenizer_files_test
