// Guidance: its formulas against the papers', worked out on what the network predicts, and what it makes the model do.
#include "fake_model.hpp"
#include "golden_samplers.hpp"

#include "host/worker/sampling/guidance.h"
#include "host/worker/sampling/sampling_run.h"

#include <catch2/catch.hpp>

#include <algorithm>

namespace worker_guidance_test {

using namespace able;
using namespace able::tests;
using worker::guided_levels;

namespace {

using Counts = std::vector<std::size_t>;
using Values = std::vector<double>;

constexpr worker::LatentShape latents{4, 2, 2};
const std::vector<double> levels{14.0, 9.0, 6.0, 4.0, 2.5, 1.5, 0.8, 0.3, 0.0}; // eight steps

// One run over the fake model.
struct Run {
    std::int32_t prediction = ABLE_PREDICTION_EPSILON;
    double scale = 7.5;
    protocol::GuidanceOptions options;
    protocol::NoiseOptions noise;
    std::uint64_t seed = 42;
    std::vector<plugins::ParamDescription> params;
    std::vector<float> mask, original; // of what is painted anew; empty: all

    std::vector<float> operator()(const std::string &sampler) {
        plugins::JobContext job;
        FakeModel fake(prediction);
        plugins::Model model = fake.load(job);
        const auto part = [](const char *text) {
            return prompt::ScheduledPart{1, {{8, {{text, 1, false}}}}};
        };
        const bool perpendicular = options.perp_neg_scale.has_value();
        worker::PlannedPrompts planned{{part("a fox")}, part("none"), std::nullopt};
        if (perpendicular) {
            planned.negative = part("rain");
        }
        worker::PromptPlan plan(model, planned, scale != 1 || perpendicular,
                                [&](const std::vector<prompt::Segment> &segments, std::int32_t role) {
                                    plugins::TextRequest request;
                                    request.segments = {{segments.front().text, 1, false}};
                                    request.role = role;
                                    return model.encode_text(request, job);
                                });
        const worker::GuidedPrompts prompts{&plan, scale, options};
        const std::array<std::int64_t, 4> shape{1, 4, 2, 2};
        worker::ImageNoise image_noise(seed, noise, latents, 8);
        plugins::Tensor x = model.upload(shape, image_noise.initial(), job);
        const plugins::ParamValues values(params, nlohmann::json::object());
        worker::InpaintLatents inpaint;
        if (!mask.empty()) {
            const std::array<std::int64_t, 4> mask_shape{1, 1, 2, 2};
            inpaint.mask = model.upload(mask_shape, mask, job);
            inpaint.original = model.upload(shape, original, job);
        }
        worker::SamplingRun run(model, job, prompts, image_noise, inpaint, *fake.info().levels, levels, values,
                                [](std::uint32_t, const able_tensor *) {});
        run.run(samplers().sampler(sampler), x, latents.elements());
        evaluations = fake.evaluations;
        counts = fake.counts();
        return model.download(x, latents.elements(), job);
    }

    std::vector<Evaluation> evaluations;
    Counts counts;
};

plugins::ParamDescription param(const char *key, double value) {
    plugins::ParamDescription description;
    description.key = key;
    description.maximum = 10;
    description.default_number = value;
    return description;
}

double deviation(const Values &values) {
    const auto n = static_cast<double>(values.size());
    const double mean = std::accumulate(values.begin(), values.end(), 0.0) / n;
    double squares = 0;
    for (const double value : values) {
        squares += (value - mean) * (value - mean);
    }
    return std::sqrt(squares / (n - 1));
}

// Between the estimate and what the network predicts (Salimans & Ho 2022; Liu et al. 2022), each way.
Values predicted(std::int32_t prediction, const Values &x, double sigma, const Values &d) {
    const double root = std::sqrt(sigma * sigma + 1);
    Values out(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) {
        const double noise = (x[i] - d[i]) / sigma;
        out[i] = prediction == ABLE_PREDICTION_EPSILON ? noise
                 : prediction == ABLE_PREDICTION_V     ? (noise - sigma * d[i]) / root // alpha noise - sigma_vp clean
                 : prediction == ABLE_PREDICTION_FLOW  ? noise - d[i]
                                                       : d[i];
    }
    return out;
}

Values estimated(std::int32_t prediction, const Values &x, double sigma, const Values &out) {
    const double root = std::sqrt(sigma * sigma + 1);
    Values d(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) {
        d[i] = prediction == ABLE_PREDICTION_EPSILON ? x[i] - sigma * out[i]
               : prediction == ABLE_PREDICTION_V     ? x[i] / (root * root) - sigma * out[i] / root
               : prediction == ABLE_PREDICTION_FLOW  ? (x[i] - sigma * out[i]) / (1 + sigma)
                                                     : out[i];
    }
    return d;
}

// Classifier-free or perpendicular, then rescaled, all on predictions.
Values reference(std::int32_t prediction, double scale, const protocol::GuidanceOptions &options, const Values &x,
                 double sigma, const Values &c, const Values &u, const Values &n) {
    const Values pc = predicted(prediction, x, sigma, c), pu = predicted(prediction, x, sigma, u),
                 pn = predicted(prediction, x, sigma, n);
    double along = 0, squares = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        along += (pn[i] - pu[i]) * (pc[i] - pu[i]);
        squares += (pc[i] - pu[i]) * (pc[i] - pu[i]);
    }
    Values out(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) {
        const double main = pc[i] - pu[i], across = pn[i] - pu[i] - along / squares * main;
        out[i] = pu[i] + scale * (main - options.perp_neg_scale.value_or(0) * across);
    }
    const double ratio = deviation(pc) / deviation(out);
    for (double &value : out) {
        value = options.rescale * value * ratio + (1 - options.rescale) * value;
    }
    return estimated(prediction, x, sigma, out);
}

std::vector<float> floats(const Values &values) {
    return {values.begin(), values.end()};
}

} // namespace

