#include "weight_names.h"

#include <algorithm>
#include <array>

namespace able::models {

namespace {

constexpr std::array<std::string_view, 3> checkpoint_extensions{".ckpt", ".pt", ".bin"};

// Length of the known extension that `name` ends with; 0 if there is none, or nothing before it.
std::size_t extension_length(std::string_view name) noexcept {
    constexpr std::string_view safetensors = ".safetensors";
    if (name.ends_with(safetensors)) {
        return safetensors.size();
    }
    const auto found = std::find_if(checkpoint_extensions.begin(), checkpoint_extensions.end(),
                                    [name](std::string_view extension) { return name.ends_with(extension); });
    return found != checkpoint_extensions.end() ? found->size() : 0;
}

} // namespace

bool is_weight_file_name(std::string_view name) noexcept {
    return extension_length(name) > 0;
}

std::string_view without_weight_extension(std::string_view name) noexcept {
    return name.substr(0, name.size() - extension_length(name));
}

} // namespace able::models
