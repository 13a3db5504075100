// The plugin for embeddings: the layouts it knows, and the models it takes them to.
#include "fake_host.hpp"
#include "fake_source.hpp"

#include <catch2/catch.hpp>

#include <memory>

namespace textual_inversion_test {

using namespace able::tests;
using Catch::Matchers::Contains;

namespace {

const able_adapter &plugin() {
    static const PluginFile file(ABLE_PLUGIN_DIR "/textual_inversion.so");
    return file.find<able_adapter>(ABLE_FACTORY_ADAPTER, "textual_inversion");
}

const std::string tokens = ".text_model.embeddings.token_embedding.weight";

FakeTargets sd1() {
    return {"sd1", {{"text_encoder" + tokens, {49408, 768}}, {"unet.conv_in.weight", {320, 4, 3, 3}}}};
}
FakeTargets sdxl() {
    return {"sdxl", {{"text_encoder" + tokens, {49408, 768}}, {"text_encoder_2" + tokens, {49408, 1280}}}};
}
FakeTargets refiner() {
    return {"sdxl", {{"text_encoder_2" + tokens, {49408, 1280}}}};
}

able_adapter_probe probe(const FakeSource &source) {
    able_adapter_probe out{};
    out.struct_size = sizeof(out);
    CHECK(plugin().probe(source.get(), &out) == ABLE_OK);
    return out;
}

struct Close {
    void operator()(able_adapter_file *file) const { file->close(file); }
};

struct Opened {
    able_status status;
    std::string message;
    std::unique_ptr<able_adapter_file, Close> file;

