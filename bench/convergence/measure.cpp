#include "measure.h"

#include "host/validate/mixture.h"
#include "host/validate/plain_job.h"
#include "host/validate/plain_sampling.h"
#include "host/validate/trial.h"

#include <ablerefusal/glue.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include <dlfcn.h>

namespace able::bench {

namespace {

// A descriptor's parameters at their defaults, but for those given.
class Values {
public:
    Values(const able_descriptor &descriptor, const std::map<std::string, double> &given)
        : abi_(make_struct<able_params>()) {
        for (std::uint32_t i = 0; i < descriptor.param_count; ++i) {
            values_[descriptor.params[i]->key] = descriptor.params[i]->default_number;
        }
        for (const auto &[key, value] : given) {
            values_.at(key) = value;
        }
        abi_.host = this;
        abi_.number = [](const able_params *params, const char *key) noexcept {
            const auto &known = static_cast<const Values *>(params->host)->values_;
            const auto found = known.find(key);
            return found == known.end() ? 0.0 : found->second;
        };
        abi_.string = [](const able_params *, const char *) noexcept {
            return "";
        };
    }
    Values(const Values &) = delete;
    Values &operator=(const Values &) = delete;

    const able_params *abi() const { return &abi_; }

private:
    std::map<std::string, double> values_;
    able_params abi_;
};

// What the network gives for the variance-preserving latents x / sqrt(1 + sigma^2), if it were perfect.
double network(Prediction prediction, double x, double sigma) {
    const double clean = validate::mixture_denoised(x, sigma);
    const double noise = (x - clean) / sigma;
    if (prediction == Prediction::epsilon) {
        return noise;
    }
    const double alpha = 1.0 / std::sqrt(1.0 + sigma * sigma);
    return alpha * noise - sigma * alpha * clean; // Salimans & Ho 2022, in x_vp = alpha clean + (sigma alpha) noise
}

// D(x, sigma) from it, as the pipelines have it.
double denoised(Prediction prediction, double x, double sigma) {
    const double predicted = network(prediction, x, sigma);
    if (prediction == Prediction::epsilon) {
        return x - sigma * predicted;
    }
    const double square = 1.0 + sigma * sigma;
    return x / square - sigma / std::sqrt(square) * predicted;
}

able_model_info model(Prediction prediction) {
    able_model_info info = validate::trial_model();
    info.prediction = prediction == Prediction::epsilon ? ABLE_PREDICTION_EPSILON : ABLE_PREDICTION_V;
    return info;
}

// The schedule's levels down to lowest_level. Of them as many as make a multiple of three passages, so that a sampler
// which takes its steps by threes (DPM fast) ends alike for every number of steps.
std::vector<double> levels(const able_schedule &schedule, const able_model_info &info, std::uint32_t steps) {
    const Values params(*schedule.descriptor, {});
    const validate::PlainJob job;
    std::vector<double> sigmas(steps + 64);
    std::uint32_t count = 0;
    auto request = make_struct<able_schedule_request>();
    request.steps = steps;
    request.width = request.height = 512;
    request.info = &info;
    request.levels = info.levels;
    request.params = params.abi();
    const able_status status =
        schedule.sigmas(&request, job.get(), static_cast<std::uint32_t>(sigmas.size()), sigmas.data(), &count);
    if (status != ABLE_OK) {
        throw std::runtime_error(std::string(schedule.descriptor->id) + ": " + job.message);
    }
    sigmas.resize(count);
    while (sigmas.size() > 4 && (sigmas.back() < lowest_level || (sigmas.size() - 1) % 3 != 0)) {
        sigmas.pop_back();
    }
    return sigmas;
}

// Starts, in units of the first level: some go to one side, some cross the middle slowly.
const std::vector<double> starts{-1.7, -0.6, 0.05, 0.3, 0.9, 2.2};

template <class Object>
const Object &find(const able_plugin &plugin, const char *factory_id, const std::string &id) {
    const able_factory *factory = plugin.get_factory(factory_id);
    for (std::uint32_t i = 0; factory != nullptr && i < factory->count; ++i) {
        const auto *object = static_cast<const Object *>(factory->at(i));
        if (id == object->descriptor->id) {
            return *object;
        }
    }
    throw std::runtime_error("no " + id + " in " + factory_id);
}

} // namespace

const char *to_string(Prediction prediction) {
    return prediction == Prediction::epsilon ? "epsilon" : "v";
}

// Multistep methods begin with steps of lower orders, which bounds what they reach over a whole run; those with weights
// for equal steps lose more on steps that are not.
const std::vector<Solver> &solvers() {
    static const std::vector<Solver> all{
        {"euler", {}, 1},
        {"euler_a", {{"eta", 0}}, 1},
        {"ddim", {}, 1},
        {"tcd", {{"eta", 0}}, 1},
        {"euler_cfg_pp", {}, 1},
        {"euler_a_cfg_pp", {{"eta", 0}}, 1},
        {"heun", {}, 2},
        {"restart", {}, 2},
        {"dpm2", {}, 2},
        {"dpm2_a", {{"eta", 0}}, 2},
        {"dpmpp_2s_a", {{"eta", 0}}, 2},
        {"dpmpp_sde", {{"eta", 0}}, 2},
        {"dpmpp_2m", {}, 2},
        {"dpmpp_2m_sde", {{"eta", 0}}, 2},
        {"dpmpp_2m_sde_heun", {{"eta", 0}}, 2},
        {"dpmpp_3m_sde", {{"eta", 0}}, 2},
        {"dpmpp_2m_cfg_pp", {}, 2},
        {"dpm_fast", {}, 2},
        {"lms", {{"order", 1}}, 1},
        {"lms", {{"order", 2}}, 2},
        {"lms", {{"order", 4}}, 2},
        {"pndm", {}, 2},
        {"ipndm", {{"order", 1}}, 1},
        {"ipndm", {{"order", 2}}, 2},
        {"ipndm", {{"order", 4}}, 2},
        {"uni_pc", {{"order", 1}}, 2}, // the corrector adds one
        {"uni_pc", {{"order", 3}}, 2},
        {"uni_pc_bh2", {{"order", 1}}, 2},
        {"uni_pc_bh2", {{"order", 2}}, 2},
        {"deis", {{"order", 1}}, 1},
        {"deis", {{"order", 2}}, 2},
        {"deis", {{"order", 3}}, 2},
        {"res_multistep", {}, 2},
        {"res_multistep_a", {{"eta", 0}}, 2},
        {"gradient_estimation", {}, 1},
        {"gradient_estimation", {{"gamma", 1.5}}, 2},
        {"sa_solver", {{"tau", 0}, {"order", 1}, {"corrector_order", 0}}, 1},
        {"sa_solver", {{"tau", 0}, {"order", 2}, {"corrector_order", 0}}, 2},
        {"sa_solver", {{"tau", 0}, {"order", 3}, {"corrector_order", 3}}, 2},
    };
    return all;
}

const std::map<std::string, std::string> &not_solvers() {
    static const std::map<std::string, std::string> all{
        {"ddpm", "always stochastic"},
        {"lcm", "always stochastic"},
        {"er_sde", "follows another flow without its noise"},
        {"dpm_adaptive", "chooses its own steps"},
        {"heunpp2", "its weights are of no order"},
    };
    return all;
}

const std::vector<std::string> &schedules() {
    static const std::vector<std::string> all{"normal", "karras", "exponential", "sgm_uniform"};
    return all;
}

Plugin::Plugin(const char *file) {
    void *library = dlopen(file, RTLD_NOW | RTLD_LOCAL);
    void *symbol = library != nullptr ? dlsym(library, ABLE_ENTRY_SYMBOL) : nullptr;
    if (symbol == nullptr) {
        throw std::runtime_error(dlerror());
    }
    plugin = reinterpret_cast<decltype(&able_plugin_v1)>(symbol)();
}

const able_sampler &Plugin::sampler(const std::string &id) const {
    return find<able_sampler>(*plugin, ABLE_FACTORY_SAMPLER, id);
}

const able_schedule &Plugin::schedule(const std::string &id) const {
    return find<able_schedule>(*plugin, ABLE_FACTORY_SCHEDULE, id);
}

double error_after(const Plugin &plugin, const Solver &solver, const std::string &schedule, Prediction prediction,
                   std::uint32_t steps) {
    const able_sampler &sampler = plugin.sampler(solver.id);
    const able_model_info info = model(prediction);
    const Values params(*sampler.descriptor, solver.params);
    const auto sigmas = levels(plugin.schedule(schedule), info, steps);
    const double first = sigmas.front(), last = sigmas.back();
    std::vector<double> x = starts;
    for (double &value : x) {
        value *= first;
    }
    const std::vector<double> start = x;
    validate::PlainSampling run(
        {sigmas,
         {1, 1, 1, static_cast<std::int64_t>(x.size())},
         std::move(x),
         params.abi(),
         &info,
         [prediction](double value, double sigma) { return denoised(prediction, value, sigma); },
         [](double, double, std::span<double> out) { // a solver of the ODE draws none
             std::fill(out.begin(), out.end(), std::numeric_limits<double>::quiet_NaN());
         },
         1.0}); // guided by 1: both estimates are the model's
    if (run.run(sampler) != ABLE_OK) {
        throw std::runtime_error(solver.id + ": " + run.job().message);
    }
    double worst = 0;
    for (std::size_t k = 0; k < start.size(); ++k) {
        worst = std::max(worst, std::abs(run.x()[k] - validate::mixture_flow(start[k], first, last)));
    }
    return worst;
}

double measured_order(const Plugin &plugin, const Solver &solver, const std::string &schedule, Prediction prediction) {
    return std::log(error_after(plugin, solver, schedule, prediction, coarse_steps) /
                    error_after(plugin, solver, schedule, prediction, fine_steps)) /
           std::log(static_cast<double>(fine_steps) / coarse_steps);
}

} // namespace able::bench
