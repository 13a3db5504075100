#include "ldm_yaml.h"

#include <yaml-cpp/yaml.h>

#include <cmath>
#include <initializer_list>
#include <string>
#include <string_view>

namespace able::diffusion {
namespace {

constexpr const char *broken = "the configuration beside it (.yaml) is not valid; correct it or remove it";

// Deeper than any configuration goes: yaml-cpp reads nested lists by recursion.
constexpr int deepest = 100;

bool too_deep(std::string_view text) {
    int depth = 0;
    int column = 0;
    bool indenting = true;
    for (const char c : text) {
        if (c == '\n') {
            column = 0;
            indenting = true;
        } else if (indenting && (c == ' ' || c == '-' || c == '?')) {
            ++column;
        } else {
            indenting = false;
        }
        depth += c == '[' || c == '{' ? 1 : c == ']' || c == '}' ? -1 : 0;
        if (depth > deepest || column > 4 * deepest) {
            return true;
        }
    }
    return false;
}

// An undefined node if something on the path is not a map or lacks the key.
YAML::Node at(YAML::Node node, std::initializer_list<const char *> path) {
    for (const char *key : path) {
        if (!node || !node.IsMap()) {
            return YAML::Node(YAML::NodeType::Undefined);
        }
        node.reset(node[key]);
    }
    return node;
}

double number_in(const YAML::Node &params, const char *key, double fallback, double low, double high) {
    const YAML::Node value = params[key];
    if (!value) {
        return fallback;
    }
    const auto number = value.as<double>();
    if (!(number >= low && number <= high)) {
        throw YAML::RepresentationException(value.Mark(), key);
    }
    return number;
}

int64_t integer_in(const YAML::Node &params, const char *key, int64_t low, int64_t high) {
    const double number = number_in(params, key, 0, static_cast<double>(low), static_cast<double>(high));
    if (number != std::floor(number)) {
        throw YAML::RepresentationException(params[key].Mark(), key);
    }
    return static_cast<int64_t>(number);
}

void apply(const YAML::Node &root, LdmLayout &layout) {
    if (root.IsNull()) {
        return;
    }
    if (!root.IsMap() || !root["model"]) {
        layout.problem =
            "the file beside it (.yaml) is no configuration of a model: it has no \"model\"; correct it or "
            "remove it";
        return;
    }
    const YAML::Node params = at(root, {"model", "params"});
    if (!params || !params.IsMap()) {
        return;
    }
    // As Stability's generative-models have it (sgm/modules/diffusionmodules/denoiser_scaling.py).
    if (const YAML::Node scaling = at(params, {"denoiser_config", "params", "scaling_config", "target"})) {
        const auto target = scaling.as<std::string>();
        const std::string name = target.substr(target.rfind('.') + 1);
        if (name != "VScaling" && name != "EpsScaling") {
            layout.problem =
                "the configuration beside it (.yaml) names a denoiser's scaling that is neither EpsScaling nor "
                "VScaling; no other is supported";
            return;
        }
        layout.prediction = name == "VScaling" ? LdmPrediction::v : LdmPrediction::epsilon;
    }
    if (const YAML::Node said = params["parameterization"]) {
        const auto name = said.as<std::string>();
        if (name != "v" && name != "eps") {
            layout.problem = "the configuration beside it (.yaml) names a parameterization that is neither \"eps\" nor "
                             "\"v\"; no other is supported";
            return;
        }
        layout.prediction = name == "v" ? LdmPrediction::v : LdmPrediction::epsilon;
    }
    layout.beta_start = number_in(params, "linear_start", layout.beta_start, 1e-6, 0.999);
    layout.beta_end = number_in(params, "linear_end", layout.beta_end, 1e-6, 0.999);
    if (params["timesteps"]) {
        layout.timesteps = integer_in(params, "timesteps", 2, 100'000);
    }
    layout.scale_factor = number_in(params, "scale_factor", layout.scale_factor, 1e-6, 1e6);
    const YAML::Node unet = at(params, {params["network_config"] ? "network_config" : "unet_config", "params"});
    if (!unet || !unet.IsMap()) {
        return;
    }
    // In the files of Stable Diffusion 1, -1 means that the other of the two keys counts.
    if (unet["num_heads"] && unet["num_heads"].as<int64_t>() != -1) {
        layout.unet.heads = integer_in(unet, "num_heads", 1, 4096);
    }
    if (unet["num_head_channels"] && unet["num_head_channels"].as<int64_t>() != -1) {
        layout.unet.head_channels = integer_in(unet, "num_head_channels", 1, 65'536);
    }
}

} // namespace

void apply_yaml(const able_source *source, LdmLayout &layout) {
    uint64_t length = 0;
    const char *text = source->text != nullptr ? source->text(source, "config.yaml", &length) : nullptr;
    if (text == nullptr) {
        return;
    }
    if (too_deep({text, length})) {
        layout.problem = broken;
        return;
    }
    try {
        apply(YAML::Load(std::string(text, length)), layout);
    } catch (const YAML::Exception &) {
        layout.problem = broken;
    }
}

} // namespace able::diffusion
