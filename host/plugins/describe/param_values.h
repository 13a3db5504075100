// Checks a request's parameters against a plugin's descriptors, and hands them to the plugin.
#pragma once

#include "param_type.h"

#include <ablerefusal/param.h>

#include <map>
#include <string>
#include <vector>

namespace able::plugins {

// Throws ParamError unless `values` is an object whose every key is declared and whose every value fits.
void check_params(const std::vector<ParamDescription> &params, const nlohmann::json &values);

// Values for one call of a plugin, defaults filled in.
class ParamValues {
public:
    // Throws ParamError as check_params does.
    ParamValues(const std::vector<ParamDescription> &params, const nlohmann::json &values);
    ParamValues(const ParamValues &) = delete;
    ParamValues &operator=(const ParamValues &) = delete;
    const able_params *abi() const noexcept { return &abi_; }

private:
    // What the callbacks of able_params look values up in.
    struct Tables {
        std::map<std::string, double> numbers;
        std::map<std::string, std::string> strings;
    };
    static double number(const able_params *params, const char *key) noexcept;
    static const char *string(const able_params *params, const char *key) noexcept;

    Tables tables_;
    able_params abi_;
};

// The values of a descriptor's parameters that nobody has set. The descriptor outlives it; null: there are no
// parameters.
class DefaultParams {
public:
    explicit DefaultParams(const able_descriptor *descriptor) noexcept;
    DefaultParams(const DefaultParams &) = delete;
    DefaultParams &operator=(const DefaultParams &) = delete;
    const able_params *abi() const noexcept { return &abi_; }

private:
    able_params abi_;
};

} // namespace able::plugins
