// Weighed prompts of any length against transformers' encoders with the published formulas;
// tools/prompt-language/golden.py makes the data.
#include "loaded_model.h"

#include <ablerefusal/glue.hpp>

#include <catch2/catch.hpp>

#include <cstring>

namespace prompt_test {

using namespace able;
using namespace able::golden;

namespace {

struct Piece {
    std::string text;
    double weight = 1;
    uint32_t flags = 0;
};

struct Wanted {
    std::vector<Piece> pieces;
    int32_t weighting = ABLE_WEIGHTING_MEAN;
    uint32_t clip_skip = 0;
    int32_t role = ABLE_PROMPT_POSITIVE;
};

LoadedModel::Conditioning encode(LoadedModel &model, const Wanted &wanted) {
    std::vector<able_text_segment> segments;
    for (const Piece &piece : wanted.pieces) {
        auto &segment = segments.emplace_back(make_struct<able_text_segment>());
        segment.text = piece.flags == 0 ? piece.text.c_str() : nullptr;
        segment.weight = piece.weight;
        segment.flags = piece.flags;
    }
    std::vector<const able_text_segment *> pointers;
    for (const auto &segment : segments) {
        pointers.push_back(&segment);
    }
    auto request = make_struct<able_text_request>();
    request.segment_count = static_cast<uint32_t>(pointers.size());
    request.segments = pointers.data();
    request.clip_skip = wanted.clip_skip;
    request.width = request.height = 64;
    request.role = wanted.role;
    request.weighting = wanted.weighting;
    able_conditioning *made = nullptr;
    model.check(model.abi()->encode_text(model.abi(), &request, model.job().abi(), &made));
    return {made, [abi = model.abi()](able_conditioning *c) {
                abi->release_conditioning(abi, c);
            }};
}

std::vector<Piece> pieces_of(const nlohmann::json &segments) {
    std::vector<Piece> pieces;
    for (const auto &segment : segments) {
        if (segment.is_null()) {
            pieces.push_back({"", 1, ABLE_SEGMENT_BREAK});
        } else {
            pieces.push_back({segment[0], segment[1], 0});
        }
    }
    return pieces;
}

} // namespace

TEST_CASE("weighed prompts of any length agree with the reference encoders and formulas") {
    for (const char *name : {"tiny-sd15", "tiny-sd2", "tiny-sdxl"}) {
        const GoldenSet golden(data_folder() / "prompts" / (std::string(name) + ".json"));
        LoadedModel &model = shared_model(golden_set(name));
        REQUIRE(golden.index()["cases"].size() >= 3);
        for (const auto &entry : golden.index()["cases"]) {
            INFO(name << " " << entry["name"] << " " << entry["weighting"] << " " << entry["clip_skip"]);
            const auto made = encode(model, {pieces_of(entry["segments"]),
                                             entry["weighting"] == "comfy" ? ABLE_WEIGHTING_EMPTY : ABLE_WEIGHTING_MEAN,
                                             entry["clip_skip"], ABLE_PROMPT_POSITIVE});
            const Array context = golden.array(entry["tensors"].get<std::string>() + "/context");
            const Array found = model.context(made.get());
            REQUIRE(found.shape == context.shape);
            CHECK(norm_error(found.values, context.values) < 1e-5);
            if (std::string(name) == "tiny-sdxl") {
                const Array pooled = golden.array(entry["tensors"].get<std::string>() + "/pooled");
                CHECK(norm_error(model.part(made.get(), "pooled").values, pooled.values) < 1e-5);
            }
        }
    }
}

TEST_CASE("weights of 1 change no bit, whichever way they act") {
    for (const auto &golden : golden_sets()) {
        LoadedModel &model = shared_model(*golden);
        const auto plain = model.encode("a red fox in the snow");
        for (const int32_t weighting : {ABLE_WEIGHTING_MEAN, ABLE_WEIGHTING_EMPTY}) {
            const auto made = encode(model, {{{"a red fox", 1, 0}, {" in the snow", 1, 0}}, weighting});
            CHECK(model.context(made.get()).values == model.context(plain.get()).values);
        }
    }
}

TEST_CASE("what a prompt cannot have is refused with the reason") {
    LoadedModel &model = tiny_model();
    CHECK_THROWS_WITH(encode(model, {{{"fox", std::nan(""), 0}}}),
                      Catch::Contains("\"fox\"") && Catch::Contains("weight"));
    CHECK_THROWS_WITH(encode(model, {{{"fox", 1, 0}}, 7}), Catch::Contains("weighting 7"));
}

TEST_CASE("a chunk whose weights are all 0 is 0, and no NaN") {
    LoadedModel &model = tiny_model();
    std::string text;
    for (int i = 0; i < 75; ++i) {
        text += "a ";
    }
    const auto made = encode(model, {{{text, 0, 0}}});
    for (const float value : model.context(made.get()).values) {
        REQUIRE(std::isfinite(value));
    }
}

TEST_CASE("prompts of several lengths are evaluated in one call, each as it would be alone") {
    for (const char *name : {"tiny-sd15", "tiny-sdxl"}) {
        LoadedModel &model = shared_model(golden_set(name));
        const auto brief = model.encode("a red fox");
        const auto other = model.encode("snow");
        const auto wide = encode(model, {{{"a red fox", 1, 0}, {"", 1, ABLE_SEGMENT_BREAK}, {"snow", 1, 0}}});
        CHECK(model.context(wide.get()).shape[1] == 154);
        const Array x = array("noise/0/8x8").at(0);
        const able_conditioning *const together[] = {brief.get(), wide.get(), other.get()};
        for (size_t k = 0; k < 3; ++k) {
            const able_conditioning *const alone[] = {together[k]};
            CHECK(relative_error(model.denoise(x, 2.0, together, k).values, model.denoise(x, 2.0, alone).values) <
                  1e-5);
        }
    }
}

} // namespace prompt_test
