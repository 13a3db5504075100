#include "param_values.h"

#include <algorithm>
#include <cstring>

namespace able::plugins {

namespace {

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

} // namespace

void check_params(const std::vector<ParamDescription> &params, const nlohmann::json &values) {
    if (!values.is_object()) {
        throw ParamError("", "must be an object of parameters");
    }
    for (const auto &[key, value] : values.items()) {
        const ParamDescription &param = declared(params, key);
        type_of(param).read(param, value);
    }
}

ParamValues::ParamValues(const std::vector<ParamDescription> &params, const nlohmann::json &values) {
    check_params(params, values);
    for (const auto &param : params) {
        const auto given = values.find(param.key);
        auto [number, text] =
            given == values.end() ? type_of(param).standard(param) : type_of(param).read(param, *given);
        tables_.numbers[param.key] = number;
        tables_.strings[param.key] = std::move(text);
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
