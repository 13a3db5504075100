// A check: one rule, tried on one thing that a plugin offers, in a process that may not survive it.
#pragma once

#include "host/plugins/describe/description.h"

#include <ablerefusal/ablerefusal.h>

#include <stdexcept>
#include <string>
#include <vector>

namespace able::validate {

// A check that failed. what() says what is wrong.
class Failure : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

// An object of a plugin and what it says of itself.
template <class Object>
struct Subject {
    const Object &object;
    const plugins::ObjectDescription &description;
};

template <class Object>
struct Check {
    const char *id;
    const char *rule;   // of docs/abi.md
    const char *advice; // for whoever fails it
    // Returns what was seen; throws Failure.
    std::string (*run)(const Subject<Object> &);
};

// Where the first check of a kind fails, the others are not tried: they would find the same.
const std::vector<Check<able_sampler>> &sampler_checks();
const std::vector<Check<able_schedule>> &schedule_checks();
const std::vector<Check<able_pipeline>> &pipeline_checks();
const std::vector<Check<able_adapter>> &adapter_checks();

} // namespace able::validate
