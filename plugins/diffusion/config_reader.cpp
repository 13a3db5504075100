#include "config_reader.h"

#include "../../text/python_json.h"

#include <ablerefusal/glue.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>

namespace able::diffusion {
namespace {

using nlohmann::json;

std::string shown(const json &value) {
    constexpr size_t longest = 80;
    std::string text = value.dump(-1, ' ', true, json::error_handler_t::replace);
    return text.size() <= longest ? text : text.substr(0, longest) + "...";
}

std::string range_text(IntegerRange range) {
    return std::to_string(range.low) + " to " + std::to_string(range.high);
}

json parse(const able_source *source, const std::string &file) {
    uint64_t length = 0;
    const char *bytes = source->text(source, file.c_str(), &length);
    if (bytes == nullptr) {
        throw Error(ABLE_NOT_FOUND, file + " is missing; the model's folder is not complete");
    }
    json root = json::parse(text::without_python_numbers({bytes, length}), nullptr, false);
    if (!root.is_object()) {
        throw Error(ABLE_BAD_FILE, file + " is not a JSON object; download it again");
    }
    return root;
}

} // namespace

ConfigReader::ConfigReader(const able_source *source, std::string file)
    : file_(std::move(file)), root_(std::make_unique<const json>(parse(source, file_))) {}

ConfigReader::~ConfigReader() = default;

const json *ConfigReader::find(const char *key) const {
    const auto found = root_->find(key);
    return found == root_->end() || found->is_null() ? nullptr : &*found;
}

bool ConfigReader::has(const char *key) const {
    return find(key) != nullptr;
}

void ConfigReader::missing(const char *key) const {
    throw Error(ABLE_NOT_FOUND, file_ + ": the field \"" + key + "\" is missing");
}

void ConfigReader::bad(const char *key, const std::string &what) const {
    const json *value = find(key);
    throw Error(ABLE_BAD_FILE,
                file_ + ": \"" + key + "\" is " + (value != nullptr ? shown(*value) : "missing") + ": " + what);
}

void ConfigReader::unsupported(const char *key, const std::string &what) const {
    const json *value = find(key);
    throw Error(ABLE_UNSUPPORTED,
                file_ + ": \"" + key + "\" is " + (value != nullptr ? shown(*value) : "missing") + ": " + what);
}

int64_t ConfigReader::checked(const char *key, const json &value, IntegerRange range) const {
    // An unsigned value beyond int64 reads as negative, which no range here admits.
    if (!value.is_number_integer() || value.get<int64_t>() < range.low || value.get<int64_t>() > range.high) {
        bad(key, "expected whole numbers from " + range_text(range));
    }
    return value.get<int64_t>();
}

int64_t ConfigReader::integer(const char *key, std::optional<int64_t> fallback, IntegerRange range) const {
    if (const json *value = find(key)) {
        return checked(key, *value, range);
    }
    if (!fallback) {
        missing(key);
    }
    return *fallback;
}

double ConfigReader::number(const char *key, std::optional<double> fallback) const {
    const json *value = find(key);
    if (value == nullptr) {
        if (!fallback) {
            missing(key);
        }
        return *fallback;
    }
    if (!value->is_number() || !std::isfinite(value->get<double>())) {
        bad(key, "expected a number");
    }
    return value->get<double>();
}

bool ConfigReader::boolean(const char *key, bool fallback) const {
    const json *value = find(key);
    if (value == nullptr) {
        return fallback;
    }
    if (!value->is_boolean()) {
        bad(key, "expected true or false");
    }
    return value->get<bool>();
}

std::string ConfigReader::string(const char *key, std::optional<std::string> fallback) const {
    const json *value = find(key);
    if (value == nullptr) {
        if (!fallback) {
            missing(key);
        }
        return *fallback;
    }
    if (!value->is_string()) {
        bad(key, "expected a string");
    }
    return value->get<std::string>();
}

std::vector<int64_t> ConfigReader::integers(const char *key, IntegerRange range) const {
    const json *value = find(key);
    if (value == nullptr) {
        missing(key);
    }
    if (!value->is_array() || value->empty()) {
        bad(key, "expected a list of whole numbers");
    }
    std::vector<int64_t> result;
    for (const json &element : *value) {
        result.push_back(checked(key, element, range));
    }
    return result;
}

std::vector<double> ConfigReader::numbers(const char *key) const {
    const json *value = find(key);
    if (value == nullptr) {
        missing(key);
    }
    const auto numeric = [](const json &element) {
        return element.is_number();
    };
    if (!value->is_array() || value->empty() || !std::all_of(value->begin(), value->end(), numeric)) {
        bad(key, "expected a list of numbers");
    }
    return value->get<std::vector<double>>();
}

std::vector<int64_t> ConfigReader::integers_for_each(const char *key, size_t count, std::optional<int64_t> fallback,
                                                     IntegerRange range) const {
    const json *value = find(key);
    if (value == nullptr || !value->is_array()) {
        return std::vector<int64_t>(count, integer(key, fallback, range));
    }
    std::vector<int64_t> result = integers(key, range);
    if (result.size() != count) {
        bad(key, "expected " + std::to_string(count) + " values, one for each level");
    }
    return result;
}

std::vector<std::string> ConfigReader::strings(const char *key, size_t count) const {
    const json *value = find(key);
    if (value == nullptr) {
        missing(key);
    }
    const auto textual = [](const json &element) {
        return element.is_string();
    };
    if (!value->is_array() || value->size() != count || !std::all_of(value->begin(), value->end(), textual)) {
        bad(key, "expected " + std::to_string(count) + " strings, one for each level");
    }
    return value->get<std::vector<std::string>>();
}

void ConfigReader::only(const char *key, std::initializer_list<const char *> allowed) const {
    const json *value = find(key);
    if (value == nullptr) {
        return;
    }
    std::string list = "null";
    for (const char *candidate : allowed) {
        if (*value == json::parse(candidate)) { // compares 1 and 1.0 as equal
            return;
        }
        list += std::string(", ") + candidate;
    }
    unsupported(key, "only " + list + " is supported");
}

} // namespace able::diffusion