    // "text_encoder [2, 768]" of each.
    std::vector<std::string> vectors() const {
        std::vector<std::string> list;
        for (uint32_t i = 0; i < file->token_vectors_count(file.get()); ++i) {
            const able_token_vectors *each = file->token_vectors_at(file.get(), i);
            REQUIRE(each->vectors.ndim == 2);
            list.push_back(std::string(each->encoder) + " [" + std::to_string(each->vectors.shape[0]) + ", " +
                           std::to_string(each->vectors.shape[1]) + "]");
        }
        CHECK(file->token_vectors_at(file.get(), file->token_vectors_count(file.get())) == nullptr);
        return list;
    }
};

Opened open(const FakeSource &source, const FakeTargets &targets) {
    const FakeJob job;
    able_adapter_file *file = nullptr;
    const able_status status =
        plugin().open(source.get(), targets.get(), FakeParams(*plugin().descriptor).get(), job.get(), &file);
    CHECK((status == ABLE_OK) == (file != nullptr));
    CHECK((status == ABLE_OK) == job.message.empty());
    return {status, job.message, std::unique_ptr<able_adapter_file, Close>(file)};
}

FakeSource &add_sdxl(FakeSource &source, int64_t count = 2) {
    return source.add("clip_l", {count, 768}).add("clip_g", {count, 1280});
}

using Names = std::vector<std::string>;

} // namespace

TEST_CASE("An embedding is told by its tensors in every layout", "[embedding]") {
    struct Layout {
        const char *tensor;
        std::vector<int64_t> shape;
        const char *word; // null: none
        const char *family;
        uint32_t count;
    };
    const std::vector<Layout> layouts{
        {"string_to_param.*", {8, 768}, nullptr, "sd1", 8},
        {"emb_params", {4, 1024}, nullptr, "sd2", 4},
        {"*", {1, 768}, nullptr, "sd1", 1},
        {"<cat-toy>", {768}, "<cat-toy>", "sd1", 1},
        {"word", {3, 1280}, "word", "sdxl", 3},
        {"<tiny>", {2, 32}, "<tiny>", "", 2},
    };
    for (const Layout &layout : layouts) {
        INFO(layout.tensor);
        FakeSource source;
        source.add(layout.tensor, layout.shape);
        const able_adapter_probe found = probe(source);
        CHECK(found.score > 0);
        CHECK(std::string(found.family) == layout.family);
        CHECK(std::string(found.variant) == "embedding");
        CHECK(found.word_tokens == layout.count);
        CHECK(std::string(found.word != nullptr ? found.word : "") == (layout.word != nullptr ? layout.word : ""));
    }
    FakeSource both;
    const able_adapter_probe found = probe(add_sdxl(both));
    CHECK(std::string(found.family) == "sdxl");
    CHECK(found.word_tokens == 2);
}

TEST_CASE("What is no embedding is left to others, with the reason", "[embedding]") {
    FakeSource lora;
    lora.add("a.lora_down.weight", {4, 768}).add("a.lora_up.weight", {320, 4});
    CHECK(probe(lora).score == 0);
    CHECK_THAT(probe(lora).why, Contains("clip_l and clip_g"));
    CHECK(probe(lora).word_tokens == 0);

    FakeSource cube;
    cube.add("<x>", {2, 3, 768});
    CHECK_THAT(probe(cube).why, Contains("[tokens, width]"));
    for (const char *name : {"x", "proj.weight", "proj.bias"}) {
        FakeSource layer;
        layer.add(name, {2, name[0] == 'x' ? 32 : 768});
        CHECK(probe(layer).score == 0);
    }
    FakeSource scalar;
    scalar.add("x", {});
    CHECK(probe(scalar).score == 0);
    FakeSource nothing;
    CHECK(probe(nothing).score == 0);
    FakeSource none;
    none.add("x", {0, 768});
    CHECK(probe(none).score == 0);

    FakeSource several;
    several.add("string_to_param.a", {1, 768}).add("string_to_param.b", {1, 768});
    CHECK_THAT(probe(several).why, Contains("several words"));
    CHECK(open(several, sd1()).status == ABLE_BAD_FILE);
    FakeSource uneven;
    uneven.add("clip_l", {2, 768}).add("clip_g", {3, 1280});
    CHECK_THAT(open(uneven, sdxl()).message, Contains("not as many"));
}

TEST_CASE("Vectors go to the text encoders that they are for", "[embedding]") {
    FakeSource one;
    one.add("<cat-toy>", {768});
    CHECK(open(one, sd1()).vectors() == Names{"text_encoder [1, 768]"});
    CHECK(open(one, sd1()).file->delta_count(open(one, sd1()).file.get()) == 0);
    FakeSource both;
    add_sdxl(both);
    CHECK(open(both, sdxl()).vectors() == Names{"text_encoder [2, 768]", "text_encoder_2 [2, 1280]"});
    CHECK(open(both, refiner()).vectors() == Names{"text_encoder_2 [2, 1280]"});
    FakeSource wide;
    wide.add("emb_params", {3, 1280});
    CHECK(open(wide, refiner()).vectors() == Names{"text_encoder_2 [3, 1280]"});
}

TEST_CASE("An embedding for another family is refused in words", "[embedding]") {
    FakeSource small, large, tiny, half, odd;
    small.add("emb_params", {1, 768});
    add_sdxl(large);
    tiny.add("emb_params", {1, 32});
    half.add("clip_l", {1, 768});
    odd.add("clip_l", {1, 32}).add("clip_g", {1, 1280});
    CHECK_THAT(open(small, sdxl()).message, Contains("made for SD 1.x, the model is SDXL"));
    CHECK_THAT(open(large, sd1()).message, Contains("made for SDXL, the model is SD 1.x"));
    CHECK_THAT(open(tiny, sd1()).message, Contains("32 values") && Contains("768"));
    CHECK_THAT(open(tiny, sdxl()).message, Contains("one text encoder"));
    CHECK_THAT(open(half, sdxl()).message, Contains("made for SD 1.x"));
    CHECK_THAT(open(odd, sdxl()).message, Contains("32 values"));
    CHECK(open(half, sd1()).status == ABLE_OK);
    CHECK_THAT(open(small, {"x", {{"unet.conv_in.weight", {320, 4, 3, 3}}}}).message, Contains("no text encoder"));
}

TEST_CASE("What else is in an embedding's file is reported", "[embedding]") {
    FakeSource source;
    add_sdxl(source).add("t5xxl", {2, 4096});
    const Opened opened = open(source, sdxl());
    REQUIRE(opened.file->unmatched_count(opened.file.get()) == 1);
    CHECK(std::string(opened.file->unmatched_at(opened.file.get(), 0)) == "t5xxl");
    CHECK(opened.file->unmatched_at(opened.file.get(), 1) == nullptr);
}

} // namespace textual_inversion_test
