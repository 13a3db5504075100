// Inputs of several kinds in one evaluation: inpainting, deep features, and one of an extension that only a plugin and
// its caller know.
#include "fake_host.hpp"

#include "tests/abi/plugins/tint.h"

#include "host/plugins/calls/calls.h"

#include <ablerefusal/glue.hpp>

#include <catch2/catch.hpp>

#include <array>

namespace worker_evaluation_inputs_test {

using namespace able;
using plugins::Evaluation;
using plugins::InputUse;

namespace {

constexpr double sigma = 2.0;
constexpr std::array<std::int64_t, 4> shape{1, 4, 2, 2};
constexpr std::size_t elements = 16;
constexpr std::array<float, 4> colour{1, -1, 0.5F, 0};

class TestModel {
public:
    TestModel() : model_(pipeline(), {}, job) {}

    plugins::Model &operator*() { return model_; }
    plugins::Model *operator->() { return &model_; }

    plugins::Conditioning encode(const char *text) {
        plugins::TextRequest request;
        request.segments = {{text}};
        return model_.encode_text(request, job);
    }
    // Left half to be painted.
    plugins::Input hole() {
        std::vector<float> pixels(16 * 16 * 3, 0.5F), mask(16 * 16);
        for (std::size_t i = 0; i < mask.size(); ++i) {
            mask[i] = i % 16 < 8 ? 1.0F : 0.0F;
        }
        auto image = make_struct<able_image>();
        image.width = image.height = 16;
        image.pixels = pixels.data();
        return model_.make_inpaint(image, mask, {}, job);
    }
    plugins::Input tint() {
        const auto *calls = model_.extension<test_tint>(TEST_EXTENSION_TINT);
        able_input *made = nullptr;
        job.check(calls->make(model_.abi(), colour.data(), job.abi(), &made), "making a tint");
        return {model_.abi(), calls->release, made};
    }
    plugins::Tensor tensor(float value) { return model_.upload(shape, std::vector<float>(elements, value), job); }

    plugins::JobContext job;

private:
    static const able_pipeline &pipeline() {
        static const tests::PluginFile file(ABLE_TEST_PLUGIN_DIR "/test_inputs.so");
        return file.find<able_pipeline>(ABLE_FACTORY_PIPELINE, "test_inputs");
    }

    plugins::Model model_;
};

// The model's formula: the deep part of `x`, a prompt of `letters`, the hole on the left, a tint.
std::vector<float> expected(double x, std::size_t letters, double tint_strength) {
    std::vector<float> values;
    for (std::size_t i = 0; i < elements; ++i) {
        const double deep = static_cast<float>(x / (1 + sigma * sigma));
        const double rest = static_cast<double>(letters) / 100 + (i % 2 == 0 ? 0.25 : 0.0) +
                            tint_strength * static_cast<double>(colour[i / 4]);
        values.push_back(static_cast<float>(deep) + static_cast<float>(rest));
    }
    return values;
}

} // namespace

TEST_CASE("an evaluation takes the inputs of three extensions together, one of them a stranger's", "[abi]") {
    TestModel model;
    const auto fox = model.encode("fox"), none = model.encode("");
    const auto hole = model.hole(), tint = model.tint();
    const plugins::Input of_fox = model->make_deep_features(0, model.job),
                         of_none = model->make_deep_features(0, model.job);
    const std::array<const able_conditioning *, 2> prompts{fox.get(), none.get()};
    const auto evaluate = [&](float value, std::span<const InputUse> inputs) {
        const plugins::Tensor x = model.tensor(value), first = model.tensor(0), second = model.tensor(0);
        const std::array<able_tensor *, 2> outs{first.get(), second.get()};
        model.job.check(model->denoise(Evaluation{x.get(), sigma, prompts, outs, inputs}, model.job), "evaluation");
        return std::pair(model->download(first, elements, model.job), model->download(second, elements, model.job));
    };
    const auto all = [&](std::int32_t mode) {
        return std::vector<InputUse>{{of_none.get(), 1, mode},
                                     {tint.get(), 0, 0, 0.5}, // the prompt's alone
                                     {hole.get()},
                                     {of_fox.get(), 0, mode}};
    };
    const auto kept = evaluate(10, all(ABLE_DEEP_KEEP));
    CHECK(kept.first == expected(10, 3, 0.5));
    CHECK(kept.second == expected(10, 0, 0));
    // The deep part is the first latents', the rest is as it was.
    const auto reused = evaluate(-3, all(ABLE_DEEP_REUSE));
    CHECK(reused == kept);
    // Fewer inputs do too.
    const std::array<InputUse, 1> only_hole{{{hole.get()}}};
    CHECK(evaluate(-3, only_hole).first == expected(-3, 3, 0));
    const std::array<InputUse, 2> two{{{tint.get()}, {hole.get()}}};
    CHECK(evaluate(-3, two).second == expected(-3, 0, 1));
}

TEST_CASE("a model says which inputs it takes, and which one it cannot do without", "[abi]") {
    TestModel model;
    const able_model_info &info = model->info();
    REQUIRE(info.input_count == 3);
    CHECK(std::string(info.inputs[2]) == TEST_EXTENSION_TINT);
    CHECK(model->inpaints());
    CHECK(model->branch_count() == 1);
    CHECK(model->targets() == nullptr);
    const auto fox = model.encode("fox");
    const auto tint = model.tint();
    const plugins::Tensor x = model.tensor(1), out = model.tensor(0);
    const std::array<const able_conditioning *, 1> prompts{fox.get()};
    const std::array<able_tensor *, 1> outs{out.get()};
    const std::array<InputUse, 1> inputs{{{tint.get()}}};
    CHECK_THROWS_WITH(model.job.check(model->denoise({x.get(), sigma, prompts, outs, inputs}, model.job), "x"),
                      Catch::Contains(ABLE_EXTENSION_INPAINT));
}

} // namespace worker_evaluation_inputs_test
