// Prompts with new words against diffusers' load_textual_inversion; tools/textual-inversion/make.py makes the data.
#include "adapter_file.h"
#include "loaded_model.h"
#include "plugin_library.h"

#include <ablerefusal/glue.hpp>

#include <catch2/catch.hpp>

namespace embeddings_test {

using namespace able;
using namespace able::golden;

namespace {

// A file of the golden data, matched to a model's text encoders.
class EmbeddingFile {
public:
    EmbeddingFile(const std::string &file, std::vector<std::string> words, const able_targets *targets)
        : source_(models::Source::open_file(data_folder() / "embeddings" / file)), words_(std::move(words)),
          use_(make_struct<able_adapter_use>()) {
        const TestJob job;
        const able_status status = embedding_plugin().open(
            source_->abi(), targets, Params(embedding_plugin().descriptor).abi(), job.abi(), &file_);
        if (status != ABLE_OK) {
            throw Error(status, job.message());
        }
        for (const std::string &word : words_) {
            pointers_.push_back(word.c_str());
        }
        use_.file = file_;
        use_.strength = 1;
        use_.word_count = static_cast<uint32_t>(pointers_.size());
        use_.words = pointers_.data();
    }
    ~EmbeddingFile() { file_->close(file_); }
    EmbeddingFile(const EmbeddingFile &) = delete;
    EmbeddingFile &operator=(const EmbeddingFile &) = delete;

