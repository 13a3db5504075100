#include "weight_names.h"

#include <algorithm>
#include <array>

namespace able::models {

namespace {

constexpr std::array<std::string_view, 4> extensions{".safetensors", ".ckpt", ".pt", ".bin"};

// `lower` is in lower case.
bool ends_with_any_case(std::string_view name, std::string_view lower) noexcept {
    if (name.size() < lower.size()) {
        return false;
    }
    const std::string_view end = name.substr(name.size() - lower.size());
    return std::equal(end.begin(), end.end(), lower.begin(), [](char a, char b) {
        return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
    });
}

// Length of the known extension that `name` ends with; 0 if there is none, or nothing before it.
std::size_t extension_length(std::string_view name) noexcept {
    const auto *const found = std::find_if(extensions.begin(), extensions.end(), [name](std::string_view extension) {
        return ends_with_any_case(name, extension);
    });
    return found != extensions.end() ? found->size() : 0;
}

} // namespace

bool is_weight_file_name(std::string_view name) noexcept {
    return extension_length(name) > 0;
}

bool is_safetensors_name(std::string_view name) noexcept {
    return ends_with_any_case(name, extensions.front());
}

std::string_view without_weight_extension(std::string_view name) noexcept {
    return name.substr(0, name.size() - extension_length(name));
}

} // namespace able::models
