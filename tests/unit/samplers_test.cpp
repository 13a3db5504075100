// The bundled samplers against k-diffusion's and diffusers' own results, and against a host whose calls fail.
#include "fake_sampling.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <cmath>
#include <fstream>
#include <numeric>

using namespace able::tests;

namespace {

const PluginFile &samplers() {
    static const PluginFile file(ABLE_PLUGIN_DIR "/samplers.so");
    return file;
}

const nlohmann::json &golden() {
    static const nlohmann::json data =
        nlohmann::json::parse(std::ifstream(ABLE_SOURCE_DIR "/tests/unit/data/k_diffusion.json"));
    return data;
}

double tanh_model(double x, double sigma) {
    return std::tanh(x / std::sqrt(1.0 + sigma * sigma));
}

// The training table that the golden data was made with.
struct ModelInfo {
    std::vector<double> sigmas = golden().at("training_sigmas").get<std::vector<double>>();
    able_model_info info{};
    ModelInfo() {
        info.struct_size = sizeof info;
        info.sigmas = sigmas.data();
        info.sigma_count = static_cast<uint32_t>(sigmas.size());
        info.sigma_min = sigmas.front();
        info.sigma_max = sigmas.back();
    }
};

Vec3 start(double sigma) {
    return {0.5 * sigma, -1.0 * sigma, 1.5 * sigma};
}

const std::vector<std::string> all_ids = {"euler", "euler_a", "heun", "dpmpp_2m", "lcm"};
const std::vector<double> few_sigmas = {14.6, 6.1, 2.2, 0.7, 0.0};

} // namespace

TEST_CASE("Samplers follow the reference's trajectories", "[samplers]") {
    const ModelInfo model;
    std::map<std::string, int> seen;
    for (const auto &expected : golden().at("trajectories")) {
        const std::string id = expected.at("sampler");
        CAPTURE(id, expected.at("params").dump(), expected.at("sigmas").size());
        const able_sampler &sampler = samplers().sampler(id);
        const auto sigmas = expected.at("sigmas").get<std::vector<double>>();
        const FakeParams params(*sampler.descriptor, expected.at("params"));
        FakeSampling run(sigmas, start(sigmas.front()), params, tanh_model, &model.info);

        REQUIRE(run.run(sampler) == ABLE_OK);
        CHECK(run.evaluations == expected.at("evaluations"));
        CHECK(run.misuse.empty());
        CHECK(run.live == 0);
        // diffusers' LCM holds its tables in float32.
        const double tolerance = id == "lcm" ? 2e-6 : 1e-12;
        for (std::size_t k = 0; k < 3; ++k) {
            CHECK(run.x()[k] == Approx(expected.at("x")[k].get<double>()).margin(tolerance).epsilon(0.0));
        }
        ++seen[id];
    }
    CHECK(seen.size() == all_ids.size());
}

TEST_CASE("Samplers announce what they will evaluate, and step once a step", "[samplers]") {
    for (const std::string &id : all_ids) {
        CAPTURE(id);
        const able_sampler &sampler = samplers().sampler(id);
        for (uint32_t n = 1; n <= 5; ++n) {
            std::vector<double> sigmas(n + 1);
            for (uint32_t i = 0; i <= n; ++i) {
                sigmas[i] = n - i;
            }
            const FakeParams params(*sampler.descriptor);
            FakeSampling run(sigmas, start(1.0), params, tanh_model);
            REQUIRE(run.run(sampler) == ABLE_OK);
            CHECK(run.evaluations == sampler.evaluations(n));
            std::vector<uint32_t> every(n);
            std::iota(every.begin(), every.end(), 0U);
            CHECK(run.steps == every);
        }
        CHECK(sampler.evaluations(0) == 0);
    }
}

TEST_CASE("The last step to zero gives the estimate of the clean latents", "[samplers]") {
    for (const std::string &id : all_ids) {
        CAPTURE(id);
        const able_sampler &sampler = samplers().sampler(id);
        const FakeParams params(*sampler.descriptor);
        FakeSampling run({3.0, 0.0}, {4.0, -5.0, 6.0}, params, [](double, double) { return 0.25; });
        REQUIRE(run.run(sampler) == ABLE_OK);
        CHECK(run.x() == Vec3{0.25, 0.25, 0.25});
    }
}