TEST_CASE("Guidance is the papers' on the network's prediction, whatever that predicts", "[guidance]") {
    const FakeModel model;
    const Values x{3.0, -7.5, 0.25, 11.0, -2.0, 5.5}, c{0.5, -1.5, 1.0, 0.25, -0.75, 2.0},
        u{0.25, -1.0, 0.5, 0.5, 1.0, 0.125}, n{-0.5, 1.0, 0.75, 1.5, -0.25, 0.5};
    std::vector<protocol::GuidanceOptions> cases(5);
    cases[1].rescale = 0.7;
    cases[2].rescale = 1;
    cases[3].perp_neg_scale = 1.5;
    cases[4].perp_neg_scale = 1;
    cases[4].rescale = 0.7;
    for (const auto prediction :
         {ABLE_PREDICTION_EPSILON, ABLE_PREDICTION_V, ABLE_PREDICTION_SAMPLE, ABLE_PREDICTION_FLOW}) {
        for (const double sigma : {0.05, 1.0, 14.6, 4096.0}) {
            for (const auto &options : cases) {
                CAPTURE(prediction, sigma, options.rescale, options.perp_neg_scale.value_or(0));
                able_tensor at{floats(x)}, conditional{floats(c)};
                const able_tensor unconditional{floats(u)}, negative{floats(n)};
                worker::Guidance guidance(model.ops(), prediction, 7.5, options, &at);
                REQUIRE(guidance.apply({&at, sigma, &conditional, &unconditional,
                                        options.perp_neg_scale ? &negative : nullptr}) == ABLE_OK);
                const Values expected = reference(prediction, 7.5, options, x, sigma, c, u, n);
                for (std::size_t i = 0; i < x.size(); ++i) {
                    CHECK(double{conditional.values[i]} == Approx(expected[i]).epsilon(1e-4).margin(1e-4));
                }
            }
        }
    }
}

TEST_CASE("A prompt that changes nothing is rescaled and projected without a division by zero", "[guidance]") {
    const FakeModel model;
    protocol::GuidanceOptions options;
    options.rescale = 1;
    options.perp_neg_scale = 1;
    const able_tensor at{{0, 0, 0}}, same{{2, 2, 2}};
    able_tensor conditional = same;
    worker::Guidance guidance(model.ops(), ABLE_PREDICTION_EPSILON, 7.5, options, &at);
    REQUIRE(guidance.apply({&at, 1.0, &conditional, &same, &same}) == ABLE_OK);
    CHECK(conditional.values == same.values);
}

TEST_CASE("Without guidance there is one estimate a step, with it two, with Perp-Neg three", "[guidance]") {
    Run run;
    run("euler");
    CHECK(run.counts == Counts(8, 2));
    run.scale = 1;
    run("euler");
    CHECK(run.counts == Counts(8, 1));
    run.options.rescale = 0.7; // of nothing
    run("euler");
    CHECK(run.counts == Counts(8, 1));
    run.options.perp_neg_scale = 1; // counts at a scale of 1 too
    run("euler");
    CHECK(run.counts == Counts(8, 3));
}

