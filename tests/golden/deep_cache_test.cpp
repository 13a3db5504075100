// Deep features kept between evaluations: whole runs, made as the host makes them, against the DeepCache package
// (tools/tiny-model/deep_cache.py), and what one evaluation leaves for another.
#include "loaded_model.h"
#include "plugin_library.h"
#include "sampling_run.h"

#include "host/worker/sampling/sampling_run.h"

#include <ablerefusal/glue.hpp>

#include <catch2/catch.hpp>

namespace deep_cache_test {

using namespace able;
using namespace able::golden;

namespace {

plugins::LoadRequest load_request(const able_source *source, const char *dtype, uint32_t threads) {
    plugins::LoadRequest request;
    request.components.push_back({ABLE_ROLE_MODEL, source});
    request.device = "cpu";
    request.dtype = dtype;
    request.threads = threads;
    return request;
}

// The reference's run `entry` of a set, by the host's own sampling run.
class HostRun {
public:
    explicit HostRun(const GoldenSet &model, const char *dtype = "fp32", uint32_t threads = 1)
        : model_(pipeline_for(model.model()), load_request(model.model(), dtype, threads), job_) {}

    std::vector<float> operator()(const GoldenSet &golden, const nlohmann::json &entry,
                                  const protocol::DeepCacheOptions &deep_cache) {
        const Array sigmas = golden.array(entry["tensors"]["sigmas"]);
        const Array noise = golden.array(entry["tensors"]["noise"]);
        std::vector<float> start = noise.values;
        for (float &value : start) {
            value *= sigmas.values.front();
        }
        plugins::Tensor x = model_.upload(noise.shape, start, job_);
        const auto part = [](const nlohmann::json &text) {
            return prompt::ScheduledPart{1, {{8, {{text.get<std::string>(), 1, false}}}}};
        };
        const double scale = entry["cfg"];
        worker::PromptPlan plan(model_, {{part(entry["prompt"])}, part(entry["negative"]), std::nullopt}, scale != 1,
                                [&](const std::vector<prompt::Segment> &segments, int32_t role) {
                                    plugins::TextRequest request;
                                    request.segments = {{segments.front().text, 1, false}};
                                    request.role = role;
                                    request.width = entry["width"];
                                    request.height = entry["height"];
                                    return model_.encode_text(request, job_);
                                });
        const able_sampler &made = sampler(entry["sampler"]);
        const plugins::ParamValues params({}, nlohmann::json::object());
        worker::ImageNoise unused(0, {}, {4, 8, 8}, 8); // the sampler adds none
        const worker::InpaintLatents nothing;
        worker::SamplingRun run(model_, job_, {&plan, scale, {}, deep_cache}, unused, nothing, *model_.info().levels,
                                {sigmas.values.begin(), sigmas.values.end()}, params,
                                [](uint32_t, const able_tensor *) {});
        run.run(made, x, start.size());
        return model_.download(x, start.size(), job_);
    }

private:
    plugins::JobContext job_;
    plugins::Model model_;
};

protocol::DeepCacheOptions options_of(const nlohmann::json &entry) {
    return {entry["request"]["deep_cache_interval"], entry["request"]["deep_cache_branch"]};
}

GoldenSet references(const char *name) {
    return GoldenSet(data_folder() / "deep-cache" / (std::string(name) + ".json"));
}

const able_deep_cache &calls_of(LoadedModel &model) {
    return *static_cast<const able_deep_cache *>(model.abi()->get_extension(model.abi(), ABLE_EXTENSION_DEEP_CACHE));
}

using Features = LoadedModel::Input;

Features make_features(LoadedModel &model, uint32_t branch) {
    able_input *made = nullptr;
    model.check(calls_of(model).make(model.abi(), branch, model.job().abi(), &made));
    return {made, [&model](able_input *features) {
                calls_of(model).release(model.abi(), features);
            }};
}

// One estimate for each conditioning.
struct Evaluation {
    LoadedModel &model;
    std::vector<const able_conditioning *> conditionings;
    LoadedModel::Input channels = {};

