#include "param_values.h"

#include "host/base/whole_number.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <sstream>

namespace able::plugins {

namespace {

std::string plain(double number) {
    std::ostringstream text;
    text << number;
    return text.str();
}

const ParamDescription &declared(const std::vector<ParamDescription> &params, const std::string &key) {
    const auto found =
        std::find_if(params.begin(), params.end(), [&](const ParamDescription &param) { return param.key == key; });
    if (found != params.end()) {
        return *found;
    }
    std::string known;
    for (const auto &param : params) {
        known += (known.empty() ? "" : ", ") + param.key;
    }
    throw ParamError(key, "unknown parameter '" + key + "'; " +
                              (known.empty() ? "this one takes none" : "the parameters are " + known));
}

double checked_number(const ParamDescription &param, const nlohmann::json &value) {
    const bool integer = param.type == ParamType::integer;
    if (integer ? !base::whole_if_integral(value).is_number_integer() : !value.is_number()) {
        throw ParamError(param.key, "'" + param.key + "' must be " + (integer ? "an integer" : "a number"));
    }
    const double number = value.get<double>();
    if (!(number >= param.minimum && number <= param.maximum)) {
        throw ParamError(param.key, "'" + param.key + "' must lie between " + plain(param.minimum) + " and " +
                                        plain(param.maximum));
    }
    return number;
}

double checked_choice(const ParamDescription &param, const nlohmann::json &value) {
    if (value.is_string()) {
        const auto found = std::find(param.choices.begin(), param.choices.end(), value.get<std::string>());
        if (found != param.choices.end()) {
            return static_cast<double>(found - param.choices.begin());
        }
    }
    std::string known;
    for (const auto &choice : param.choices) {
        known += (known.empty() ? "" : ", ") + choice;
    }
    throw ParamError(param.key, "'" + param.key + "' must be one of " + known);
}

struct Checked {
    double number = 0;
    std::string text;
};

Checked checked(const ParamDescription &param, const nlohmann::json &value) {
    switch (param.type) {
    case ParamType::boolean:
        if (!value.is_boolean()) {
            throw ParamError(param.key, "'" + param.key + "' must be true or false");
        }
        return {value.get<bool>() ? 1.0 : 0.0, {}};
    case ParamType::choice: {
        const double index = checked_choice(param, value);
        return {index, param.choices.at(static_cast<std::size_t>(index))};
    }
    case ParamType::string:
        if (!value.is_string() || value.get_ref<const std::string &>().find('\0') != std::string::npos) {
            throw ParamError(param.key, "'" + param.key + "' must be a string");
        }
        return {0, value.get<std::string>()};
    case ParamType::integer:
    case ParamType::number:
        break;
    }
    return {checked_number(param, value), {}};
}

} // namespace

void check_params(const std::vector<ParamDescription> &params, const nlohmann::json &values) {
    if (!values.is_object()) {
        throw ParamError("", "must be an object of parameters");
    }
    for (const auto &[key, value] : values.items()) {
        checked(declared(params, key), value);
    }
}

ParamValues::ParamValues(const std::vector<ParamDescription> &params, const nlohmann::json &values) {
    check_params(params, values);
    for (const auto &param : params) {
        const auto given = values.find(param.key);
        if (given != values.end()) {
            auto [number, text] = checked(param, *given);
            tables_.numbers[param.key] = number;
            tables_.strings[param.key] = std::move(text);
            continue;
        }
        tables_.numbers[param.key] = param.default_number;
        tables_.strings[param.key] = param.type == ParamType::choice
                                         ? param.choices.at(static_cast<std::size_t>(param.default_number))
                                         : param.default_string;
    }
    abi_ = {sizeof(able_params), &tables_, number, string};
}

double ParamValues::number(const able_params *params, const char *key) noexcept {
    const auto &numbers = static_cast<const Tables *>(params->host)->numbers;
    const auto found = key == nullptr ? numbers.end() : numbers.find(key);
    return found == numbers.end() ? 0 : found->second;
}

const char *ParamValues::string(const able_params *params, const char *key) noexcept {
    const auto &strings = static_cast<const Tables *>(params->host)->strings;
    const auto found = key == nullptr ? strings.end() : strings.find(key);
    return found == strings.end() ? "" : found->second.c_str();
}

namespace {

const able_param *find_param(const able_params *params, const char *key) noexcept {
    const auto *descriptor = static_cast<const able_descriptor *>(params->host);
    for (std::uint32_t i = 0; key != nullptr && descriptor != nullptr && i < descriptor->param_count; ++i) {
        if (std::strcmp(descriptor->params[i]->key, key) == 0) {
            return descriptor->params[i];
        }
    }
    return nullptr;
}

double default_number(const able_params *params, const char *key) noexcept {
    const able_param *param = find_param(params, key);
    return param == nullptr ? 0 : param->default_number;
}

const char *default_string(const able_params *params, const char *key) noexcept {
    const able_param *param = find_param(params, key);
    if (param != nullptr && param->type == ABLE_PARAM_ENUM) {
        return param->choices[static_cast<std::size_t>(param->default_number)];
    }
    return param == nullptr || param->default_string == nullptr ? "" : param->default_string;
}

} // namespace

DefaultParams::DefaultParams(const able_descriptor *descriptor) noexcept
    : abi_{sizeof(able_params), const_cast<able_descriptor *>(descriptor), default_number, default_string} {}

} // namespace able::plugins
