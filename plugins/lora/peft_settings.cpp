#include "peft_settings.h"

#include "key.h"

#include <ablerefusal/glue.hpp>

#include <cmath>

namespace able::lora {

namespace {

constexpr const char *metadata_key = "lora_adapter_metadata";

[[noreturn]] void refuse(const std::string &what) {
    throw Error(ABLE_BAD_FILE, "the file's metadata \"" + std::string(metadata_key) + "\" " + what);
}

double number(const nlohmann::json &value, const std::string &field) {
    if (!value.is_number()) {
        refuse("has no number in " + in_quotes(field));
    }
    const double result = value.get<double>();
    if (!std::isfinite(result)) {
        refuse("has no finite number in " + in_quotes(field));
    }
    return result;
}

} // namespace

PeftSettings::PeftSettings(const able_source &source) {
    const char *text = source.metadata(&source, metadata_key);
    if (text == nullptr) {
        return;
    }
    settings_ = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
    if (!settings_.is_object()) {
        refuse("is not a JSON object");
    }
}

std::optional<double> PeftSettings::scale(std::string_view target, int64_t rank) const {
    constexpr std::string_view ending = ".weight";
    const std::size_t dot = target.find('.');
    if (!settings_.is_object() || dot == std::string_view::npos || !target.ends_with(ending)) {
        return std::nullopt;
    }
    const std::string component(target.substr(0, dot));
    const auto value = alpha(component, target.substr(dot + 1, target.size() - dot - 1 - ending.size()));
    if (!value) {
        return std::nullopt;
    }
    const auto stabilised = settings_.find(component + ".use_rslora");
    const bool rslora = stabilised != settings_.end() && stabilised->is_boolean() && stabilised->get<bool>();
    const auto rows = static_cast<double>(rank);
    return *value / (rslora ? std::sqrt(rows) : rows);
}

std::optional<double> PeftSettings::alpha(const std::string &component, std::string_view module) const {
    const std::string pattern_field = component + ".alpha_pattern";
    if (const auto patterns = settings_.find(pattern_field); patterns != settings_.end() && patterns->is_object()) {
        for (const auto &[pattern, value] : patterns->items()) {
            // PEFT takes these for regular expressions of which a dot matches itself too; no trainer writes others.
            if (pattern.find_first_of("^$*+?()[]{}|\\") != std::string::npos) {
                throw Error(ABLE_UNSUPPORTED, in_quotes(pattern_field) + " has the regular expression " +
                                                  in_quotes(pattern) + "; only names of modules are supported");
            }
            if (module == pattern || module.ends_with("." + pattern)) {
                return number(value, pattern_field);
            }
        }
    }
    const std::string field = component + ".lora_alpha";
    const auto general = settings_.find(field);
    if (general == settings_.end() || general->is_null()) {
        return std::nullopt;
    }
    return number(*general, field);
}

} // namespace able::lora