TEST_CASE("Noise is drawn only where it is used", "[samplers]") {
    const auto draws = [](const std::string &id, const std::map<std::string, double> &values) {
        const able_sampler &sampler = samplers().sampler(id);
        const FakeParams params(*sampler.descriptor, values);
        FakeSampling run(few_sigmas, start(14.6), params, tanh_model);
        REQUIRE(run.run(sampler) == ABLE_OK);
        return run.intervals;
    };
    using Intervals = std::vector<std::pair<double, double>>;
    CHECK(draws("euler", {}).empty());
    CHECK(draws("heun", {}).empty());
    CHECK(draws("dpmpp_2m", {}).empty());
    CHECK(draws("euler_a", {{"eta", 0.0}}).empty());
    // None for the passage to 0.
    CHECK(draws("euler_a", {}) == Intervals{{14.6, 6.1}, {6.1, 2.2}, {2.2, 0.7}});
    CHECK(draws("lcm", {}) == Intervals{{14.6, 6.1}, {6.1, 2.2}, {2.2, 0.7}});

    // Churn keeps to its range of noise levels; s_tmax = 0 is no limit.
    CHECK(draws("euler", {{"s_churn", 0.4}}) ==
          Intervals{{14.6, 14.6 * 1.1}, {6.1, 6.1 * 1.1}, {2.2, 2.2 * 1.1}, {0.7, 0.7 * 1.1}});
    CHECK(draws("heun", {{"s_churn", 0.4}, {"s_tmin", 1.0}, {"s_tmax", 7.0}}) ==
          Intervals{{6.1, 6.1 * 1.1}, {2.2, 2.2 * 1.1}});
    // gamma has a ceiling.
    CHECK(draws("euler", {{"s_churn", 100.0}, {"s_tmin", 10.0}}).at(0).second == Approx(14.6 * std::sqrt(2.0)));
}

TEST_CASE("s_noise scales what is added", "[samplers]") {
    const auto end = [](const std::string &id, double s_noise) {
        const able_sampler &sampler = samplers().sampler(id);
        std::map<std::string, double> values = {{"s_noise", s_noise}};
        if (id == "euler" || id == "heun") {
            values["s_churn"] = 1.0;
        }
        const FakeParams params(*sampler.descriptor, values);
        FakeSampling run({2.0, 1.0}, {1.0, 1.0, 1.0}, params, [](double, double) { return 0.0; });
        REQUIRE(run.run(sampler) == ABLE_OK);
        return run.x()[0];
    };
    for (const std::string id : {"euler", "heun", "euler_a", "lcm"}) {
        CAPTURE(id);
        const double none = end(id, 0.0);
        CHECK(end(id, 1.0) != none);
        CHECK(end(id, 2.0) - none == Approx(2.0 * (end(id, 1.0) - none)));
    }
}

TEST_CASE("LCM without a table of noise levels takes the estimate as it is", "[samplers]") {
    const able_sampler &sampler = samplers().sampler("lcm");
    const FakeParams params(*sampler.descriptor);
    FakeSampling run({2.0, 1.0}, {9.0, 9.0, 9.0}, params, [](double, double) { return 0.5; });
    REQUIRE(run.run(sampler) == ABLE_OK);
    CHECK(run.x()[0] == Approx(0.5 + std::cos(1.0)));
}

TEST_CASE("A failing call ends the run with its status and leaks nothing", "[samplers][faults]") {
    const ModelInfo model;
    for (const std::string &id : all_ids) {
        const able_sampler &sampler = samplers().sampler(id);
        std::map<std::string, double> values;
        if (id == "euler" || id == "heun") {
            values["s_churn"] = 1.0; // reach the noise as well
        }
        const FakeParams params(*sampler.descriptor, values);
        uint32_t failures = 0;
        for (uint32_t n = 1;; ++n) {
            CAPTURE(id, n);
            FakeSampling run(few_sigmas, start(14.6), params, tanh_model, &model.info);
            run.fail_at = n;
            run.fail_with = n % 2 == 0 ? able_status{ABLE_CANCELLED} : able_status{-1234};
            const able_status status = run.run(sampler);
            CHECK(run.live == 0);
            CHECK(run.misuse.empty());
            if (run.calls < n) { // nothing was left to fail
                CHECK(status == ABLE_OK);
                break;
            }
            ++failures;
            CHECK(run.calls == n); // nothing was called after the failure
            const bool memory = run.job().status == ABLE_OUT_OF_MEMORY;
            CHECK(status == (memory ? able_status{ABLE_OUT_OF_MEMORY} : run.fail_with));
            CHECK(memory == (run.evaluations == 0 && run.draws == 0 && n <= 3 && run.job().message != ""));
        }
        CHECK(failures > 3 * few_sigmas.size() - 3);
    }
}

