// Deep-feature caching: which evaluations of a run are of the whole network.
#include "fake_model.hpp"
#include "golden_samplers.hpp"

#include "host/worker/sampling/sampling_run.h"

#include <catch2/catch.hpp>

namespace worker_deep_cache_test {

using namespace able;
using namespace able::tests;

namespace {

// Runs over the fake model, image after image under one plan.
class Runs {
public:
    protocol::DeepCacheOptions deep_cache{3, 1};
    protocol::GuidanceOptions guidance;
    double scale = 7.5;
    std::vector<double> levels{14.0, 9.0, 6.0, 4.0, 2.5, 1.5, 0.8, 0.3, 0.0}; // eight steps
    std::vector<prompt::Variant> variants;                                    // of the prompt; empty: one
    FakeModel fake;

    Runs() { fake.keep_features(4); }

    // "W" for an evaluation of the whole network, "-" for one above the branch.
    std::string operator()(const std::string &sampler, int images = 1) {
        plugins::JobContext job;
        plugins::Model model = fake.load(job);
        worker::check_deep_cache(model, {"fake", "Fake", "org.example.fake", "1", ""}, deep_cache);
        worker::PromptPlan plan(model, {{part("a fox")}, part("none"), std::nullopt}, scale != 1,
                                [&](const std::vector<prompt::Segment> &segments, std::int32_t role) {
                                    plugins::TextRequest request;
                                    request.segments = {{segments.front().text, 1, false}};
                                    request.role = role;
                                    return model.encode_text(request, job);
                                });
        fake.evaluations.clear();
        const std::array<std::int64_t, 4> shape{1, 4, 2, 2};
        for (int i = 0; i < images; ++i) {
            worker::ImageNoise noise(42, {}, {4, 2, 2}, 8);
            plugins::Tensor x = model.upload(shape, noise.initial(), job);
            const plugins::ParamValues values({}, nlohmann::json::object());
            const worker::InpaintLatents inpaint;
            worker::SamplingRun run(model, job, {&plan, scale, guidance, deep_cache}, noise, inpaint,
                                    *fake.info().levels, levels, values, [](std::uint32_t, const able_tensor *) {});
            run.run(samplers().sampler(sampler), x, 16);
            CHECK(fake.features_alive == 0); // nothing outlives its image
            latents = model.download(x, 16, job);
        }
        std::string kinds;
        for (const Evaluation &evaluation : fake.evaluations) {
            kinds += evaluation.reused ? '-' : 'W';
        }
        return kinds;
    }

    std::vector<float> latents;

private:
    prompt::ScheduledPart part(const char *text) const {
        if (std::string(text) == "a fox" && !variants.empty()) {
            return {1, variants};
        }
        return {1, {{8, {{text, 1, false}}}}};
    }
};

} // namespace

TEST_CASE("the first evaluation and every so many after it are of the whole network") {
    Runs runs;
    CHECK(runs("euler") == "W--W--W-");
    CHECK(runs.fake.evaluations.front().prompts.size() == 2); // both prompts alike
    runs.deep_cache.interval = 2;
    CHECK(runs("euler") == "W-W-W-W-");
    runs.deep_cache.interval = 50;
    CHECK(runs("euler") == "W-------");
}

TEST_CASE("an interval of 1 asks for nothing, not even the branch") {
    Runs runs;
    runs.deep_cache = {1, 99};
    CHECK(runs("euler") == "WWWWWWWW");
    const auto exact = runs.latents;
    Runs without;
    without.fake.keep_features(0);
    without.deep_cache = {1, 0};
    without("euler");
    CHECK(without.latents == exact);
    runs.deep_cache = {2, 0};
    runs("euler");
    CHECK(runs.latents != exact); // the others are not the same by chance
}

TEST_CASE("each image begins with nothing kept") {
    Runs runs;
    CHECK(runs("euler") == "W--W--W-");
    const auto alone = runs.latents;
    CHECK(runs("euler", 3) == "W--W--W-W--W--W-W--W--W-");
    CHECK(runs.latents == alone);
}

TEST_CASE("samplers that evaluate twice a step count evaluations") {
    Runs runs;
    runs.deep_cache.interval = 2;
    CHECK(runs("heun") == "W-W-W-W-W-W-W-W"); // the second of a step lies a step lower
    CHECK(runs("dpm2") == "W-W-W-W-W-W-W-W");
}

TEST_CASE("a sampler that goes back up gets an evaluation of the whole network there") {
    Runs runs;
    runs.deep_cache.interval = 4;
    runs.levels.clear();
    for (int i = 0; i < 24; ++i) {
        runs.levels.push_back(14.0 * std::pow(0.03 / 14.0, i / 23.0));
    }
    runs.levels.push_back(0);
    const std::string kinds = runs("restart"); // from about 0.1 up to about 2
    double level = 0;
    int since = 4, risen = 0;
    for (std::size_t i = 0; i < kinds.size(); ++i) {
        const double sigma = runs.fake.evaluations[i].sigma;
        INFO(i << " at " << sigma << " of " << kinds);
        const bool above = i > 0 && sigma > level * (1 + 1e-9);
        CHECK((kinds[i] == 'W') == (above || since == 4));
        risen += above ? 1 : 0;
        if (kinds[i] == 'W') {
            level = sigma;
            since = 0;
        }
        ++since;
    }
    CHECK(risen == 1);
}

TEST_CASE("where guidance begins, the negative prompt has nothing kept: both are evaluated whole") {
    Runs runs;
    runs.guidance.start = 0.25;
    runs.guidance.end = 0.75;
    // Steps 2 to 5 are guided; where guidance ends, the prompt's own features go on.
    CHECK(runs("euler") == "W-W--W--");
    CHECK(runs.fake.counts() == std::vector<std::size_t>{1, 1, 2, 2, 2, 2, 1, 1});
}

TEST_CASE("a prompt that changes at a step is evaluated whole there") {
    Runs runs;
    runs.deep_cache.interval = 4;
    runs.variants = {{2, {{"a fox", 1, false}}}, {8, {{"an owl", 1, false}}}};
    const std::string kinds = runs("euler");
    std::size_t changes_at = 0;
    while (runs.fake.evaluations[changes_at].prompts.back() == "a fox") {
        ++changes_at;
    }
    CHECK(changes_at == 3);
    CHECK(kinds == "W--W---W");
}

TEST_CASE("CFG++ samplers, which take both estimates, have them from the same evaluations") {
    Runs runs;
    runs.scale = 1;
    CHECK(runs("euler_cfg_pp") == "W--W--W-");
}

TEST_CASE("a pipeline without deep features, or without that branch, is not drawn with in silence") {
    Runs runs;
    runs.deep_cache.branch = 4;
    CHECK_THROWS_WITH(runs("euler"), Catch::Contains("deep_cache_branch 4") && Catch::Contains("0 to 3"));
    runs.deep_cache.branch = 3;
    CHECK_NOTHROW(runs("euler"));
    runs.fake.keep_features(0);
    CHECK_THROWS_WITH(runs("euler"), Catch::Contains("'fake' has no deep-feature caching") &&
                                         Catch::Contains("deep_cache_interval") && Catch::Contains("org.example.fake"));
}

} // namespace worker_deep_cache_test
