#include "folder_layout.h"

#include <algorithm>
#include <optional>
#include <system_error>

namespace fs = std::filesystem;

namespace able::models {

namespace {

// A format that weights may be in, and the base names of its files: diffusers' first, then transformers'.
struct Format {
    std::string_view extension;
    std::array<std::string_view, 2> names;
};

// The first format that is there is read: files of torch.save come last because they are slower to open.
constexpr std::array<Format, 2> formats{{
    {".safetensors", {"diffusion_pytorch_model", "model"}},
    {".bin", {"diffusion_pytorch_model", "pytorch_model"}},
}};
constexpr std::string_view fallback_variant = "fp16";

bool is_file(const fs::path &path) {
    std::error_code error;
    return fs::is_regular_file(path, error);
}

std::uint64_t weight_file_bytes(const fs::path &path) {
    std::error_code error;
    const std::uintmax_t size = fs::file_size(path, error);
    return error ? 0 : size;
}

// Names of a folder's entries, links to nowhere included; empty if it cannot be read.
std::vector<std::string> names_in(const fs::path &folder) {
    std::vector<std::string> names;
    std::error_code error;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
        names.push_back(entry->path().filename().string());
    }
    std::sort(names.begin(), names.end());
    return names;
}

// "-00001-of-00003"
bool is_shard_number(std::string_view text) {
    return text.size() == 15 && text[0] == '-' && text.substr(6, 4) == "-of-" &&
           std::all_of(text.begin() + 1, text.begin() + 6, [](char c) { return c >= '0' && c <= '9'; }) &&
           std::all_of(text.begin() + 10, text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// A shard in either spelling: base[.variant]-00001-of-00003.safetensors, base-00001-of-00003.variant.safetensors.
bool is_shard(std::string_view name, std::string_view base, std::string_view variant, std::string_view extension) {
    const std::string dotted = variant.empty() ? std::string() : "." + std::string(variant);
    if (!name.starts_with(base) || !name.ends_with(extension)) {
        return false;
    }
    name.remove_prefix(base.size());
    name.remove_suffix(extension.size());
    if (name.size() != 15 + dotted.size()) {
        return false;
    }
    return (name.starts_with(dotted) && is_shard_number(name.substr(dotted.size()))) ||
           (name.ends_with(dotted) && is_shard_number(name.substr(0, 15)));
}

std::optional<Weights> single_file(const fs::path &folder, const std::string &base, const std::string &variant,
                                   const std::string &extension) {
    const std::string dotted = variant.empty() ? std::string() : "." + variant;
    const fs::path file = folder / (base + dotted + extension);
    if (!is_file(file)) {
        return std::nullopt;
    }
    return Weights{WeightsKind::single, file, variant, weight_file_bytes(file)};
}

std::optional<Weights> sharded(const fs::path &folder, const std::string &base, const std::string &variant,
                               const std::string &extension) {
    std::vector<std::string> indices{base + extension + ".index.json"};
    if (!variant.empty()) {
        indices = {base + extension + ".index." + variant + ".json", base + extension + "." + variant + ".index.json"};
    }
    for (const std::string &name : indices) {
        if (!is_file(folder / name)) {
            continue;
        }
        Weights weights{WeightsKind::sharded, folder / name, variant, 0};
        for (const std::string &entry : names_in(folder)) {
            weights.bytes += is_shard(entry, base, variant, extension) ? weight_file_bytes(folder / entry) : 0;
        }
        return weights;
    }
    return std::nullopt;
}

std::optional<Weights> of_variant(const fs::path &folder, const std::string &variant, const Format &format) {
    const std::string extension(format.extension);
    for (const std::string_view base : format.names) {
        std::optional<Weights> found = single_file(folder, std::string(base), variant, extension);
        if (!found) {
            found = sharded(folder, std::string(base), variant, extension);
        }
        if (found) {
            return found;
        }
    }
    return std::nullopt;
}

bool is_pickle_name(std::string_view name) {
    return name.ends_with(".bin") || name.ends_with(".ckpt") || name.ends_with(".pt") || name.ends_with(".pth");
}

} // namespace

Weights find_weights(const fs::path &component_folder, std::string_view prefer_variant) {
    const std::array<std::string, 3> variants{std::string(prefer_variant), "", std::string(fallback_variant)};
    for (const Format &format : formats) {
        for (const std::string &variant : variants) {
            if (std::optional<Weights> found = of_variant(component_folder, variant, format)) {
                return *found;
            }
        }
    }
    const std::vector<std::string> names = names_in(component_folder);
    const auto other = std::find_if(names.begin(), names.end(), is_pickle_name);
    if (other != names.end()) {
        return Weights{WeightsKind::misnamed, component_folder / *other, "", 0};
    }
    return {};
}

std::string weights_problem(std::string_view component, const fs::path &component_folder, const Weights &weights) {
    std::string name(component);
    if (weights.kind == WeightsKind::misnamed) {
        return name + " has only weights under a name that diffusers does not use (" +
               weights.file.filename().string() +
               "); it must be diffusion_pytorch_model or, for a text encoder, model, with .safetensors, or "
               "diffusion_pytorch_model or pytorch_model with .bin";
    }
    if (weights.kind != WeightsKind::none) {
        return {};
    }
    for (const std::string &entry : names_in(component_folder)) {
        if (entry.ends_with(".safetensors") && !is_file(component_folder / entry)) {
            return name.append("/").append(entry) +
                   " is a link to a file that is not there; the download is incomplete, repeat it";
        }
    }
    return name +
           " has no weights: there is neither diffusion_pytorch_model.safetensors nor model.safetensors nor their "
           "fp16 variant in it, nor their .bin; the download is incomplete, repeat it";
}

std::vector<std::string> folders_in(const fs::path &model_folder) {
    std::vector<std::string> folders;
    std::error_code error;
    for (const std::string &name : names_in(model_folder)) {
        if (!name.starts_with(".") && fs::is_directory(model_folder / name, error)) {
            folders.push_back(name);
        }
    }
    return folders;
}

std::vector<std::string> component_folders(const fs::path &model_folder) {
    constexpr std::array<std::string_view, 2> unused{"safety_checker", "vae_1_0"};
    const auto is_one_of = [](const auto &list, const std::string &name) {
        return std::find(list.begin(), list.end(), name) != list.end();
    };
    std::vector<std::string> components;
    std::error_code error;
    for (const std::string_view component : weight_components) {
        if (fs::is_directory(model_folder / component, error)) {
            components.emplace_back(component);
        }
    }
    for (const std::string &name : folders_in(model_folder)) {
        if (is_one_of(weight_components, name) || is_one_of(unused, name)) {
            continue;
        }
        const WeightsKind kind = find_weights(model_folder / name).kind;
        if (kind == WeightsKind::single || kind == WeightsKind::sharded) {
            components.push_back(name);
        }
    }
    return components;
}

std::string layout_problem(const fs::path &model_folder) {
    bool any = false;
    for (const std::string &component : component_folders(model_folder)) {
        const fs::path folder = model_folder / component;
        any = true;
        std::string problem = weights_problem(component, folder, find_weights(folder));
        if (!problem.empty()) {
            return problem;
        }
    }
    if (!any) {
        return "there is no folder with weights in it, such as unet, transformer, vae or text_encoder; a model's "
               "folder "
               "is in the diffusers layout";
    }
    return {};
}

bool is_vae_folder(const fs::path &folder) {
    if (!is_file(folder / "config.json") || is_file(folder / "model_index.json")) {
        return false;
    }
    const Weights weights = find_weights(folder);
    return (weights.kind == WeightsKind::single || weights.kind == WeightsKind::sharded) &&
           weights.file.filename().string().starts_with(formats.front().names.front());
}

std::uint64_t weights_bytes(const fs::path &model_folder) {
    std::uint64_t sum = 0;
    for (const std::string &component : component_folders(model_folder)) {
        sum += find_weights(model_folder / component).bytes;
    }
    return sum;
}

fs::path configuration_beside(const fs::path &file) {
    return fs::path(file).replace_extension(".yaml");
}

} // namespace able::models
