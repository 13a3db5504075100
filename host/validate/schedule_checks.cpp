// What a schedule must do, whatever the model.
#include "check.h"
#include "trial.h"

#include <ablerefusal/glue.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>

namespace able::validate {

namespace {

using Schedule = Subject<able_schedule>;

constexpr std::uint32_t step_counts[] = {1, 2, 3, 4, 10, 20, 50, 150};
constexpr std::uint32_t must_have = 20;  // a schedule may refuse more steps than this, in words
constexpr std::uint32_t hosts_room = 64; // beyond the steps, as the host offers
constexpr double untouched = -12345.0;

struct Outcome {
    able_status status = ABLE_OK;
    std::string message;
    std::vector<double> sigmas;
    std::uint32_t count = 0;
    bool overran = false;
};

struct Request {
    std::uint32_t steps = 10;
    nlohmann::json params = nlohmann::json::object();
    const able_model_info *model = nullptr;
    std::uint32_t room = hosts_room;
};

Outcome compute(const Schedule &schedule, const Request &request) {
    const plugins::ParamValues params(schedule.description.params, request.params);
    const PlainJob job;
    const std::uint32_t capacity = request.steps + request.room;
    std::vector<double> out(capacity + 64U, untouched); // more, to see what is written past the end
    Outcome outcome;
    auto asked = make_struct<able_schedule_request>();
    asked.steps = request.steps;
    asked.width = asked.height = 512;
    asked.info = request.model != nullptr ? request.model : &trial_model();
    asked.levels = asked.info->levels;
    asked.params = params.abi();
    outcome.status = schedule.object.sigmas(&asked, job.get(), capacity, out.data(), &outcome.count);
    outcome.message = job.message;
    outcome.overran = outcome.count > capacity ||
                      std::any_of(out.begin() + capacity, out.end(), [](double value) { return value != untouched; });
    if (outcome.status == ABLE_OK) {
        out.resize(std::min(outcome.count, capacity));
        outcome.sigmas = std::move(out);
    }
    return outcome;
}

bool refused_in_words(const Outcome &outcome) {
    return (outcome.status == ABLE_INVALID_ARGUMENT || outcome.status == ABLE_UNSUPPORTED) && !outcome.message.empty();
}

std::string steps_text(std::uint32_t steps) {
    return std::to_string(steps) + (steps == 1 ? " step" : " steps");
}

// Each of the numbers of steps that the schedule does not refuse.
template <class Look>
std::string for_each_count(const Schedule &schedule, Look look) {
    std::uint32_t most = 0;
    for (const std::uint32_t steps : step_counts) {
        const Outcome outcome = compute(schedule, {.steps = steps});
        if (outcome.status == ABLE_OK) {
            look(steps, outcome);
            most = steps;
        }
    }
    return "1 to " + steps_text(most);
}

std::string check_runs(const Schedule &schedule) {
    std::string refused;
    for (const std::uint32_t steps : step_counts) {
        const Outcome outcome = compute(schedule, {.steps = steps});
        if (outcome.status == ABLE_OK) {
            continue;
        }
        if (steps <= must_have || !refused_in_words(outcome)) {
            throw Failure(steps_text(steps) + ": " + in_words(outcome.status, outcome.message) +
                          (outcome.message.empty() ? ", without a text" : ""));
        }
        refused += (refused.empty() ? "; refuses " : ", ") + steps_text(steps) + ": \"" + outcome.message + "\"";
    }
    return "1 to 150 steps" + refused;
}

std::string check_count(const Schedule &schedule) {
    std::string others;
    const auto range = for_each_count(schedule, [&](std::uint32_t steps, const Outcome &outcome) {
        if (outcome.count < 2 || outcome.count < steps / 2 + 1) {
            throw Failure(steps_text(steps) + " get " + std::to_string(outcome.count) + " levels");
        }
        if (outcome.count != steps + 1) {
            others += (others.empty() ? "; but " : ", ") + std::to_string(outcome.count - 1) + " for " +
                      std::to_string(steps);
        }
    });
    return range + ", and as many passages" + others;
}

std::string check_falls(const Schedule &schedule) {
    return for_each_count(schedule, [](std::uint32_t steps, const Outcome &outcome) {
        const auto &sigmas = outcome.sigmas;
        if (!std::all_of(sigmas.begin(), sigmas.end(),
                         [](double sigma) { return std::isfinite(sigma) && sigma >= 0; })) {
            throw Failure(steps_text(steps) + " have a level that is negative, infinite or no number");
        }
        const auto risen = std::adjacent_find(sigmas.begin(), sigmas.end(), std::less_equal<>());
        if (risen != sigmas.end()) {
            throw Failure(steps_text(steps) + ": after level " + std::to_string(*risen) + " comes " +
                          std::to_string(*(risen + 1)));
        }
    });
}

std::string check_zero(const Schedule &schedule) {
    return for_each_count(schedule, [](std::uint32_t steps, const Outcome &outcome) {
        if (outcome.sigmas.empty() || outcome.sigmas.back() != 0) {
            throw Failure(steps_text(steps) + " end at " +
                          (outcome.sigmas.empty() ? "nothing" : std::to_string(outcome.sigmas.back())));
        }
    });
}

// The values of each parameter at its bounds, with the others at their defaults.
std::vector<nlohmann::json> bound_params(const Schedule &schedule) {
    std::vector<nlohmann::json> all;
    for (const auto &param : schedule.description.params) {
        for (const auto &value : plugins::type_of(param).bounds(param)) {
            all.push_back({{param.key, value}});
        }
    }
    return all;
}

bool same_bits(const std::vector<double> &a, const std::vector<double> &b) {
    return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(double)) == 0;
}

std::string check_repeatable(const Schedule &schedule) {
    std::vector<Request> requests;
    for (const std::uint32_t steps : step_counts) {
        requests.push_back({.steps = steps});
    }
    for (const auto &params : bound_params(schedule)) {
        requests.push_back({.params = params});
    }
    std::vector<Outcome> first;
    for (const auto &request : requests) {
        first.push_back(compute(schedule, request));
    }
    for (std::size_t i = requests.size(); i-- > 0;) { // each after other calls than before
        const Outcome again = compute(schedule, requests[i]);
        if (again.status != first[i].status || !same_bits(again.sigmas, first[i].sigmas)) {
            throw Failure(steps_text(requests[i].steps) + " get other levels the second time");
        }
    }
    return std::to_string(requests.size()) + " calls, each twice";
}

std::string check_capacity(const Schedule &schedule) {
    for (std::uint32_t steps = 1; steps <= 150; ++steps) {
        const Outcome outcome = compute(schedule, {.steps = steps, .room = 8});
        if (outcome.overran) {
            throw Failure(steps_text(steps) + ": writes past the capacity of " + std::to_string(steps + 8));
        }
        if (outcome.status != ABLE_OK && !refused_in_words(outcome)) {
            throw Failure(steps_text(steps) + " at a capacity of " + std::to_string(steps + 8) + ": " +
                          in_words(outcome.status) + " without a text");
        }
    }
    return "1 to 150 steps, 8 levels to spare";
}

std::string check_bounds(const Schedule &schedule) {
    std::size_t refusals = 0, count = 0;
    for (const auto &params : bound_params(schedule)) {
        for (const std::uint32_t steps : {1U, 2U, 20U}) {
            const Outcome outcome = compute(schedule, {.steps = steps, .params = params});
            const std::string key = params.begin().key();
            ++count;
            if (outcome.status == ABLE_OK) {
                const bool falls = std::adjacent_find(outcome.sigmas.begin(), outcome.sigmas.end(),
                                                      std::less_equal<>()) == outcome.sigmas.end();
                if (outcome.sigmas.size() < 2 || !falls || !std::isfinite(outcome.sigmas.front())) {
                    throw Failure(steps_text(steps) + " with " + key + " = " + params[key].dump() +
                                  " get levels that do not fall");
                }
                continue;
            }
            // Whether a level makes sense is also the model's to say; then the text names the parameter.
            if (!refused_in_words(outcome) || outcome.message.find(key) == std::string::npos) {
                throw Failure(steps_text(steps) + " with " + key + " = " + params[key].dump() + ": " +
                              in_words(outcome.status, outcome.message) + ", which does not name the parameter");
            }
            ++refusals;
        }
    }
    if (count == 0) {
        return "takes no parameters";
    }
    return std::to_string(count) + " calls" +
           (refusals == 0 ? "" : ", " + std::to_string(refusals) + " of them refused by name");
}

std::string check_range(const Schedule &schedule) {
    return check_ranges(schedule.description);
}

std::string check_models(const Schedule &schedule) {
    able_model_info no_table = trial_model(), flow = trial_model(), v = trial_model(), sdxl = trial_model(),
                    zero_snr = trial_model();
    able_noise_levels logarithmic = *no_table.levels, shifted = logarithmic, last_is_noise = logarithmic;
    logarithmic.kind = ABLE_LEVELS_LOGARITHMIC;
    logarithmic.sigmas = shifted.sigmas = nullptr;
    logarithmic.sigma_count = shifted.sigma_count = 0;
    no_table.levels = &logarithmic;
    shifted.kind = ABLE_LEVELS_FLOW;
    shifted.sigma_min = 0.003;
    shifted.sigma_max = ABLE_FLOW_SIGMA_MAX;
    shifted.shift = 3;
    flow.levels = &shifted;
    flow.prediction = ABLE_PREDICTION_FLOW;
    flow.family = "flow";
    v.prediction = ABLE_PREDICTION_V;
    v.family = "sd2";
    sdxl.family = "sdxl";
    std::vector<double> levels(last_is_noise.sigmas, last_is_noise.sigmas + last_is_noise.sigma_count);
    levels.back() = last_is_noise.sigma_max = 4096; // what is left where the last level has no signal
    last_is_noise.sigmas = levels.data();
    zero_snr.levels = &last_is_noise;
    std::string refused;
    for (const auto &[model, name] :
         {std::pair{&no_table, "one without a table of levels"}, std::pair{&flow, "a rectified flow"},
          std::pair{&v, "sd2"}, std::pair{&sdxl, "sdxl"}, std::pair{&zero_snr, "one of zero terminal SNR"}}) {
        const Outcome outcome = compute(schedule, {.model = model});
        if (outcome.status != ABLE_OK && !refused_in_words(outcome)) {
            throw Failure(std::string("for ") + name + ": " + in_words(outcome.status, outcome.message));
        }
        if (outcome.status != ABLE_OK) {
            refused += (refused.empty() ? "; refuses " : ", ") + std::string(name);
        }
    }
    return "5 models" + refused;
}

} // namespace

const std::vector<Check<able_schedule>> &schedule_checks() {
    static const std::vector<Check<able_schedule>> checks{
        {"runs", "R2",
         "give levels for 1 to 20 steps at least; refuse more with ABLE_INVALID_ARGUMENT and a text that says the most",
         check_runs},
        {"count", "P4", "give a level for each step and the closing one; set count to how many were written",
         check_count},
        {"falls", "P4", "each level must be below the one before it", check_falls},
        {"zero", "P4", "close with 0, where nothing is left of the noise", check_zero},
        {"repeatable", "P3", "read nothing but the arguments", check_repeatable},
        {"capacity", "R1", "write at most `capacity` levels, and refuse in words if that is too few", check_capacity},
        {"bounds", "P1",
         "accept every value of the range that the parameter declares, or refuse it in words that name the parameter",
         check_bounds},
        {"range", "P2",
         "declare a minimum and a maximum that a request can be told to lie beyond; those of an int are whole",
         check_range},
        {"models", "R2", "refuse a model that you cannot serve with ABLE_UNSUPPORTED and a text", check_models},
    };
    return checks;
}

} // namespace able::validate