    able_adapter_use *use() { return &use_; }

private:
    std::shared_ptr<models::Source> source_;
    std::vector<std::string> words_;
    std::vector<const char *> pointers_;
    able_adapter_file *file_ = nullptr;
    able_adapter_use use_;
};

using Files = std::vector<std::unique_ptr<EmbeddingFile>>;

Files open_all(const nlohmann::json &words, const able_targets *targets) {
    Files files;
    for (const auto &[file, word] : words.items()) {
        files.push_back(std::make_unique<EmbeddingFile>(file, std::vector<std::string>{word}, targets));
    }
    return files;
}

able_status set(LoadedModel &model, const std::vector<const able_adapter_use *> &uses) {
    return model.abi()->set_adapters(model.abi(), static_cast<uint32_t>(uses.size()), uses.data(), model.job().abi());
}

void apply(LoadedModel &model, const Files &files) {
    std::vector<const able_adapter_use *> uses;
    for (const auto &file : files) {
        uses.push_back(file->use());
    }
    model.check(set(model, uses));
}

LoadedModel::Conditioning encode(LoadedModel &model, const nlohmann::json &pieces, int32_t weighting) {
    std::vector<std::string> texts;
    std::vector<able_text_segment> segments;
    texts.reserve(pieces.size());
    for (const auto &piece : pieces) {
        auto &segment = segments.emplace_back(make_struct<able_text_segment>());
        segment.weight = 1;
        if (piece.is_null()) {
            segment.flags = ABLE_SEGMENT_BREAK;
            continue;
        }
        segment.text = texts.emplace_back(piece[0]).c_str();
        segment.weight = piece[1];
    }
    std::vector<const able_text_segment *> pointers;
    for (const auto &segment : segments) {
        pointers.push_back(&segment);
    }
    auto request = make_struct<able_text_request>();
    request.segment_count = static_cast<uint32_t>(pointers.size());
    request.segments = pointers.data();
    request.width = request.height = 64;
    request.weighting = weighting;
    able_conditioning *made = nullptr;
    model.check(model.abi()->encode_text(model.abi(), &request, model.job().abi(), &made));
    return {made, [abi = model.abi()](able_conditioning *c) {
                abi->release_conditioning(abi, c);
            }};
}

} // namespace

TEST_CASE("prompts with embeddings of every layout agree with diffusers") {
    for (const char *name : {"tiny-sd15", "tiny-sdxl"}) {
        const GoldenSet golden(data_folder() / "embeddings" / (std::string(name) + ".json"));
        LoadedModel model(golden_set(name));
        const Files files = open_all(golden.index()["words"], model.abi()->targets);
        apply(model, files);
        REQUIRE(golden.index()["cases"].size() >= 6);
        for (const auto &entry : golden.index()["cases"]) {
            INFO(name << " " << entry["name"] << " " << entry["weighting"]);
            const auto made = encode(model, entry["segments"],
                                     entry["weighting"] == "comfy" ? ABLE_WEIGHTING_EMPTY : ABLE_WEIGHTING_MEAN);
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

TEST_CASE("words come and go with the adapters, and leave nothing behind") {
    LoadedModel model;
    const Array plain = model.context(model.encode("a fox, easyneg").get());
    EmbeddingFile file("easyneg.pt", {"easyneg", "other"}, model.abi()->targets);
    REQUIRE(set(model, {file.use()}) == ABLE_OK);
    const Array changed = model.context(model.encode("a fox, easyneg").get());
    CHECK(changed.values != plain.values);
    CHECK(model.context(model.encode("a fox, other").get()).values == changed.values); // under any of its names
    REQUIRE(set(model, std::vector<const able_adapter_use *>{}) == ABLE_OK);
    CHECK(model.context(model.encode("a fox, easyneg").get()).values == plain.values);
}

TEST_CASE("words and changes of weights apply together") {
    LoadedModel model;
    EmbeddingFile word("easyneg.pt", {"easyneg"}, model.abi()->targets);
    const LoraFile lora("loras/kohya.safetensors", model.abi()->targets);
    const able_adapter_use merged = use(lora.abi(), 1.0, 1.0);
    REQUIRE(set(model, {word.use()}) == ABLE_OK);
    const Array alone = model.context(model.encode("a fox, easyneg").get());
    REQUIRE(set(model, {&merged, word.use()}) == ABLE_OK);
    const Array both = model.context(model.encode("a fox, easyneg").get());
    REQUIRE(set(model, {&merged}) == ABLE_OK);
    const Array without = model.context(model.encode("a fox, easyneg").get());
    CHECK(both.values != alone.values);
    CHECK(both.values != without.values);
}

TEST_CASE("a word that cannot be used is refused, and what applied before still does") {
    LoadedModel model;
    EmbeddingFile good("easyneg.pt", {"easyneg"}, model.abi()->targets);
    REQUIRE(set(model, {good.use()}) == ABLE_OK);
    const Array before = model.context(model.encode("a fox, easyneg").get());

    EmbeddingFile nameless("cat-toy.bin", {}, model.abi()->targets);
    CHECK(set(model, {nameless.use()}) == ABLE_INVALID_ARGUMENT);
    CHECK_THAT(model.job().message(), Catch::Contains("gives it no name"));

    struct Wrong {
        const char *encoder;
        int32_t ndim;
        int64_t rows, columns;
        float value;
        const char *text;
    };
    for (const Wrong &wrong :
         {Wrong{"text_encoder_2", 2, 1, 32, 0, "text_encoder_2"}, Wrong{"text_encoder", 2, 1, 31, 0, "[1, 31]"},
          Wrong{"text_encoder", 1, 32, 1, 0, "[32]"}, Wrong{"text_encoder", 2, 0, 32, 0, "[0, 32]"},
          Wrong{"text_encoder", 2, 1, 32, NAN, "no numbers"}, Wrong{nullptr, 2, 1, 32, 0, "does not give"}}) {
        INFO(wrong.text);
        std::vector<float> values(64, wrong.value);
        int64_t shape[] = {wrong.rows, wrong.columns};
        static able_token_vectors vectors;
        vectors = make_struct<able_token_vectors>();
        vectors.encoder = wrong.encoder;
        vectors.vectors =
            able_view{values.data(), ABLE_DEVICE_CPU, 0, wrong.ndim, ABLE_DTYPE_FLOAT, 32, 1, shape, nullptr, 0};
        auto file = make_struct<able_adapter_file>();
        file.delta_count = [](const able_adapter_file *) noexcept -> uint32_t {
            return 0;
        };
        file.token_vectors_count = [](const able_adapter_file *) noexcept -> uint32_t {
            return 1;
        };
        file.token_vectors_at = [](const able_adapter_file *, uint32_t) noexcept -> const able_token_vectors * {
            return &vectors;
        };
        const char *const word = "cat";
        auto wanted = make_struct<able_adapter_use>();
        wanted.file = &file;
        wanted.word_count = 1;
        wanted.words = &word;
        CHECK(set(model, {&wanted}) == (std::isnan(wrong.value) ? ABLE_BAD_FILE : ABLE_INVALID_ARGUMENT));
        CHECK_THAT(model.job().message(), Catch::Contains(wrong.text));
    }
    CHECK(model.context(model.encode("a fox, easyneg").get()).values == before.values);
}

TEST_CASE("an embedding for SDXL is refused by SD 1.5, and the other way round") {
    CHECK_THROWS_WITH(EmbeddingFile("both.safetensors", {"x"}, tiny_model().abi()->targets),
                      Catch::Contains("made for SDXL, the model is SD 1.x"));
    CHECK_THROWS_WITH(EmbeddingFile("easyneg.pt", {"x"}, shared_model(golden_set("tiny-sdxl")).abi()->targets),
                      Catch::Contains("one text encoder"));
}

} // namespace embeddings_test
