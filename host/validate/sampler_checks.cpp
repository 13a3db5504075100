// What a sampler must do, whatever the model.
#include "check.h"
#include "trial.h"

#include <ablerefusal/glue.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>

namespace able::validate {

namespace {

using Sampler = Subject<able_sampler>;

constexpr std::uint32_t step_counts[] = {1, 2, 3, 4, 20, 40, 150};

std::vector<TrialOptions> plain_runs() {
    std::vector<TrialOptions> runs;
    for (const std::uint32_t steps : step_counts) {
        runs.push_back({.steps = steps});
        runs.push_back({.steps = steps, .to_zero = false});
    }
    return runs;
}

// Every parameter at each of its bounds, the others at their defaults.
std::vector<TrialOptions> bound_runs(const Sampler &sampler) {
    std::vector<TrialOptions> runs;
    for (const auto &param : sampler.description.params) {
        for (const auto &value : plugins::type_of(param).bounds(param)) {
            for (const std::uint32_t steps : {1U, 4U, 20U}) {
                runs.push_back({.steps = steps, .params = {{param.key, value}}});
            }
        }
    }
    return runs;
}

std::string number_of(std::size_t count, const char *noun) {
    return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

// Runs with one call after another failing. `look` is given each run, the failing call's number and the status
// returned.
template <class Look>
std::uint32_t fail_each_call(const Sampler &sampler, Look look) {
    for (const std::uint32_t steps : {4U, 20U}) { // some do more in a longer run
        for (std::uint32_t n = 1;; ++n) {
            Trial trial(sampler, {.steps = steps});
            PlainTensors &tensors = trial.sampling().tensors();
            tensors.fail_at = n;
            tensors.fail_with = -1000 - static_cast<able_status>(n);
            const able_status status = trial.run();
            if (tensors.calls < n) { // nothing was left to fail
                if (steps == 20) {
                    return n - 1;
                }
                break;
            }
            look(trial, n, status);
        }
    }
    return 0;
}

std::string check_runs(const Sampler &sampler) {
    std::size_t count = 0;
    for (const auto &options : plain_runs()) {
        Trial trial(sampler, options);
        const able_status status = trial.run();
        if (status != ABLE_OK) {
            throw Failure("a run of " + trial.name() + " ends with " +
                          in_words(status, trial.sampling().job().message));
        }
        ++count;
    }
    return number_of(count, "run") + " of 1 to 150 steps";
}

std::string check_steps(const Sampler &sampler) {
    for (const auto &options : plain_runs()) {
        Trial trial(sampler, options);
        trial.run();
        std::vector<std::uint32_t> expected(options.steps);
        std::iota(expected.begin(), expected.end(), 0U);
        const auto &steps = trial.sampling().steps;
        if (steps != expected) {
            throw Failure("a run of " + trial.name() + " calls step " + std::to_string(steps.size()) + " times" +
                          (steps.size() == expected.size() ? ", with other numbers than 0, 1, 2, ..." : ""));
        }
    }
    return "each announced once, in order";
}

std::string check_evaluations(const Sampler &sampler) {
    sampler.object.evaluations(0);
    for (const std::uint32_t steps : step_counts) {
        if (sampler.object.evaluations(steps) == 0) {
            throw Failure("evaluations(" + std::to_string(steps) + ") is 0");
        }
    }
    Trial trial(sampler, {});
    trial.run();
    return "20 steps: " + std::to_string(sampler.object.evaluations(20)) + " announced, " +
           std::to_string(trial.sampling().evaluations) + " made";
}

std::string check_finite(const Sampler &sampler) {
    auto runs = plain_runs();
    const auto more = bound_runs(sampler);
    runs.insert(runs.end(), more.begin(), more.end());
    for (const auto &options : runs) {
        Trial trial(sampler, options);
        if (trial.run() == ABLE_OK && !trial.finite()) {
            throw Failure("a run of " + trial.name() + " gives NaN or infinity");
        }
    }
    return number_of(runs.size(), "run");
}

std::string check_tensors(const Sampler &sampler) {
    std::size_t count = 0;
    const auto look = [&count](Trial &trial, const std::string &which) {
        const auto &misuse = trial.sampling().tensors().misuse;
        if (!misuse.empty()) {
            throw Failure(misuse.front() + " in a run of " + trial.name() + which);
        }
        ++count;
    };
    for (const auto &options : plain_runs()) {
        Trial trial(sampler, options);
        trial.run();
        look(trial, "");
    }
    fail_each_call(sampler, [&](Trial &trial, std::uint32_t n, able_status) {
        look(trial, " whose call number " + std::to_string(n) + " fails");
    });
    return number_of(count, "run");
}

std::string check_leaks(const Sampler &sampler) {
    std::size_t count = 0;
    const auto look = [&count](Trial &trial, const std::string &which) {
        const int live = trial.sampling().tensors().live;
        if (live != 0) {
            throw Failure(number_of(static_cast<std::size_t>(std::abs(live)), "tensor") +
                          (live > 0 ? " made and not released" : " released once too often") + " in a run of " +
                          trial.name() + which);
        }
        ++count;
    };
    for (const auto &options : plain_runs()) {
        Trial trial(sampler, options);
        trial.run();
        look(trial, "");
    }
    fail_each_call(sampler, [&](Trial &trial, std::uint32_t n, able_status) {
        look(trial, " whose call number " + std::to_string(n) + " fails");
    });
    return "none, in " + number_of(count, "run");
}

std::string check_noise(const Sampler &sampler) {
    const bool stochastic = (sampler.description.flags & ABLE_FLAG_STOCHASTIC) != 0;
    const bool brownian = (sampler.description.flags & ABLE_FLAG_BROWNIAN) != 0;
    std::uint32_t draws = 0;
    for (const std::uint32_t steps : {4U, 20U, 40U}) {
        Trial trial(sampler, {.steps = steps});
        trial.run();
        draws += trial.sampling().draws;
        for (const auto &[from, to] : trial.sampling().intervals) {
            if (!std::isfinite(from) || !std::isfinite(to) || from < 0 || to < 0 || (brownian && from == to)) {
                throw Failure("noise is requested for an empty interval, from " + std::to_string(from) + " to " +
                              std::to_string(to));
            }
        }
    }
    if (stochastic != (draws > 0)) {
        throw Failure(stochastic ? "has ABLE_FLAG_STOCHASTIC and draws no noise"
                                 : "draws noise and lacks ABLE_FLAG_STOCHASTIC");
    }
    return stochastic ? number_of(draws, "draw") : "draws none";
}

std::string check_repeatable(const Sampler &sampler) {
    std::vector<TrialOptions> runs{{.steps = 1}, {.steps = 20}, {.steps = 40}};
    const auto more = bound_runs(sampler);
    runs.insert(runs.end(), more.begin(), more.end());
    std::vector<std::vector<double>> first;
    for (const auto &options : runs) {
        Trial trial(sampler, options);
        trial.run();
        first.push_back(trial.sampling().x());
    }
    // Once more from the end: each after other runs than before.
    for (std::size_t i = runs.size(); i-- > 0;) {
        Trial trial(sampler, runs[i]);
        trial.run();
        const auto &again = trial.sampling().x();
        if (again.size() != first[i].size() ||
            std::memcmp(again.data(), first[i].data(), again.size() * sizeof(double)) != 0) {
            throw Failure("a run of " + trial.name() + " gives other latents the second time, from the same seed");
        }
    }
    return number_of(runs.size(), "run") + ", each twice";
}

std::string check_bounds(const Sampler &sampler) {
    std::size_t count = 0;
    for (const auto &options : bound_runs(sampler)) {
        Trial trial(sampler, options);
        const able_status status = trial.run();
        if (status != ABLE_OK) {
            throw Failure("a run of " + trial.name() + " ends with " +
                          in_words(status, trial.sampling().job().message));
        }
        ++count;
    }
    return sampler.description.params.empty() ? "takes no parameters" : number_of(count, "run");
}

std::string check_range(const Sampler &sampler) {
    return check_ranges(sampler.description);
}

std::string check_cancel(const Sampler &sampler) {
    std::uint32_t cancelled = 0;
    for (const std::uint32_t steps : {4U, 20U}) {
        for (std::uint32_t n = 1;; ++n) {
            Trial trial(sampler, {.steps = steps});
            PlainSampling &run = trial.sampling();
            run.cancel_at = n;
            const able_status status = trial.run();
            if (run.callbacks < n) {
                break;
            }
            const std::string where =
                "cancelled at call " + std::to_string(n) + " of a run of " + trial.name() + ", it ";
            if (run.calls_after_cancel > 0) {
                throw Failure(where + "asks for " + std::to_string(run.calls_after_cancel) + " more before it ends");
            }
            if (status != ABLE_CANCELLED) {
                throw Failure(where + "returns " + in_words(status));
            }
            ++cancelled;
        }
    }
    return "ends at once, wherever in a run: " + std::to_string(cancelled) + " places";
}

std::string check_failures(const Sampler &sampler) {
    const std::uint32_t count = fail_each_call(sampler, [](Trial &trial, std::uint32_t n, able_status status) {
        PlainTensors &tensors = trial.sampling().tensors();
        const std::string where = "in a run of " + trial.name() + ", call number " + std::to_string(n);
        if (tensors.failed_for_memory) {
            if (status == ABLE_OK) {
                throw Failure(where + " gives no tensor, and the run ends with ABLE_OK");
            }
            return;
        }
        if (status != tensors.fail_with) {
            throw Failure(where + " fails with " + in_words(tensors.fail_with) + ", and the run returns " +
                          in_words(status));
        }
        const std::string &message = trial.sampling().job().message;
        if (!message.empty() && message != why_it_fails) {
            throw Failure(where + " fails with the text \"" + why_it_fails + "\", and the user reads \"" + message +
                          "\"");
        }
    });
    return "handed on unchanged from each of " + number_of(count, "call");
}

} // namespace

const std::vector<Check<able_sampler>> &sampler_checks() {
    static const std::vector<Check<able_sampler>> checks{
        {"runs", "R1", "a run of any number of steps, to 0 or to a level above it, must end with ABLE_OK", check_runs},
        {"steps", "T4", "call s->step once at the end of each step, with 0, 1, 2, ...", check_steps},
        {"evaluations", "S6", "return how often denoise is called in that many steps", check_evaluations},
        {"finite", "P4", "look for a division by sigma or by a difference of sigmas that is 0, or a logarithm of 0",
         check_finite},
        {"tensors", "O3",
         "keep to sampler.h and tensor.h: denoise into another tensor than x, above level 0; release what you made "
         "once, "
         "and x never",
         check_tensors},
        {"leaks", "O3", "release every tensor that ops->like or ops->make gave, on every path out, failures included",
         check_leaks},
        {"noise", "P3", "set the descriptor's flags by what a run with default parameters does", check_noise},
        {"repeatable", "P3", "take chance from s->noise alone, and keep nothing from one run to the next",
         check_repeatable},
        {"bounds", "P1", "accept every value of the range that the parameter declares, or declare a smaller one",
         check_bounds},
        {"range", "P2",
         "declare a minimum and a maximum that a request can be told to lie beyond; those of an int are whole",
         check_range},
        {"cancel", "T4", "hand on what denoise, noise and step return at once, unless it is ABLE_OK: ABLE_TRY does it",
         check_cancel},
        {"failures", "R3",
         "return the failing call's status unchanged and without a text of your own, and able_out_of_memory(s) where "
         "like "
         "gives NULL",
         check_failures},
    };
    return checks;
}

} // namespace able::validate
