// Prompts: token ids exactly as the reference tokenizer's, embeddings as the reference encoder's.
#include "loaded_model.h"

#include <ablerefusal/glue.hpp>

#include <catch2/catch.hpp>

namespace text_test {

using namespace able;
using namespace able::golden;

namespace {

able_status encode(LoadedModel &model, const std::vector<able_text_segment> &pieces, uint32_t clip_skip,
                   able_conditioning **out) {
    std::vector<const able_text_segment *> pointers;
    for (const able_text_segment &piece : pieces) {
        pointers.push_back(&piece);
    }
    auto request = make_struct<able_text_request>();
    request.segment_count = static_cast<uint32_t>(pointers.size());
    request.segments = pointers.data();
    request.clip_skip = clip_skip;
    return model.abi()->encode_text(model.abi(), &request, model.job().abi(), out);
}

able_text_segment segment(const char *text, double weight) {
    auto piece = make_struct<able_text_segment>();
    piece.text = text;
    piece.weight = weight;
    return piece;
}

} // namespace

TEST_CASE("token ids are those of the reference tokenizers, exactly") {
    for (const auto &golden : golden_sets()) {
        LoadedModel &model = shared_model(*golden);
        uint32_t encoder = 0;
        for (const char *key : {"tokens", "tokens_2"}) {
            if (!golden->index().contains(key)) {
                continue;
            }
            const auto &tokens = golden->index()[key];
            REQUIRE(tokens["cases"].size() >= 10);
            for (const auto &entry : tokens["cases"]) {
                const auto text = entry["text"].get<std::string>();
                if (text.find('\0') != std::string::npos) {
                    continue; // the ABI's strings end there
                }
                INFO(golden->name() << " " << key << " " << entry["name"]);
                auto expected = entry["ids"].get<std::vector<uint32_t>>();
                expected.resize(std::max<size_t>(expected.size(), 77), tokens["pad"].get<uint32_t>());
                CHECK(model.tokens(text, encoder) == expected);
            }
            ++encoder;
        }
        CHECK_THROWS_AS(model.tokens("a", encoder), Error);
    }
}

TEST_CASE("a very long word, or text of nothing but special tokens, takes no quadratic time to tokenize") {
    CHECK(tiny_model().tokens(std::string(1 << 20, 'a')).size() > 1000);
    CHECK(shared_model(golden_set("tiny-sdxl")).tokens(std::string(1 << 20, '!'), 1).size() == (1 << 20) + 2);
}

TEST_CASE("what prompts become agrees with the reference encoders, layer by layer") {
    for (const auto &golden : golden_sets()) {
        LoadedModel &model = shared_model(*golden);
        for (const auto &entry : golden->index()["text"]) {
            if (entry["name"] == "long") {
                continue; // the reference cuts it; prompt_test.cpp has prompts of more than one chunk
            }
            for (const auto &encoding : entry["encodings"]) {
                const Prompt prompt{entry["prompt"], encoding["clip_skip"],
                                    encoding.value("negative", false) ? ABLE_PROMPT_NEGATIVE : ABLE_PROMPT_POSITIVE};
                INFO(golden->name() << " " << entry["name"] << " " << encoding);
                const auto made = model.encode(prompt);
                const Array context = golden->array(encoding["context"]);
                CHECK(model.context(made.get()).shape == context.shape);
                CHECK(relative_error(model.context(made.get()).values, context.values) < 1e-4);
                if (encoding.contains("pooled")) {
                    const Array pooled = golden->array(encoding["pooled"]);
                    CHECK(model.part(made.get(), "pooled").shape == pooled.shape);
                    CHECK(relative_error(model.part(made.get(), "pooled").values, pooled.values) < 1e-4);
                }
            }
        }
    }
}

TEST_CASE("the pieces of a prompt are encoded as one text") {
    LoadedModel &model = tiny_model();
    able_conditioning *out = nullptr;
    REQUIRE(encode(model, {segment("a photo of ", 1), segment("a red fox", 1)}, 1, &out) == ABLE_OK);
    CHECK(model.context(out).values == model.context(model.encode("a photo of a red fox").get()).values);
    model.abi()->release_conditioning(model.abi(), out);
    model.abi()->release_conditioning(model.abi(), nullptr);
}

TEST_CASE("a prompt that is too long for the encoder is encoded in chunks, and nothing is cut") {
    LoadedModel model;
    std::string text;
    for (int i = 0; i < 80; ++i) {
        text += "a ";
    }
    CHECK(model.context(model.encode("a a a").get()).shape[1] == 77);
    CHECK(model.context(model.encode(text).get()).shape[1] == 154);
    CHECK(model.job().warnings().empty());
}

TEST_CASE("what this pipeline cannot encode is refused with the reason") {
    LoadedModel &model = tiny_model();
    able_conditioning *out = nullptr;
    CHECK(encode(model, {segment("a", 1)}, 5, &out) == ABLE_INVALID_ARGUMENT);
    CHECK_THAT(model.job().message(), Catch::Contains("clip_skip is 5") && Catch::Contains("4 layers"));
    CHECK(out == nullptr);
}

} // namespace text_test
