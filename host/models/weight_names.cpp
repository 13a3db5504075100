#include "weight_names.h"

#include "host/base/ascii.h"

#include <algorithm>

namespace able::models {

namespace {

using Part = ComponentFile::Part;

constexpr std::string_view fallback_variant = "fp16";
constexpr std::size_t shard_number_length = std::string_view("-00001-of-00003").size();

bool ends_with_any_case(std::string_view name, std::string_view end) noexcept {
    return name.size() >= end.size() && base::same_in_any_case(name.substr(name.size() - end.size()), end);
}

bool remove_end(std::string_view &name, std::string_view end) noexcept {
    const bool found = ends_with_any_case(name, end);
    name.remove_suffix(found ? end.size() : 0);
    return found;
}

bool is_shard_number(std::string_view text) noexcept {
    const auto digit = [](char c) {
        return c >= '0' && c <= '9';
    };
    return text.size() == shard_number_length && text[0] == '-' && text.substr(6, 4) == "-of-" &&
           std::all_of(text.begin() + 1, text.begin() + 6, digit) && std::all_of(text.begin() + 10, text.end(), digit);
}

// "" of "", "fp16" of ".fp16"; nothing for a text of another form.
std::optional<std::string> variant_in(std::string_view text) {
    if (text.empty()) {
        return std::string();
    }
    if (text.size() < 2 || text.front() != '.') {
        return std::nullopt;
    }
    return std::string(text.substr(1));
}

// What stands between the base and the extension.
std::optional<ComponentFile> weights_of(const WeightFormat &format, std::string_view base, std::string_view between) {
    if (between.size() >= shard_number_length) {
        const std::size_t rest = between.size() - shard_number_length;
        for (const std::size_t at : {std::size_t{0}, rest}) {
            if (!is_shard_number(between.substr(at, shard_number_length))) {
                continue;
            }
            const std::optional<std::string> variant =
                variant_in(at == 0 ? between.substr(shard_number_length) : between.substr(0, rest));
            return variant ? std::optional<ComponentFile>({&format, base, Part::shard, *variant}) : std::nullopt;
        }
    }
    const std::optional<std::string> variant = variant_in(between);
    return variant ? std::optional<ComponentFile>({&format, base, Part::whole, *variant}) : std::nullopt;
}

// What stands behind base.extension of an index, without its ".json".
std::optional<ComponentFile> index_of(const WeightFormat &format, std::string_view base, std::string_view rest) {
    constexpr std::string_view index = ".index";
    if (rest.starts_with(index)) {
        rest.remove_prefix(index.size());
    } else if (!remove_end(rest, index)) {
        return std::nullopt;
    }
    const std::optional<std::string> variant = variant_in(rest);
    return variant ? std::optional<ComponentFile>({&format, base, Part::index, *variant}) : std::nullopt;
}

std::optional<ComponentFile> component_file(const WeightFormat &format, std::string_view base, std::string_view name) {
    if (!name.starts_with(base)) {
        return std::nullopt;
    }
    name.remove_prefix(base.size());
    if (remove_end(name, format.extension)) {
        return weights_of(format, base, name);
    }
    const std::string_view extension = name.substr(0, format.extension.size());
    if (!base::same_in_any_case(extension, format.extension) || !remove_end(name, ".json")) {
        return std::nullopt;
    }
    return index_of(format, base, name.substr(extension.size()));
}

// "a, b or c"
std::string choice_of(const std::vector<std::string> &names) {
    std::string text;
    for (std::size_t i = 0; i < names.size(); ++i) {
        text += (i == 0 ? "" : i + 1 < names.size() ? ", " : " or ") + names[i];
    }
    return text;
}

} // namespace

const WeightFormat *weight_format(std::string_view name) noexcept {
    const auto *const found = std::find_if(weight_formats.begin(), weight_formats.end(), [name](const auto &format) {
        return name.size() > format.extension.size() && ends_with_any_case(name, format.extension);
    });
    return found != weight_formats.end() ? found : nullptr;
}

bool is_weight_file_name(std::string_view name) noexcept {
    const WeightFormat *format = weight_format(name);
    return format != nullptr && format->reader != WeightReader::none;
}

bool is_safetensors_name(std::string_view name) noexcept {
    const WeightFormat *format = weight_format(name);
    return format != nullptr && format->reader == WeightReader::safetensors;
}

bool is_component_file_name(std::string_view name) noexcept {
    const WeightFormat *format = weight_format(name);
    return format != nullptr && !format->bases.front().empty();
}

std::string_view without_weight_extension(std::string_view name) noexcept {
    return is_weight_file_name(name) ? name.substr(0, name.size() - weight_format(name)->extension.size()) : name;
}

std::string weight_extensions() {
    std::vector<std::string> names;
    for (const WeightFormat &format : weight_formats) {
        if (format.reader != WeightReader::none) {
            names.emplace_back(format.extension);
        }
    }
    return choice_of(names);
}

std::string component_weight_names() {
    std::vector<std::string> names;
    for (const WeightFormat &format : weight_formats) {
        for (const std::string_view base : format.bases) {
            if (!base.empty()) {
                names.push_back(std::string(base).append(format.extension));
            }
        }
    }
    return choice_of(names);
}

std::optional<ComponentFile> component_file(std::string_view name) {
    for (const WeightFormat &format : weight_formats) {
        for (const std::string_view base : format.bases) {
            if (base.empty()) {
                continue;
            }
            if (std::optional<ComponentFile> file = component_file(format, base, name)) {
                return file;
            }
        }
    }
    return std::nullopt;
}

std::optional<ComponentWeights> choose_weights(const std::vector<std::string> &names, std::string_view prefer_variant) {
    struct Named {
        const std::string *name;
        ComponentFile file;
    };
    std::vector<Named> files;
    for (const std::string &name : names) {
        if (std::optional<ComponentFile> file = component_file(name)) {
            files.push_back({&name, std::move(*file)});
        }
    }
    const auto named = [&files](const WeightFormat &format, std::string_view base, std::string_view variant,
                                Part part) {
        std::vector<std::string> found;
        for (const Named &each : files) {
            if (each.file.format == &format && each.file.base == base && each.file.variant == variant &&
                each.file.part == part) {
                found.push_back(*each.name);
            }
        }
        return found;
    };
    for (const WeightFormat &format : weight_formats) {
        for (const std::string_view variant : {prefer_variant, std::string_view(), fallback_variant}) {
            for (const std::string_view base : format.bases) {
                if (const auto whole = named(format, base, variant, Part::whole); !whole.empty()) {
                    return ComponentWeights{whole.front(), std::string(variant), false, {}};
                }
                if (const auto index = named(format, base, variant, Part::index); !index.empty()) {
                    return ComponentWeights{index.front(), std::string(variant), true,
                                            named(format, base, variant, Part::shard)};
                }
            }
        }
    }
    return std::nullopt;
}

} // namespace able::models
