// How fast the samplers' errors fall with the length of the steps, on data whose flow is known exactly.
#include "fake_sampling.hpp"
#include "golden_samplers.hpp"

#include <catch2/catch.hpp>

#include <cmath>
#include <set>

using namespace able::tests;

namespace {

// Data is an even mixture of two normals, at -1 and 1 with deviation 0.5; noised, one of the same means and variance
// 0.25 + sigma^2.
constexpr double variance = 0.25;

double density(double x, double sigma) {
    return std::exp(-x * x / (2.0 * (variance + sigma * sigma)));
}

// The posterior's mean, weighted by how likely each of the two is.
double mixture(double x, double sigma) {
    const double right = density(x - 1.0, sigma), left = density(x + 1.0, sigma);
    const double spread = variance + sigma * sigma;
    const double mean_right = (sigma * sigma + variance * x) / spread;
    const double mean_left = (-sigma * sigma + variance * x) / spread;
    return (right * mean_right + left * mean_left) / (right + left);
}

double part_below(double x, double sigma) {
    const double scale = std::sqrt(2.0 * (variance + sigma * sigma));
    return 0.25 * (std::erfc(-(x - 1.0) / scale) + std::erfc(-(x + 1.0) / scale));
}

// In one dimension the flow carries each quantile to the same quantile.
double carried(double x, double from, double to) {
    const double part = part_below(x, from);
    double low = -10.0, high = 10.0;
    for (int i = 0; i < 200; ++i) {
        const double middle = (low + high) / 2.0;
        (part_below(middle, to) < part ? low : high) = middle;
    }
    return (low + high) / 2.0;
}

constexpr double from = 5.0, to = 0.2;

enum class Spacing { logarithmic, even };

double error(const std::string &id, const std::map<std::string, double> &values, Spacing spacing, uint32_t steps) {
    const able_model_info info = model_info();
    const able_sampler &sampler = samplers().sampler(id);
    const FakeParams params(*sampler.descriptor, values);
    std::vector<double> sigmas;
    for (uint32_t i = 0; i <= steps; ++i) {
        const double part = static_cast<double>(i) / steps;
        sigmas.push_back(spacing == Spacing::even ? from + part * (to - from) : from * std::pow(to / from, part));
    }
    const Vec3 start = {2.0, -4.0, 7.0};
    FakeSampling run(sigmas, start, params, mixture, &info);
    REQUIRE(run.run(sampler) == ABLE_OK);
    double sum = 0;
    for (std::size_t k = 0; k < start.size(); ++k) {
        sum += std::pow(run.x()[k] - carried(start[k], from, to), 2);
    }
    return std::sqrt(sum);
}

struct Row {
    std::string id;
    std::map<std::string, double> params;
    double order; // at least, less a tenth
    Spacing spacing = Spacing::logarithmic;
};

// Multistep methods begin with steps of lower orders, which bounds what they reach over a whole run. Those with weights
// for equal steps are tried on equal steps. DPM fast spends three evaluations on a step of third order and ends with
// lower ones.
const std::vector<Row> rows = {
    {"euler", {}, 1},
    {"heun", {}, 2},
    {"restart", {}, 2},
    {"dpm2", {}, 2},
    {"dpm2_a", {{"eta", 0}}, 2},
    {"lms", {{"order", 1}}, 1},
    {"lms", {{"order", 2}}, 2},
    {"lms", {{"order", 4}}, 2},
    {"dpmpp_2s_a", {{"eta", 0}}, 2},
    {"dpmpp_sde", {{"eta", 0}}, 2},
    {"dpmpp_2m", {}, 2},
    {"dpmpp_2m_sde", {{"eta", 0}}, 2},
    {"dpmpp_2m_sde_heun", {{"eta", 0}}, 2},
    {"dpmpp_3m_sde", {{"eta", 0}}, 2},
    {"dpm_fast", {}, 2},
    {"ddim", {}, 1},
    {"euler_a", {{"eta", 0}}, 1},
    {"tcd", {{"eta", 0}}, 1},
    {"pndm", {}, 3, Spacing::even},
    {"ipndm", {{"order", 1}}, 1},
    {"ipndm", {{"order", 2}}, 2, Spacing::even},
    {"ipndm", {{"order", 4}}, 2, Spacing::even},
    {"uni_pc", {{"order", 1}}, 2}, // the corrector adds one
    {"uni_pc", {{"order", 3}}, 2},
    {"uni_pc_bh2", {{"order", 1}}, 2},
    {"uni_pc_bh2", {{"order", 2}}, 2},
    {"deis", {{"order", 1}}, 1},
    {"deis", {{"order", 2}}, 2},
    {"deis", {{"order", 3}}, 2},
    {"res_multistep", {}, 2},
    {"res_multistep_a", {{"eta", 0}}, 2},
    {"gradient_estimation", {{"gamma", 1.5}}, 2},
    {"sa_solver", {{"tau", 0}, {"order", 1}, {"corrector_order", 0}}, 1},
    {"sa_solver", {{"tau", 0}, {"order", 2}, {"corrector_order", 0}}, 2},
    {"sa_solver", {{"tau", 0}, {"order", 2}, {"corrector_order", 2}}, 2},
    {"sa_solver", {{"tau", 0}, {"order", 3}, {"corrector_order", 3}}, 2},
};

} // namespace

TEST_CASE("Halving the steps of a solver divides its error by two to its order", "[samplers]") {
    for (const Row &row : rows) {
        const double coarse = error(row.id, row.params, row.spacing, 150);
        const double fine = error(row.id, row.params, row.spacing, 300);
        const double order = std::log2(coarse / fine);
        CAPTURE(row.id, coarse, fine, order);
        CHECK(order > row.order - 0.1);
    }
}

TEST_CASE("Every sampler has proved its order, or has none", "[samplers]") {
    std::multiset<std::string> known = {"ddpm",           "lcm", // always stochastic
                                        "er_sde",                // follows another flow without its noise
                                        "dpm_adaptive",          // chooses its steps
                                        "heunpp2",               // its weights are of no order
                                        "euler_cfg_pp",   "euler_a_cfg_pp",
                                        "dpmpp_2m_cfg_pp"}; // guided off the flow
    for (const Row &row : rows) {
        known.insert(row.id);
    }
    for (const std::string &id : sampler_ids()) {
        CAPTURE(id);
        CHECK(known.count(id) > 0);
    }
}
