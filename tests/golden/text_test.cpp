// Prompts: token ids exactly as the reference tokenizer's, embeddings as the reference encoder's.
#include "loaded_model.h"

#include <ablerefusal/glue.hpp>

#include <catch2/catch.hpp>

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

TEST_CASE("token ids are those of the reference tokenizer, exactly") {
    const auto &cases = index()["tokens"]["cases"];
    REQUIRE(cases.size() >= 25);
    const auto pad = index()["tokens"]["pad"].get<uint32_t>();
    for (const auto &entry : cases) {
        const auto text = entry["text"].get<std::string>();
        if (text.find('\0') != std::string::npos) {
            continue; // the ABI's strings end there
        }
        INFO(entry["name"]);
        auto expected = entry["ids"].get<std::vector<uint32_t>>();
        expected.resize(std::max<size_t>(expected.size(), 77), pad);
        CHECK(tiny_model().tokens(text) == expected);
    }
}

TEST_CASE("tokenize writes no more than there is room for and still says how much there is") {
    LoadedModel &model = tiny_model();
    std::vector<uint32_t> ids(3, 12345);
    uint32_t count = 0;
    REQUIRE(model.abi()->tokenize(model.abi(), 0, "a red fox", 2, ids.data(), &count) == ABLE_OK);
    CHECK(count == 77);
    CHECK(ids[0] == index()["tokens"]["start"].get<uint32_t>());
    CHECK(ids[2] == 12345);
    CHECK(model.abi()->tokenize(model.abi(), 1, "a", 2, ids.data(), &count) == ABLE_INVALID_ARGUMENT);
}

TEST_CASE("a very long word takes no quadratic time to tokenize") {
    CHECK(tiny_model().tokens(std::string(1 << 20, 'a')).size() > 1000);
}

TEST_CASE("prompt embeddings agree with the reference encoder") {
    LoadedModel &model = tiny_model();
    for (const auto &entry : index()["text"]) {
        const auto prompt = entry["prompt"].get<std::string>();
        INFO(entry["name"]);
        const Array last = array(entry["last_hidden_state"]);
        const Array found = model.context(model.encode(prompt).get());
        CHECK(found.shape == last.shape);
        CHECK(relative_error(found.values, last.values) < 1e-4);
        CHECK(model.context(model.encode(prompt, 0).get()).values == found.values);
        const Array skipped = model.context(model.encode(prompt, 2).get());
        CHECK(relative_error(skipped.values, array(entry["clip_skip_2"]).values) < 1e-4);
        CHECK(skipped.values != found.values);
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

TEST_CASE("a prompt that is too long is cut with a warning that says by how much") {
    LoadedModel model;
    model.encode(std::string("a a a a a"));
    CHECK(model.job().warnings().empty());
    std::string text;
    for (int i = 0; i < 80; ++i) {
        text += "a ";
    }
    model.encode(text);
    REQUIRE(model.job().warnings().size() == 1);
    CHECK_THAT(model.job().warnings().front(), Catch::Contains("80 tokens") && Catch::Contains("last 5 "));
}

TEST_CASE("what this pipeline cannot encode is refused with the reason") {
    LoadedModel &model = tiny_model();
    able_conditioning *out = nullptr;
    CHECK(encode(model, {segment("a ", 1), segment("fox", 1.2)}, 1, &out) == ABLE_UNSUPPORTED);
    CHECK_THAT(model.job().message(), Catch::Contains("\"fox\"") && Catch::Contains("weight"));
    CHECK(encode(model, {segment("a", 1)}, 5, &out) == ABLE_INVALID_ARGUMENT);
    CHECK_THAT(model.job().message(), Catch::Contains("clip_skip is 5") && Catch::Contains("4 layers"));
    CHECK(out == nullptr);
}
