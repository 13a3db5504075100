// The bundled samplers against k-diffusion's and diffusers' own results, and against a host whose calls fail.
#include "fake_sampling.hpp"
#include "golden_samplers.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <numeric>
#include <set>

namespace samplers_test {

using namespace able::tests;

namespace {

double tanh_model(double x, double sigma) {
    return std::tanh(x / std::sqrt(1.0 + sigma * sigma));
}

Vec3 start(double sigma) {
    return {0.5 * sigma, -1.0 * sigma, 1.5 * sigma};
}

const std::vector<double> few_sigmas = {14.6, 6.1, 2.2, 0.7, 0.0};

// Falling levels to 0, the last but one at the model's lowest.
std::vector<double> levels(uint32_t steps) {
    std::vector<double> sigmas;
    for (uint32_t i = 0; i < steps; ++i) {
        sigmas.push_back(14.6 * std::pow(0.03 / 14.6, steps > 1 ? i / (steps - 1.0) : 0.0));
    }
    sigmas.push_back(0.0);
    return sigmas;
}

bool has_param(const std::string &id, const std::string &key) {
    const able_descriptor &descriptor = *samplers().sampler(id).descriptor;
    return std::any_of(descriptor.params, descriptor.params + descriptor.param_count,
                       [&](const able_param *param) { return param->key == key; });
}

// Parameters that make a sampler use noise if it can.
std::map<std::string, double> noisy(const std::string &id) {
    std::map<std::string, double> values;
    if (has_param(id, "s_churn")) {
        values["s_churn"] = 1.0;
    }
    if (has_param(id, "eta")) {
        values["eta"] = 0.8;
    }
    return values;
}

// What is particular to a sampler.
const std::set<std::string> chooses_its_evaluations = {"dpm_adaptive"};

bool finite(const Vec3 &x) {
    return std::all_of(x.begin(), x.end(), [](double value) { return std::isfinite(value); });
}

} // namespace

TEST_CASE("Samplers follow the reference's trajectories", "[samplers]") {
    able_model_info info = model_info();
    std::set<std::string> seen;
    for (const auto &expected : golden().at("trajectories")) {
        info.prediction = expected.value("prediction", "epsilon") == "v" ? ABLE_PREDICTION_V : ABLE_PREDICTION_EPSILON;
        const std::string id = expected.at("sampler");
        CAPTURE(id, expected.at("reference").get<std::string>(), expected.at("params").dump(),
                expected.at("sigmas").size());
        const able_sampler &sampler = samplers().sampler(id);
        const auto sigmas = expected.at("sigmas").get<std::vector<double>>();
        const FakeParams params(*sampler.descriptor, expected.at("params"));
        FakeSampling run(sigmas, start(sigmas.front()), params, tanh_model, &info);

        REQUIRE(run.run(sampler) == ABLE_OK);
        CHECK(run.evaluations == expected.at("evaluations"));
        CHECK(run.misuse.empty());
        CHECK(run.live == 0);
        const double tolerance = id == "dpm_adaptive" ? 1e-11 : 1e-12; // its steps follow their own rounding
        for (std::size_t k = 0; k < 3; ++k) {
            CHECK(run.x()[k] == Approx(expected.at("x")[k].get<double>()).margin(tolerance).epsilon(0.0));
        }
        seen.insert(id);
    }
    CHECK(seen == std::set<std::string>(sampler_ids().begin(), sampler_ids().end()));
}

TEST_CASE("Samplers announce what they will evaluate, and step once a step", "[samplers]") {
    const able_model_info info = model_info();
    for (const std::string &id : sampler_ids()) {
        const able_sampler &sampler = samplers().sampler(id);
        for (const uint32_t n : {1U, 2U, 3U, 4U, 5U, 19U, 20U, 36U, 150U}) {
            CAPTURE(id, n);
            const FakeParams params(*sampler.descriptor);
            FakeSampling run(levels(n), start(14.6), params, tanh_model, &info);
            REQUIRE(run.run(sampler) == ABLE_OK);
            CHECK((run.evaluations == sampler.evaluations(n) || chooses_its_evaluations.count(id) == 1));
            std::vector<uint32_t> every(n);
            std::iota(every.begin(), every.end(), 0U);
            CHECK(run.steps == every);
            CHECK(run.live == 0);
            CHECK(run.misuse.empty());
            CHECK(finite(run.x()));
        }
        CHECK(sampler.evaluations(0) == 0);
    }
}

TEST_CASE("Samplers stay finite at every bound of their parameters", "[samplers]") {
    const able_model_info info = model_info();
    for (const std::string &id : sampler_ids()) {
        const able_sampler &sampler = samplers().sampler(id);
        for (uint32_t k = 0; k < sampler.descriptor->param_count; ++k) {
            const able_param &param = *sampler.descriptor->params[k];
            for (const double value : {param.minimum, param.maximum}) {
                for (const uint32_t n : {1U, 2U, 3U, 4U, 20U, 40U, 150U}) {
                    CAPTURE(id, param.key, value, n);
                    auto values = noisy(id);
                    values[param.key] = value;
                    const FakeParams params(*sampler.descriptor, values);
                    FakeSampling run(levels(n), start(14.6), params, tanh_model, &info);
                    REQUIRE(run.run(sampler) == ABLE_OK);
                    CHECK(finite(run.x()));
                    CHECK(run.live == 0);
                    CHECK(run.misuse.empty());
                }
            }
        }
    }
}

TEST_CASE("The same noise gives the same bits", "[samplers]") {
    const able_model_info info = model_info();
    for (const std::string &id : sampler_ids()) {
        CAPTURE(id);
        const able_sampler &sampler = samplers().sampler(id);
        const FakeParams params(*sampler.descriptor, noisy(id));
        const auto once = [&] {
            FakeSampling run(levels(40), start(14.6), params, tanh_model, &info);
            REQUIRE(run.run(sampler) == ABLE_OK);
            return run.x();
        };
        const Vec3 first = once(), second = once();
        CHECK(std::memcmp(first.data(), second.data(), sizeof first) == 0);
    }
}

TEST_CASE("What is not finite does not keep a sampler busy", "[samplers]") {
    const able_model_info info = model_info();
    for (const std::string &id : sampler_ids()) {
        CAPTURE(id);
        const able_sampler &sampler = samplers().sampler(id);
        const FakeParams params(*sampler.descriptor);
        FakeSampling run(
            levels(10), start(14.6), params, [](double, double) { return std::numeric_limits<double>::quiet_NaN(); },
            &info);
        const able_status status = run.run(sampler);
        CHECK(run.evaluations <= 40);
        CHECK(run.live == 0);
        CHECK((status != ABLE_OK || !finite(run.x())));
    }
}

TEST_CASE("The last step to zero gives the estimate of the clean latents", "[samplers]") {
    const able_model_info info = model_info();
    for (const std::string &id : sampler_ids()) {
        CAPTURE(id);
        const able_sampler &sampler = samplers().sampler(id);
        const FakeParams params(*sampler.descriptor);
        FakeSampling run(
            {3.0, 0.0}, {4.0, -5.0, 6.0}, params, [](double, double) { return 0.25; }, &info);
        REQUIRE(run.run(sampler) == ABLE_OK);
        for (const double value : run.x()) { // LCM's boundary scalings are not quite 0 and 1
            CHECK(value == Approx(0.25).margin(id == "lcm" ? 1e-6 : 0.0).epsilon(1e-14));
        }
    }
}

TEST_CASE("Noise is drawn only where it is used", "[samplers]") {
    const able_model_info info = model_info();
    const auto draws = [&](const std::string &id, const std::map<std::string, double> &values) {
        const able_sampler &sampler = samplers().sampler(id);
        const FakeParams params(*sampler.descriptor, values);
        FakeSampling run(few_sigmas, start(14.6), params, tanh_model, &info);
        REQUIRE(run.run(sampler) == ABLE_OK);
        return run.intervals;
    };
    using Intervals = std::vector<std::pair<double, double>>;
    for (const std::string &id : sampler_ids()) {
        CAPTURE(id);
        const bool stochastic = (samplers().sampler(id).descriptor->flags & ABLE_FLAG_STOCHASTIC) != 0;
        CHECK((stochastic == !draws(id, {}).empty() || id == "restart")); // which draws in long runs only
        if (has_param(id, "eta")) {
            CHECK(draws(id, {{"eta", 0.0}}).empty());
        }
    }
    // Once a step, and none for the passage to 0.
    for (const std::string id : {"euler_a", "lcm", "ddpm", "dpm2_a", "dpmpp_2s_a", "dpmpp_2m_sde", "dpmpp_3m_sde"}) {
        CAPTURE(id);
        CHECK(draws(id, {}) == Intervals{{14.6, 6.1}, {6.1, 2.2}, {2.2, 0.7}});
    }
    // Twice: halfway, and for the whole step.
    const auto sde = draws("dpmpp_sde", {});
    REQUIRE(sde.size() == 6);
    CHECK(sde[0].first == 14.6);
    CHECK(sde[0].second == Approx(std::sqrt(14.6 * 6.1)));
    CHECK(sde[1] == std::pair(14.6, 6.1));

    // Churn keeps to its range of noise levels; s_tmax = 0 is no limit.
    CHECK(draws("euler", {{"s_churn", 0.4}}) ==
          Intervals{{14.6, 14.6 * 1.1}, {6.1, 6.1 * 1.1}, {2.2, 2.2 * 1.1}, {0.7, 0.7 * 1.1}});
    CHECK(draws("heun", {{"s_churn", 0.4}, {"s_tmin", 1.0}, {"s_tmax", 7.0}}) ==
          Intervals{{6.1, 6.1 * 1.1}, {2.2, 2.2 * 1.1}});
    // gamma has a ceiling.
    CHECK(draws("euler", {{"s_churn", 100.0}, {"s_tmin", 10.0}}).at(0).second == Approx(14.6 * std::sqrt(2.0)));
}

TEST_CASE("s_noise scales what is added", "[samplers]") {
    const able_model_info info = model_info();
    const auto end = [&](const std::string &id, double s_noise) {
        const able_sampler &sampler = samplers().sampler(id);
        auto values = noisy(id);
        values["s_noise"] = s_noise;
        const FakeParams params(*sampler.descriptor, values);
        FakeSampling run(
            {8.0, 4.0, 2.0, 1.0}, {1.0, 1.0, 1.0}, params, [](double, double) { return 0.0; }, &info);
        REQUIRE(run.run(sampler) == ABLE_OK);
        return run.x()[0];
    };
    for (const std::string &id : sampler_ids()) {
        // Restart adds noise in long runs only, and DPM adaptive takes other steps with other noise.
        if (!has_param(id, "s_noise") || id == "restart" || id == "dpm_adaptive") {
            continue;
        }
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
    const able_model_info info = model_info();
    for (const std::string &id : sampler_ids()) {
        const able_sampler &sampler = samplers().sampler(id);
        const FakeParams params(*sampler.descriptor, noisy(id)); // to reach the noise as well
        const auto sigmas = id == "restart" ? levels(20) : few_sigmas;
        uint32_t failures = 0;
        for (uint32_t n = 1;; ++n) {
            CAPTURE(id, n);
            FakeSampling run(sigmas, start(14.6), params, tanh_model, &info);
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
            CHECK(status == (run.failed_for_memory ? able_status{ABLE_OUT_OF_MEMORY} : run.fail_with));
            // What the failing call said is all that is said, but for want of memory.
            const std::string &message = run.job().message;
            CHECK((run.failed_for_memory ? !message.empty()
                                         : message.empty() || message == able::validate::why_it_fails));
        }
        CHECK(failures > 3 * few_sigmas.size() - 3);
    }
}

TEST_CASE("Descriptors are complete", "[samplers]") {
    std::map<std::string, std::string> names; // lower case, as the host resolves them -> sampler
    const auto add = [&](std::string name, const std::string &id) {
        std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
        const auto [known, added] = names.emplace(name, id);
        return added || known->second == id;
    };
    for (const std::string &id : sampler_ids()) {
        CAPTURE(id);
        const able_sampler &sampler = samplers().sampler(id);
        const able_descriptor &descriptor = *sampler.descriptor;
        CHECK(sampler.struct_size == sizeof(able_sampler));
        CHECK(descriptor.struct_size == sizeof(able_descriptor));
        CHECK(descriptor.name != nullptr);
        CHECK(descriptor.summary != nullptr);
        CHECK(std::string(descriptor.url).rfind("https://", 0) == 0);
        CHECK_NOTHROW(samplers().schedule(sampler.default_schedule));
        CHECK(add(id, id));
        CHECK(add(descriptor.name, id));
        for (uint32_t i = 0; i < descriptor.alias_count; ++i) {
            CAPTURE(descriptor.aliases[i]);
            CHECK(add(descriptor.aliases[i], id));
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
    CHECK((samplers().sampler("euler_a").descriptor->flags & ABLE_FLAG_STOCHASTIC) != 0);
    CHECK((samplers().sampler("dpmpp_2m").descriptor->flags & ABLE_FLAG_STOCHASTIC) == 0);
    CHECK((samplers().sampler("lcm").descriptor->flags & ABLE_FLAG_FEW_STEPS) != 0);
}

TEST_CASE("The documentation lists every sampler and schedule as it is", "[samplers]") {
    std::ifstream file(ABLE_SOURCE_DIR "/docs/samplers.md");
    std::set<std::string> lines;
    for (std::string line; std::getline(file, line);) {
        lines.insert(line);
    }
    const auto check = [&](const able_descriptor &descriptor, const std::string &also) {
        CAPTURE(descriptor.id, also);
        const std::string head = "| `" + std::string(descriptor.id) + "` | " + descriptor.name + " | ";
        std::string row; // ids of samplers and schedules may be the same
        for (const std::string &line : lines) {
            if (line.rfind(head, 0) == 0 && line.find(also) != std::string::npos) {
                row = line;
            }
        }
        REQUIRE_FALSE(row.empty());
        for (uint32_t i = 0; i < descriptor.alias_count; ++i) {
            const std::string alias = descriptor.aliases[i];
            CAPTURE(alias);
            CHECK((alias == descriptor.name || row.find("`" + alias + "`") != std::string::npos));
        }
        for (uint32_t i = 0; i < descriptor.param_count; ++i) {
            CAPTURE(descriptor.params[i]->key);
            CHECK(row.find("`" + std::string(descriptor.params[i]->key) + "`") != std::string::npos);
        }
    };
    for (const std::string &id : sampler_ids()) {
        const able_sampler &sampler = samplers().sampler(id);
        check(*sampler.descriptor, " | `" + std::string(sampler.default_schedule) + "` | ");
    }
    for (const std::string &id : schedule_ids()) {
        check(*samplers().schedule(id).descriptor, "");
    }
}

TEST_CASE("A sampler's file is short, or says why it is not", "[samplers]") {
    std::vector<std::size_t> lengths;
    for (const auto &entry : std::filesystem::directory_iterator(ABLE_SOURCE_DIR "/plugins/samplers/samplers")) {
        std::ifstream file(entry.path());
        const std::string text{std::istreambuf_iterator<char>(file), {}};
        if (text.find("\nconst able_sampler sampler_") == std::string::npos) {
            continue; // what several of them share
        }
        const auto lines = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
        CAPTURE(entry.path().string(), lines);
        CHECK((lines <= 150 || text.find("Longer than the") != std::string::npos));
        lengths.push_back(lines);
    }
    REQUIRE(lengths.size() == 30); // three of them hold two samplers
    std::sort(lengths.begin(), lengths.end());
    CHECK(lengths[14] + lengths[15] < 2 * 60);
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

} // namespace samplers_test
