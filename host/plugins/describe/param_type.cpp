#include "param_type.h"

#include "host/base/joined.h"
#include "host/base/whole_number.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <sstream>

namespace able::plugins {

namespace {

using nlohmann::json;
using Param = ParamDescription;

std::string nothing(const Param & /*param*/) {
    return "";
}

// Booleans.

std::string doubt_boolean(const Param &param) {
    return param.default_number == 0 || param.default_number == 1 ? "" : "the default of a bool is 0 or 1";
}

void describe_boolean(const Param &param, json &schema) {
    schema["type"] = "boolean";
    schema["default"] = param.default_number != 0;
}

ParamValue read_boolean(const Param &param, const json &value) {
    if (!value.is_boolean()) {
        throw ParamError(param.key, "'" + param.key + "' must be true or false");
    }
    return {value.get<bool>() ? 1.0 : 0.0};
}

ParamValue standard_number(const Param &param) {
    return {param.default_number};
}

std::vector<json> both(const Param & /*param*/) {
    return {false, true};
}

std::vector<json> no_booleans(const Param & /*param*/) {
    return {2, "true"};
}

// Numbers, whole or not.

std::string range_fault(const Param &param) {
    if (!std::isfinite(param.minimum) || !std::isfinite(param.maximum) || !std::isfinite(param.step)) {
        return "minimum, maximum and step must be finite numbers";
    }
    if (!(param.minimum <= param.maximum)) {
        return "minimum is above maximum";
    }
    if (!(param.default_number >= param.minimum && param.default_number <= param.maximum)) {
        return "the default lies outside its own range";
    }
    return "";
}

std::string doubt_number(const Param &param) {
    return param.step < 0 ? "step is negative" : "";
}

// A double holds it and its neighbours exactly.
bool whole(double number) {
    return std::floor(number) == number && std::abs(number) < static_cast<double>(1LL << 53);
}

std::string inexact_integer(const Param &param) {
    const bool exact = whole(param.minimum) && whole(param.maximum) && whole(param.default_number);
    return exact ? "" : "minimum, maximum and default of an int are whole numbers up to 2^53";
}

void describe_range(const Param &param, json &schema, const auto &as_json) {
    schema["minimum"] = as_json(param.minimum);
    schema["maximum"] = as_json(param.maximum);
    schema["default"] = as_json(param.default_number);
    if (param.step > 0) {
        schema["x-step"] = param.step;
    }
}

void describe_number(const Param &param, json &schema) {
    schema["type"] = "number";
    describe_range(param, schema, [](double number) { return number; });
}

void describe_integer(const Param &param, json &schema) {
    schema["type"] = "integer";
    describe_range(param, schema, [](double number) { return static_cast<std::int64_t>(number); });
}

std::string plain(double number) {
    std::ostringstream text;
    text << number;
    return text.str();
}

ParamValue within_range(const Param &param, double number) {
    if (!(number >= param.minimum && number <= param.maximum)) {
        throw ParamError(param.key, "'" + param.key + "' must lie between " + plain(param.minimum) + " and " +
                                        plain(param.maximum));
    }
    return {number};
}

ParamValue read_number(const Param &param, const json &value) {
    if (!value.is_number()) {
        throw ParamError(param.key, "'" + param.key + "' must be a number");
    }
    return within_range(param, value.get<double>());
}

ParamValue read_integer(const Param &param, const json &value) {
    if (!base::whole_if_integral(value).is_number_integer()) {
        throw ParamError(param.key, "'" + param.key + "' must be an integer");
    }
    return within_range(param, value.get<double>());
}

std::vector<json> ends(const Param &param) {
    return {param.minimum, param.maximum};
}

std::vector<json> whole_ends(const Param &param) {
    std::vector<json> values;
    for (const double end : {param.minimum, param.maximum}) {
        if (std::abs(end) < 9e18) { // else no request can carry it
            values.emplace_back(static_cast<std::int64_t>(end));
        }
    }
    return values;
}

std::vector<json> beyond_ends(const Param &param) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    return {std::nextafter(param.minimum, -infinity), std::nextafter(param.maximum, infinity),
            std::numeric_limits<double>::quiet_NaN(), "1"};
}

std::vector<json> beyond_whole_ends(const Param &param) {
    return {param.minimum - 1, param.maximum + 1, static_cast<std::int64_t>(param.minimum) - 1,
            static_cast<std::int64_t>(param.maximum) + 1, "1"};
}

// Choices.

std::string choice_fault(const Param &param) {
    const double index = param.default_number;
    const bool is_index = index >= 0 && index < static_cast<double>(param.choices.size()) && index == std::floor(index);
    return is_index ? "" : "default_number is not an index into its choices";
}

std::string doubt_choice(const Param &param) {
    auto sorted = param.choices;
    std::sort(sorted.begin(), sorted.end());
    return std::adjacent_find(sorted.begin(), sorted.end()) == sorted.end() ? "" : "a choice is there twice";
}

const std::string &standard_text(const Param &param) {
    return param.choices.at(static_cast<std::size_t>(param.default_number));
}

void describe_choice(const Param &param, json &schema) {
    schema["type"] = "string";
    schema["enum"] = param.choices;
    schema["default"] = standard_text(param);
}

ParamValue read_choice(const Param &param, const json &value) {
    if (value.is_string()) {
        const auto found = std::find(param.choices.begin(), param.choices.end(), value.get<std::string>());
        if (found != param.choices.end()) {
            return {static_cast<double>(found - param.choices.begin()), *found};
        }
    }
    throw ParamError(param.key, "'" + param.key + "' must be one of " + base::joined(param.choices, ", "));
}

ParamValue standard_choice(const Param &param) {
    return {param.default_number, standard_text(param)};
}

std::vector<json> all_choices(const Param &param) {
    return {param.choices.begin(), param.choices.end()};
}

std::vector<json> no_choices(const Param &param) {
    return {"no such choice", -1, param.choices.size()};
}

// Texts.

void describe_string(const Param &param, json &schema) {
    schema["type"] = "string";
    schema["default"] = param.default_string;
}

ParamValue read_string(const Param &param, const json &value) {
    if (!value.is_string() || value.get_ref<const std::string &>().find('\0') != std::string::npos) {
        throw ParamError(param.key, "'" + param.key + "' must be a string");
    }
    return {0, value.get<std::string>()};
}

ParamValue standard_string(const Param &param) {
    return {param.default_number, param.default_string};
}

std::vector<json> some_strings(const Param &param) {
    return {"", param.default_string};
}

std::vector<json> no_strings(const Param & /*param*/) {
    return {1, nullptr};
}

constexpr std::array types{
    ParamType{ABLE_PARAM_BOOL, false, nothing, doubt_boolean, nothing, describe_boolean, read_boolean, standard_number,
              both, no_booleans},
    ParamType{ABLE_PARAM_INT, false, range_fault, doubt_number, inexact_integer, describe_integer, read_integer,
              standard_number, whole_ends, beyond_whole_ends},
    ParamType{ABLE_PARAM_FLOAT, false, range_fault, doubt_number, nothing, describe_number, read_number,
              standard_number, ends, beyond_ends},
    ParamType{ABLE_PARAM_ENUM, true, choice_fault, doubt_choice, nothing, describe_choice, read_choice, standard_choice,
              all_choices, no_choices},
    ParamType{ABLE_PARAM_STRING, false, nothing, nothing, nothing, describe_string, read_string, standard_string,
              some_strings, no_strings},
};

} // namespace

const ParamType *find_param_type(able_param_type id) noexcept {
    const auto *const found =
        std::find_if(types.begin(), types.end(), [id](const ParamType &type) { return type.id == id; });
    return found == types.end() ? nullptr : found;
}

const ParamType &type_of(const ParamDescription &param) {
    const ParamType *type = find_param_type(param.type);
    if (type == nullptr) {
        throw std::out_of_range("the parameter '" + param.key + "' is of no known type");
    }
    return *type;
}

} // namespace able::plugins
