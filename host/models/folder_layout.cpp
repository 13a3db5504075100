#include "folder_layout.h"

#include "weight_names.h"

#include <algorithm>
#include <optional>
#include <system_error>

namespace fs = std::filesystem;

namespace able::models {

namespace {

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

} // namespace

Weights find_weights(const fs::path &component_folder, std::string_view prefer_variant) {
    std::vector<std::string> names = names_in(component_folder);
    std::erase_if(names, [&](const std::string &name) {
        return !(is_weight_file_name(name) || name.ends_with(".json")) || !is_file(component_folder / name);
    });
    if (const std::optional<ComponentWeights> chosen = choose_weights(names, prefer_variant)) {
        Weights weights{chosen->sharded ? WeightsKind::sharded : WeightsKind::single, component_folder / chosen->file,
                        chosen->variant, 0};
        for (const std::string &name : chosen->sharded ? chosen->shards : std::vector{chosen->file}) {
            weights.bytes += weight_file_bytes(component_folder / name);
        }
        return weights;
    }
    const auto other = std::find_if(names.begin(), names.end(), [](const std::string &name) {
        return is_weight_file_name(name) && !component_file(name);
    });
    if (other != names.end()) {
        return Weights{WeightsKind::misnamed, component_folder / *other, "", 0};
    }
    return {};
}

std::string weights_problem(std::string_view component, const fs::path &component_folder, const Weights &weights) {
    std::string name(component);
    if (weights.kind == WeightsKind::misnamed) {
        return name + " has only weights under a name that diffusers does not use (" +
               weights.file.filename().string() + "); it must be " + component_weight_names();
    }
    if (weights.kind != WeightsKind::none) {
        return {};
    }
    for (const std::string &entry : names_in(component_folder)) {
        if (is_component_file_name(entry) && !is_file(component_folder / entry)) {
            return name.append("/").append(entry) +
                   " is a link to a file that is not there; the download is incomplete, repeat it";
        }
    }
    return name + " has no weights: there is no " + component_weight_names() +
           " in it, nor their fp16 variant; the download is incomplete, repeat it";
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
           weights.file.filename().string().starts_with(weight_formats.front().bases.front());
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
