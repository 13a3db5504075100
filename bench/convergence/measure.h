// How fast a sampler's error falls with the number of steps, on data whose flow is known exactly
// (host/validate/mixture.h).
#pragma once

#include <ablerefusal/ablerefusal.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace able::bench {

// A sampler without its noise, and the order that is claimed for it over a whole run.
struct Solver {
    std::string id;
    std::map<std::string, double> params; // the others at their defaults
    int order;
};

// Every bundled sampler that solves the probability flow ODE, some with several of their settings.
const std::vector<Solver> &solvers();

// The bundled samplers that are left out, and why.
const std::map<std::string, std::string> &not_solvers();

const std::vector<std::string> &schedules();

// What the network predicts.
enum class Prediction { epsilon, v };
const char *to_string(Prediction prediction);

// Of the bundled plugin.
struct Plugin {
    explicit Plugin(const char *file); // throws std::runtime_error
    const able_sampler &sampler(const std::string &id) const;
    const able_schedule &schedule(const std::string &id) const;

    const able_plugin *plugin;
};

// Runs go from the schedule's first level to its last one that is not below this, and are compared there. Further down
// a schedule that is even in time is not fine enough for an order to show: of 400 steps the last ones still take half
// of sigma each. And the step to 0 is no solver's: all take the model's estimate there.
inline constexpr double lowest_level = 0.2;

// Largest distance from the exact flow over a handful of starts, after the schedule's levels for `steps` steps.
double error_after(const Plugin &plugin, const Solver &solver, const std::string &schedule, Prediction prediction,
                   std::uint32_t steps);

inline constexpr std::uint32_t coarse_steps = 192, fine_steps = 1536;

// log2 of what the error is divided by where the number of steps doubles; the mean over the doublings from coarse_steps
// to fine_steps, since a schedule's last level, and the error with it, moves a little from one number of steps to the
// next.
double measured_order(const Plugin &plugin, const Solver &solver, const std::string &schedule, Prediction prediction);

} // namespace able::bench
