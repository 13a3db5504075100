// The bundled schedules against k-diffusion's and diffusers' own results.
#include "golden_samplers.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <set>

namespace samplers_schedules_test {

using namespace able::tests;

namespace {

struct Outcome {
    able_status status;
    std::vector<double> sigmas;
    std::string message;
};

Outcome compute(const std::string &id, uint32_t steps, const std::map<std::string, double> &values = {},
                const able_model_info &info = model_info(), uint32_t capacity = 0) {
    const able_schedule &schedule = samplers().schedule(id);
    const FakeParams params(*schedule.descriptor, values);
    const FakeJob job;
    const uint32_t room = capacity != 0 ? capacity : steps + 8;
    const double untouched = -1.0;
    std::vector<double> out(room + 1, untouched); // one more, to see a write past the end
    uint32_t count = 0;
    able_schedule_request request{};
    request.struct_size = sizeof request;
    request.steps = steps;
    request.width = request.height = 512;
    request.info = &info;
    request.levels = info.levels;
    request.params = params.get();
    const able_status status = schedule.sigmas(&request, job.get(), room, out.data(), &count);
    CHECK(out.back() == untouched);
    CHECK(count <= room);
    out.resize(status == ABLE_OK ? count : 0);
    return {status, out, job.message};
}

// What is particular to a schedule; the others start at the model's highest level and have the steps asked for.
struct Particular {
    uint32_t most_steps = 150;
    bool other_steps = false; // may have more or fewer
    bool other_start = false; // starts elsewhere
};

const std::map<std::string, Particular> particulars = {
    {"lcm", {50, false, false}},
    {"ddim_uniform", {150, true, true}},
    {"beta", {150, true, false}},
    {"align_your_steps", {150, false, true}},
    {"karras", {150, false, false}},
    {"exponential", {150, false, false}},
    {"polyexponential", {150, false, false}},
    {"kl_optimal", {150, false, false}},
    {"linear_quadratic", {150, false, false}},
};

Particular particular(const std::string &id) {
    const auto found = particulars.find(id);
    return found == particulars.end() ? Particular{} : found->second;
}

bool falls(const std::vector<double> &sigmas) {
    return std::adjacent_find(sigmas.begin(), sigmas.end(), std::less_equal<>()) == sigmas.end();
}

constexpr uint32_t roomy = 400; // more than any schedule takes

} // namespace

TEST_CASE("Schedules give the reference's noise levels", "[schedules]") {
    std::set<std::string> seen = {"lcm"}; // below
    for (const auto &expected : golden().at("schedules")) {
        const std::string id = expected.at("schedule");
        const auto steps = expected.at("steps").get<uint32_t>();
        CAPTURE(id, steps, expected.at("params").dump());
        const Outcome outcome = compute(id, steps, expected.at("params"), model_info(), roomy);
        REQUIRE(outcome.status == ABLE_OK);
        REQUIRE(outcome.sigmas.size() == expected.at("sigmas").size());
        // k-diffusion rounds fractional timesteps to float32 on the way to a sigma; all else is float64.
        const double tolerance = id == "normal" || id == "sgm_uniform" ? 1e-6 : 1e-12;
        for (std::size_t i = 0; i < outcome.sigmas.size(); ++i) {
            CHECK(outcome.sigmas[i] == Approx(expected.at("sigmas")[i].get<double>()).epsilon(tolerance).margin(0.0));
        }
        seen.insert(id);
    }
    CHECK(seen == std::set<std::string>(schedule_ids().begin(), schedule_ids().end()));
}

TEST_CASE("Every schedule is compared for the same numbers of steps", "[schedules]") {
    std::map<std::string, std::set<uint32_t>> compared; // by schedule and its parameters
    for (const auto &expected : golden().at("schedules")) {
        compared[expected.at("schedule").get<std::string>() + expected.at("params").dump()].insert(
            expected.at("steps").get<uint32_t>());
    }
    CHECK(compared.size() >= schedule_ids().size() - 1); // LCM's are below, for each number that it has
    for (const auto &[schedule, steps] : compared) {
        CAPTURE(schedule);
        for (const uint32_t wanted : {1U, 2U, 4U, 10U, 20U, 50U, 150U}) {
            CAPTURE(wanted);
            CHECK(steps.count(wanted) == 1);
        }
    }
}

TEST_CASE("LCM selects the distilled timesteps, for every number of steps", "[schedules]") {
    const auto &timesteps = golden().at("lcm_timesteps");
    for (uint32_t steps = 1; steps <= 50; ++steps) {
        CAPTURE(steps);
        std::vector<double> expected;
        for (const std::size_t t : timesteps.at(steps - 1)) {
            expected.push_back(model_info().levels->sigmas[t]);
        }
        expected.push_back(0.0);
        CHECK(compute("lcm", steps).sigmas == expected);
    }
}

TEST_CASE("Schedules fall, from the model's highest level to zero", "[schedules]") {
    for (const std::string &id : schedule_ids()) {
        for (uint32_t steps = 1; steps <= particular(id).most_steps; ++steps) {
            CAPTURE(id, steps);
            const Outcome outcome = compute(id, steps, {}, model_info(), roomy);
            REQUIRE(outcome.status == ABLE_OK);
            CHECK((particular(id).other_steps || outcome.sigmas.size() == steps + 1));
            CHECK((particular(id).other_start ||
                   outcome.sigmas.front() == Approx(model_info().levels->sigma_max).epsilon(1e-13)));
            CHECK(outcome.sigmas.back() == 0.0);
            CHECK(falls(outcome.sigmas));
        }
    }
}

TEST_CASE("Schedules fall at every bound of their parameters", "[schedules]") {
    for (const std::string &id : schedule_ids()) {
        const able_descriptor &descriptor = *samplers().schedule(id).descriptor;
        for (uint32_t k = 0; k < descriptor.param_count; ++k) {
            const able_param &param = *descriptor.params[k];
            for (const double value : {param.minimum, param.maximum}) {
                for (const uint32_t steps : {1U, 2U, 20U, 150U}) {
                    CAPTURE(id, param.key, value, steps);
                    const Outcome outcome = compute(id, steps, {{param.key, value}}, model_info(), roomy);
                    if (outcome.status != ABLE_OK) { // an empty range is said to be one
                        CHECK(std::string(param.key) == "sigma_min");
                        CHECK(outcome.message.find("sigma_min") != std::string::npos);
                        continue;
                    }
                    CHECK(std::all_of(outcome.sigmas.begin(), outcome.sigmas.end(),
                                      [](double sigma) { return std::isfinite(sigma); }));
                    CHECK(falls(outcome.sigmas));
                }
            }
        }
    }
}

TEST_CASE("Every schedule works on models without a table: rectified flows, shifted and not, and EDM's",
          "[schedules]") {
    able_noise_levels flow{};
    flow.struct_size = sizeof flow;
    flow.kind = ABLE_LEVELS_FLOW;
    flow.sigma_min = 0.001;
    flow.sigma_max = ABLE_FLOW_SIGMA_MAX;
    flow.shift = 1;
    able_noise_levels shifted = flow, edm = flow;
    shifted.shift = 3;
    edm.kind = ABLE_LEVELS_LOGARITHMIC;
    edm.sigma_min = 0.002;
    edm.sigma_max = 80;
    for (const able_noise_levels *levels : {&flow, &shifted, &edm}) {
        able_model_info info = model_info();
        info.levels = levels;
        for (const std::string &id : schedule_ids()) {
            for (const uint32_t steps : {1U, 4U, 20U, 50U}) {
                CAPTURE(id, levels->kind, levels->shift, steps);
                const Outcome outcome = compute(id, steps, {}, info, roomy);
                REQUIRE(outcome.status == ABLE_OK);
                CHECK(falls(outcome.sigmas));
                CHECK(outcome.sigmas.back() == 0.0);
            }
        }
    }
}

TEST_CASE("A flow's timesteps are its t: shifted, cut off at the end, and back", "[schedules]") {
    able_noise_levels levels{};
    levels.struct_size = sizeof levels;
    levels.kind = ABLE_LEVELS_FLOW;
    levels.sigma_min = 0.001;
    levels.sigma_max = ABLE_FLOW_SIGMA_MAX;
    levels.shift = 3;
    const auto t = [](double sigma) {
        return sigma / (1 + sigma);
    };
    for (const double step : {0.0, 99.0, 499.0, 749.5, 998.0}) {
        const double u = (step + 1) / 1000;
        const double sigma = able_timestep_to_sigma(&levels, step);
        CHECK(t(sigma) == Approx(3 * u / (1 + 2 * u))); // Esser et al. 2024, eq. 23
        CHECK(able_sigma_to_timestep(&levels, sigma) == Approx(step).margin(1e-9));
    }
    CHECK(able_timestep_to_sigma(&levels, 999) == ABLE_FLOW_SIGMA_MAX);
    CHECK(able_last_timestep(&levels) == 999);
}

TEST_CASE("Align your steps goes by the model's family unless told", "[schedules]") {
    able_model_info info = model_info();
    const auto sd15 = compute("align_your_steps", 10, {}, info).sigmas;
    info.family = "sdxl";
    const auto sdxl = compute("align_your_steps", 10, {}, info).sigmas;
    CHECK(sd15[1] == Approx(6.475));
    CHECK(sdxl[1] == Approx(6.315));
    CHECK(compute("align_your_steps", 10, {{"table", 1}}, info).sigmas == sd15);
}

TEST_CASE("What a schedule cannot do is an error that says so", "[schedules]") {
    for (const std::string &id : schedule_ids()) {
        CAPTURE(id);
        const Outcome none = compute(id, 0);
        CHECK(none.status == ABLE_INVALID_ARGUMENT);
        CHECK(none.message.find("steps") != std::string::npos);
        CHECK(compute(id, 10, {}, model_info(), 10).status == ABLE_INVALID_ARGUMENT);
    }
    const Outcome many = compute("lcm", 51);
    CHECK(many.status == ABLE_INVALID_ARGUMENT);
    CHECK(many.message.find("50") != std::string::npos);

    for (const std::string id : {"karras", "exponential", "polyexponential", "kl_optimal", "beta"}) {
        CAPTURE(id);
        CHECK(compute(id, 5, {{"sigma_min", 3.0}, {"sigma_max", 2.0}}).status == ABLE_INVALID_ARGUMENT);
    }
    for (const std::string id : {"simple", "turbo"}) {
        CAPTURE(id);
        CHECK(compute(id, 1001).status == ABLE_INVALID_ARGUMENT);
    }
    CHECK(compute("ddim_uniform", 334).status == ABLE_INVALID_ARGUMENT); // 500 steps, with room for 341

    able_model_info short_table = model_info();
    able_noise_levels few = *short_table.levels;
    few.sigma_count = 49;
    short_table.levels = &few;
    CHECK(compute("lcm", 4, {}, short_table).status == ABLE_UNSUPPORTED);
}

} // namespace samplers_schedules_test
