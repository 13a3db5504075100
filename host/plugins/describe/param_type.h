// The types that a parameter can have. Their one table is in param_type.cpp: a new type is a constant in
// ablerefusal/param.h and a row there. The page shows it if ParameterFields.tsx knows its JSON type.
#pragma once

#include "description.h"

#include <nlohmann/json.hpp>

#include <stdexcept>
#include <string>
#include <vector>

namespace able::plugins {

// A parameter is unknown, of a wrong type or out of range. what() says which is right.
class ParamError : public std::runtime_error {
public:
    ParamError(std::string key, const std::string &message) : std::runtime_error(message), key_(std::move(key)) {}
    const std::string &key() const noexcept { return key_; }

private:
    std::string key_;
};

// As a plugin reads it: able_params.number and .string.
struct ParamValue {
    double number = 0;
    std::string text = {};
};

struct ParamType {
    able_param_type id;
    bool has_choices; // their list is a part of the declaration
    // What makes the declaration unusable; "" if nothing does.
    std::string (*fault)(const ParamDescription &param);
    // What an author should mend although the host gets along with it; "" if nothing.
    std::string (*doubt)(const ParamDescription &param);
    // What makes its limits such that no request can keep to them; "" if nothing.
    std::string (*inexact)(const ParamDescription &param);
    // Adds the type, the default and the limits to a JSON Schema.
    void (*describe)(const ParamDescription &param, nlohmann::json &schema);
    // Throws ParamError unless the value is of the type and within the limits.
    ParamValue (*read)(const ParamDescription &param, const nlohmann::json &value);
    ParamValue (*standard)(const ParamDescription &param); // where nobody has set it
    // For the validator: the outermost values that a request can carry, and values just beyond them or of other types.
    std::vector<nlohmann::json> (*bounds)(const ParamDescription &param);
    std::vector<nlohmann::json> (*beyond)(const ParamDescription &param);
};

// Null for a number that is no ABLE_PARAM_ constant of this ABI.
const ParamType *find_param_type(able_param_type id) noexcept;

// Of a parameter whose type is one that this ABI knows.
const ParamType &type_of(const ParamDescription &param);

} // namespace able::plugins