    std::vector<std::vector<float>> operator()(const Array &x, double sigma, const std::vector<Features> &features,
                                               bool reuse) {
        std::vector<able_input_use> inputs;
        for (const Features &each : features) {
            inputs.push_back({sizeof(able_input_use), static_cast<uint32_t>(inputs.size()), each.get(),
                              reuse ? ABLE_DEEP_REUSE : ABLE_DEEP_KEEP, 1});
        }
        if (channels) {
            inputs.push_back({sizeof(able_input_use), ABLE_ALL_CONDITIONINGS, channels.get(), 0, 1});
        }
        const LoadedModel::Tensor in = model.tensor(x);
        std::vector<LoadedModel::Tensor> owned;
        std::vector<able_tensor *> outs;
        for (size_t k = 0; k < conditionings.size(); ++k) {
            owned.push_back(model.tensor(x));
            outs.push_back(owned.back().get());
        }
        model.check(model.evaluate(in.get(), sigma, conditionings, outs, inputs));
        std::vector<std::vector<float>> values;
        for (const auto &out : owned) {
            values.push_back(model.values(out.get()).values);
        }
        return values;
    }
};

} // namespace

TEST_CASE("deep features kept between steps give the latents of the DeepCache package") {
    for (const char *name : {"tiny-sd15", "tiny-sd2", "tiny-sdxl"}) {
        const GoldenSet golden = references(name);
        HostRun run(golden_set(name));
        REQUIRE(golden.index()["runs"].size() == 7);
        for (const auto &entry : golden.index()["runs"]) {
            INFO(name << " " << entry["name"]);
            const std::vector<float> expected = golden.array(entry["tensors"]["latents"]).values;
            CHECK(relative_error(run(golden, entry, options_of(entry)), expected) < 1e-4);
            // What is compared is not what an evaluation of the whole network each time would do too.
            CHECK(relative_error(run(golden, entry, {1, 0}), expected) > 1e-3);
        }
    }
}

TEST_CASE("kept deep features give the same bits on one thread and two, and an interval of 1 those of none") {
    for (const char *name : {"tiny-sd15", "tiny-sdxl"}) {
        const GoldenSet golden = references(name);
        const auto &entry = named(golden.index()["runs"], "every_3_branch_1");
        for (const char *dtype : {"fp32", "bf16"}) {
            INFO(name << " " << dtype);
            HostRun one(golden_set(name), dtype, 1);
            HostRun two(golden_set(name), dtype, 2);
            const auto cached = one(golden, entry, {3, 1});
            CHECK(cached == two(golden, entry, {3, 1}));
            const auto exact = one(golden, entry, {});
            CHECK(one(golden, entry, {1, 5}) == exact);
            CHECK(one(golden, entry, {3, 1}) == cached); // what was kept of another run is gone
            CHECK(cached != exact);
        }
    }
}

TEST_CASE("an evaluation that keeps features is the usual one, and with its own features it is itself") {
    for (const auto &golden : golden_sets()) {
        for (const char *dtype : {"fp32", "bf16"}) {
            INFO(golden->name() << " " << dtype);
            LoadedModel model(*golden, {.dtype = dtype});
            const auto fox = model.encode("a red fox in the snow");
            const auto nothing = model.encode("");
            Evaluation evaluate{model, {nothing.get(), fox.get()}};
            if (model.inpaint() != nullptr) {
                std::vector<float> grey(size_t{64} * 64 * 3, 0.5F);
                evaluate.channels = model.make_inpaint(grey, 64, 64, std::vector<float>(64 * 64, 1.0F), nullptr);
            }
            const Array x = array("noise/0/8x8").at(0), other = array("noise/42/8x8").at(0);
            const auto usual = evaluate(x, 2.0, {}, false);
            const uint32_t count = calls_of(model).branch_count(model.abi());
            CHECK(count == 6); // of three levels of one block
            std::vector<std::vector<float>> elsewhere;
            for (uint32_t branch = 0; branch < count; ++branch) {
                INFO("branch " << branch);
                std::vector<Features> features;
                features.push_back(make_features(model, branch));
                features.push_back(make_features(model, branch));
                CHECK(evaluate(x, 2.0, features, false) == usual);
                CHECK(evaluate(x, 2.0, features, true) == usual);
                elsewhere.push_back(evaluate(other, 1.5, features, true)[1]);
                CHECK(evaluate(x, 2.0, features, true) == usual); // they stay as they are
                evaluate(other, 1.5, features, false);
                CHECK(evaluate(x, 2.0, features, true) != usual);
            }
            for (uint32_t branch = 1; branch < count; ++branch) {
                CHECK(elsewhere[branch] != elsewhere[branch - 1]);
            }
        }
    }
}

TEST_CASE("features are kept apart for prompts of different lengths, and any of them can be asked for alone") {
    LoadedModel &model = tiny_model();
    const auto empty = model.encode("");
    std::string words = "a";
    for (int i = 0; i < 90; ++i) { // two chunks
        words += " fox";
    }
    const auto prompt = model.encode(words);
    REQUIRE(model.context(prompt.get()).shape != model.context(empty.get()).shape);
    std::vector<Features> features;
    features.push_back(make_features(model, 1));
    features.push_back(make_features(model, 1));
    const Array x = array("noise/0/8x8").at(0), later = array("noise/42/8x8").at(0);
    Evaluation both{model, {empty.get(), prompt.get()}};
    const auto whole = both(x, 2.0, features, false);
    CHECK(whole == both(x, 2.0, {}, false));
    const auto reused = both(later, 1.5, features, true);
    std::vector<Features> last;
    last.push_back(std::move(features.back()));
    Evaluation alone{model, {prompt.get()}};
    CHECK(relative_error(alone(later, 1.5, last, true)[0], reused[1]) < 1e-5);
}

TEST_CASE("what cannot be reused is refused") {
    LoadedModel &model = tiny_model();
    const auto fox = model.encode("a red fox");
    const Array x = array("noise/0/8x8").at(0);
    Evaluation evaluate{model, {fox.get()}};
    std::vector<Features> features;
    features.push_back(make_features(model, 2));
    CHECK_THROWS_WITH(evaluate(x, 2.0, features, true), Catch::Contains("no deep features to reuse"));
    evaluate(array("noise/0/9x7").at(0), 2.0, features, false);
    CHECK_THROWS_WITH(evaluate(x, 2.0, features, true), Catch::Contains("[1, 4, 9, 7] and not [1, 4, 8, 8]"));
    CHECK_THROWS_WITH(make_features(model, 6), Catch::Contains("branches 0 to 5"));
    Evaluation two{model, {fox.get(), fox.get()}};
    features.push_back(make_features(model, 3));
    CHECK_THROWS_WITH(two(x, 2.0, features, false), Catch::Contains("of one branch"));
}

} // namespace deep_cache_test