TEST_CASE("Outside its part of the steps guidance costs nothing and does nothing", "[guidance]") {
    Run run;
    run.options.start = 0.25;
    run.options.end = 0.75;
    run("euler");
    CHECK(run.counts == Counts{1, 1, 2, 2, 2, 2, 1, 1});
    CHECK(run.evaluations.front().prompts == std::vector<std::string>{"a fox"});
    run("dpmpp_2m"); // whose levels pass through logarithms
    CHECK(run.counts == Counts{1, 1, 2, 2, 2, 2, 1, 1});
    run.options.perp_neg_scale = 1;
    run("euler");
    CHECK(run.counts == Counts{1, 1, 3, 3, 3, 3, 1, 1});

    // What a sampler looks up between its steps goes by its level.
    run("heun");
    for (const Evaluation &evaluation : run.evaluations) {
        CAPTURE(evaluation.sigma);
        CHECK(evaluation.prompts.size() == (evaluation.sigma <= 6.0 && evaluation.sigma > 0.8 ? 3 : 1));
    }

    Run plain;
    plain.scale = 1;
    const auto unguided = plain("euler");
    Run none; // less than a step
    none.options.start = 0.3;
    none.options.end = 0.35;
    CHECK(none("euler") == unguided);
    CHECK(none.counts == Counts(8, 1));
}

TEST_CASE("Parts of the steps are ranges of levels", "[guidance]") {
    const auto all = guided_levels(levels, 0, 1);
    CHECK(all.contains(1e6)); // where a sampler that adds noise goes up to
    CHECK(all.contains(1e-6));
    const auto late = guided_levels(levels, 0.5, 1);
    CHECK_FALSE(late.contains(4.0));
    CHECK(late.contains(2.5));
    CHECK(late.contains(std::exp(std::log(2.5))));
    CHECK(late.contains(1e-6));
    const auto early = guided_levels(levels, 0, 0.5);
    CHECK(early.contains(100));
    CHECK(early.contains(4.0));
    CHECK_FALSE(early.contains(2.5));
    CHECK_FALSE(guided_levels(levels, 0, 0.1).contains(14.0));
    CHECK_FALSE(guided_levels(levels, 0, 0.1).contains(20.0));
}

TEST_CASE("CFG++ has the unconditional estimate at a scale of 1, and is plain sampling outside its steps",
          "[guidance]") {
    Run run;
    run.scale = 1;
    run("euler_cfg_pp");
    CHECK(run.counts == Counts(8, 2));
    run.options.start = 0.5;
    run("euler_cfg_pp");
    CHECK(run.counts == Counts{1, 1, 1, 1, 2, 2, 2, 2});

    Run none;
    none.options.end = 0.1;
    Run plain;
    plain.scale = 1;
    const auto found = none("euler_cfg_pp"), expected = plain("euler"); // formulas that round otherwise
    for (std::size_t i = 0; i < expected.size(); ++i) {
        CHECK(double{found[i]} == Approx(double{expected[i]}).margin(1e-5));
    }
}

TEST_CASE("A noise seed delta moves the samplers' own noise, and neither the start nor a Brownian path",
          "[guidance][noise]") {
    Run run;
    run.params = {param("eta", 1), param("s_noise", 1)};
    const auto plain = run("euler_a");
    run.noise.eta_noise_seed_delta = 31337;
    const auto moved = run("euler_a");
    CHECK(moved != plain);
    CHECK(run("euler_a") == moved);
    run.params = {param("eta", 0), param("s_noise", 1)};
    const auto quiet = run("euler_a");
    run.noise.eta_noise_seed_delta = 0;
    CHECK(run("euler_a") == quiet);

    run.params = {param("eta", 1), param("s_noise", 1), param("r", 0.5)};
    const auto path = run("dpmpp_sde");
    run.noise.eta_noise_seed_delta = 31337;
    CHECK(run("dpmpp_sde") == path);
    run.seed = 43;
    CHECK(run("dpmpp_sde") != path);
}

TEST_CASE("what lies outside a mask ends at the original, whatever the sampler, and inside all is as ever") {
    Run plain, masked;
    plain.params = masked.params = {param("eta", 1), param("s_noise", 1), param("r", 0.5), param("order", 3)};
    masked.mask = {1, 0, 0, 1};
    for (std::size_t i = 0; i < latents.elements(); ++i) {
        masked.original.push_back(0.1F * static_cast<float>(i) - 0.7F);
    }
    for (const char *id : {"euler", "euler_a", "heun", "lms", "dpmpp_2m", "dpmpp_2s_a", "dpmpp_sde", "uni_pc",
                           "euler_cfg_pp", "euler_a_cfg_pp", "dpmpp_2m_cfg_pp"}) {
        INFO(id);
        const std::vector<float> all = plain(id), some = masked(id);
        for (std::size_t i = 0; i < some.size(); ++i) {
            INFO(i);
            const bool painted = masked.mask[i % 4] == 1;
            CHECK(some[i] == Approx(painted ? all[i] : masked.original[i]).margin(1e-5));
        }
        CHECK(masked.counts == plain.counts);
    }
}

} // namespace worker_guidance_test
