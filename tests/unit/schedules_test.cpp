// The bundled schedules against k-diffusion's and diffusers' own results.
#include "fake_host.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <cmath>
#include <fstream>

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

const std::vector<double> &training_sigmas() {
    static const auto sigmas = golden().at("training_sigmas").get<std::vector<double>>();
    return sigmas;
}

able_model_info model_info() {
    able_model_info info{};
    info.struct_size = sizeof info;
    info.sigmas = training_sigmas().data();
    info.sigma_count = static_cast<uint32_t>(training_sigmas().size());
    info.sigma_min = training_sigmas().front();
    info.sigma_max = training_sigmas().back();
    return info;
}

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
    const able_status status = schedule.sigmas(&info, steps, params.get(), job.get(), room, out.data(), &count);
    CHECK(out.back() == untouched);
    CHECK(count <= room);
    out.resize(status == ABLE_OK ? count : 0);
    return {status, out, job.message};
}

const std::vector<std::string> all_ids = {"normal", "karras", "sgm_uniform", "lcm"};

} // namespace

TEST_CASE("Schedules give the reference's noise levels", "[schedules]") {
    // k-diffusion rounds timesteps to float32 on the way to a sigma; its Karras is all float64.
    const auto [id, tolerance] =
        GENERATE(table<std::string, double>({{"normal", 1e-6}, {"sgm_uniform", 1e-6}, {"karras", 1e-13}}));
    for (const auto &[steps, expected] : golden().at(id).items()) {
        CAPTURE(id, steps);
        const Outcome outcome = compute(id, static_cast<uint32_t>(std::stoul(steps)));
        REQUIRE(outcome.status == ABLE_OK);
        REQUIRE(outcome.sigmas.size() == expected.size());
        for (std::size_t i = 0; i < expected.size(); ++i) {
            CHECK(outcome.sigmas[i] == Approx(expected[i].get<double>()).epsilon(tolerance));
        }
    }
}

TEST_CASE("Karras takes rho and its range from the request", "[schedules]") {
    const Outcome outcome = compute("karras", 10, {{"rho", 5.0}, {"sigma_min", 0.1}, {"sigma_max", 10.0}});
    const auto &expected = golden().at("karras_rho_5").at("10");
    REQUIRE(outcome.sigmas.size() == expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
        CHECK(outcome.sigmas[i] == Approx(expected[i].get<double>()).epsilon(1e-13));
    }
}

TEST_CASE("LCM selects the distilled timesteps, for every number of steps", "[schedules]") {
    const auto &timesteps = golden().at("lcm_timesteps");
    for (uint32_t steps = 1; steps <= 50; ++steps) {
        CAPTURE(steps);
        std::vector<double> expected;
        for (const std::size_t t : timesteps.at(steps - 1)) {
            expected.push_back(training_sigmas().at(t));
        }
        expected.push_back(0.0);
        CHECK(compute("lcm", steps).sigmas == expected);
    }
}

TEST_CASE("Schedules fall, from the model's highest level to zero", "[schedules]") {
    for (const std::string &id : all_ids) {
        for (uint32_t steps = 1; steps <= (id == "lcm" ? 50U : 150U); ++steps) {
            CAPTURE(id, steps);
            const Outcome outcome = compute(id, steps);
            REQUIRE(outcome.status == ABLE_OK);
            REQUIRE(outcome.sigmas.size() == steps + 1);
            CHECK(outcome.sigmas.front() == Approx(training_sigmas().back()).epsilon(1e-13));
            CHECK(outcome.sigmas.back() == 0.0);
            for (uint32_t i = 0; i < steps; ++i) {
                CHECK(outcome.sigmas[i] > outcome.sigmas[i + 1]);
            }
        }
    }
}

TEST_CASE("What a schedule cannot do is an error that says so", "[schedules]") {
    for (const std::string &id : all_ids) {
        CAPTURE(id);
        const Outcome none = compute(id, 0);
        CHECK(none.status == ABLE_INVALID_ARGUMENT);
        CHECK(none.message.find("steps") != std::string::npos);
        CHECK(compute(id, 10, {}, model_info(), 10).status == ABLE_INVALID_ARGUMENT);
    }
    const Outcome many = compute("lcm", 51);
    CHECK(many.status == ABLE_INVALID_ARGUMENT);
    CHECK(many.message.find("50") != std::string::npos);

    CHECK(compute("karras", 5, {{"sigma_min", 3.0}, {"sigma_max", 2.0}}).status == ABLE_INVALID_ARGUMENT);

    able_model_info no_table = model_info();
    no_table.sigmas = nullptr;
    no_table.sigma_count = 0;
    for (const std::string id : {"normal", "sgm_uniform", "lcm"}) {
        CAPTURE(id);
        CHECK(compute(id, 5, {}, no_table).status == ABLE_UNSUPPORTED);
    }
    CHECK(compute("karras", 5, {}, no_table).status == ABLE_OK); // needs the range only

    able_model_info short_table = model_info();
    short_table.sigma_count = 49;
    CHECK(compute("lcm", 4, {}, short_table).status == ABLE_UNSUPPORTED);
}
