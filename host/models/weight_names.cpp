#include "weight_names.h"

#include "host/base/ascii.h"

#include <algorithm>
#include <array>

namespace able::models {

namespace {

constexpr std::array<std::string_view, 4> extensions{".safetensors", ".ckpt", ".pt", ".bin"};

bool ends_with_any_case(std::string_view name, std::string_view end) noexcept {
    return name.size() >= end.size() && base::same_in_any_case(name.substr(name.size() - end.size()), end);
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