TEST_CASE("Descriptors are complete", "[samplers]") {
    std::map<std::string, std::string> names; // alias -> sampler
    for (const std::string &id : all_ids) {
        CAPTURE(id);
        const able_sampler &sampler = samplers().sampler(id);
        const able_descriptor &descriptor = *sampler.descriptor;
        CHECK(sampler.struct_size == sizeof(able_sampler));
        CHECK(descriptor.struct_size == sizeof(able_descriptor));
        CHECK(descriptor.name != nullptr);
        CHECK(descriptor.summary != nullptr);
        CHECK(std::string(descriptor.url).rfind("https://", 0) == 0);
        CHECK_NOTHROW(samplers().schedule(sampler.default_schedule));
        CHECK(names.emplace(id, id).second);
        for (uint32_t i = 0; i < descriptor.alias_count; ++i) {
            CAPTURE(descriptor.aliases[i]);
            CHECK(names.emplace(descriptor.aliases[i], id).second);
        }
        for (uint32_t i = 0; i < descriptor.param_count; ++i) {
            const able_param &param = *descriptor.params[i];
            CAPTURE(param.key);
            CHECK(param.struct_size == sizeof(able_param));
            CHECK(param.label != nullptr);
            CHECK(param.help != nullptr);
            CHECK(param.minimum < param.maximum);
            CHECK(param.default_number >= param.minimum);
            CHECK(param.default_number <= param.maximum);
        }
    }
    for (const char *alias : {"Euler a", "Euler", "Heun", "DPM++ 2M", "LCM", "euler_ancestral", "LCMScheduler",
                              "EulerAncestralDiscreteScheduler", "sample_euler", "DPMSolverMultistepScheduler"}) {
        CAPTURE(alias);
        CHECK(names.count(alias) == 1);
    }
    CHECK((samplers().sampler("euler_a").descriptor->flags & ABLE_FLAG_STOCHASTIC) != 0);
    CHECK((samplers().sampler("dpmpp_2m").descriptor->flags & ABLE_FLAG_STOCHASTIC) == 0);
    CHECK((samplers().sampler("lcm").descriptor->flags & ABLE_FLAG_FEW_STEPS) != 0);
}

TEST_CASE("An unknown factory and an index past the end give nothing", "[samplers]") {
    const able_plugin &plugin = samplers().plugin();
    CHECK(std::string(plugin.id) == "able.samplers");
    CHECK(plugin.get_factory("able.nothing/1") == nullptr);
    CHECK(plugin.get_factory(ABLE_FACTORY_PIPELINE) == nullptr);
    for (const char *id : {ABLE_FACTORY_SAMPLER, ABLE_FACTORY_SCHEDULE}) {
        const able_factory *factory = plugin.get_factory(id);
        REQUIRE(factory != nullptr);
        CHECK(factory->at(factory->count) == nullptr);
        CHECK(factory->at(UINT32_MAX) == nullptr);
    }
}

TEST_CASE("The example sampler is of second order", "[samplers][example]") {
    const PluginFile file(ABLE_FAULTY_PLUGIN_DIR "/../examples/example_midpoint.so");
    const able_sampler &sampler = file.sampler("midpoint");
    // For unit Gaussian data the flow is known: x(sigma) is proportional to sqrt(1 + sigma^2).
    const auto error = [](const able_sampler &by, const std::map<std::string, double> &values, uint32_t steps) {
        const FakeParams params(*by.descriptor, values);
        const double from = 10.0, to = 0.5;
        std::vector<double> sigmas;
        for (uint32_t i = 0; i <= steps; ++i) {
            sigmas.push_back(from * std::pow(to / from, static_cast<double>(i) / steps));
        }
        FakeSampling run(sigmas, {1.0, 2.0, 3.0}, params,
                         [](double x, double sigma) { return x / (1.0 + sigma * sigma); });
        REQUIRE(run.run(by) == ABLE_OK);
        REQUIRE(run.live == 0);
        REQUIRE(run.misuse.empty());
        return std::abs(run.x()[0] - std::sqrt((1.0 + to * to) / (1.0 + from * from)));
    };
    // Half the step size: a quarter of the error or less, where a first-order method halves it.
    for (const double ahead : {0.25, 0.5, 2.0 / 3.0, 1.0}) {
        CAPTURE(ahead);
        CHECK(error(sampler, {{"ahead", ahead}}, 80) / error(sampler, {{"ahead", ahead}}, 160) > 3.7);
    }
    const able_sampler &euler = samplers().sampler("euler");
    CHECK(error(euler, {}, 80) / error(euler, {}, 160) == Approx(2.0).epsilon(0.1));
}
