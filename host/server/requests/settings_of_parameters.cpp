#include "a1111_parameters.h"
#include "embeddings.h"
#include "picture_loras.h"
#include "picture_settings.h"
#include "refusal.h"
#include "settings_builder.h"

#include "host/base/ascii.h"
#include "host/prompt/error.h"
#include "host/prompt/expansion.h"
#include "host/protocol/generate_options.h"

#include <algorithm>
#include <array>
#include <tuple>
#include <type_traits>

namespace able::server {
namespace {

using nlohmann::json;

struct Number {
    std::string_view name;
    const char *field;
};

// A1111's names. Those of options are in protocol/generate_options.h.
constexpr std::array numbers{
    Number{"steps", "steps"},
    Number{"cfg scale", "cfg_scale"},
    Number{"seed", "seed"},
    Number{"clip skip", "clip_skip"},
    Number{"variation seed", "subseed"},
    Number{"variation seed strength", "subseed_strength"},
    Number{"mask blur", "mask_blur"},
    Number{"masked area padding", "inpaint_padding"},
    Number{"refiner switch at", "refiner_start"},
};

// Parameters of samplers and schedules, by the keys that k-diffusion's have.
struct Param {
    std::string_view name;
    const char *field, *key;
};
constexpr std::array params{
    Param{"eta", "sampler_params", "eta"},
    Param{"eta ddim", "sampler_params", "eta"},
    Param{"sigma churn", "sampler_params", "s_churn"},
    Param{"sigma tmin", "sampler_params", "s_tmin"},
    Param{"sigma tmax", "sampler_params", "s_tmax"},
    Param{"sigma noise", "sampler_params", "s_noise"},
    Param{"schedule rho", "schedule_params", "rho"},
    Param{"schedule min sigma", "schedule_params", "sigma_min"},
    Param{"schedule max sigma", "schedule_params", "sigma_max"},
};

// Names that are read elsewhere below, or that do not affect the picture. Styles and drawn templates are in the prompt
// already.
constexpr std::array<std::string_view, 24> no_more_to_say{
    "sampler",    "schedule type", "size",        "seed resize from",  "model",  "vae",
    "model hash", "vae hash",      "lora hashes", "ti hashes",         "hashes", "ti",
    "refiner",    "version",       "template",    "negative template", "styles", "user",
    "rng",        "inpaint area",  "mask mode",   "masked content",    "sigmas", "denoising strength"};

// The names of options that are numbers, in small letters, with the fields of the request.
template <class Options>
void add_options(std::vector<std::pair<std::string, std::string>> &names) {
    const auto add = [&](const auto &option) {
        using Value = std::remove_cvref_t<decltype(std::declval<Options>().*option.place)>;
        if constexpr (base::HasMembers<Value>) {
            add_options<Value>(names);
        } else if constexpr (std::is_arithmetic_v<Value> || std::is_same_v<Value, std::optional<double>>) {
            if (*option.recorded.parameter != '\0') {
                names.emplace_back(base::lower(option.recorded.parameter), option.recorded.metadata);
            }
        }
    };
    std::apply([&](const auto &...options) { (add(options), ...); }, Options::members());
}

const std::string *field_of_option(const std::string &name) {
    static const auto names = [] {
        std::vector<std::pair<std::string, std::string>> all;
        add_options<protocol::GenerateOptions>(all);
        return all;
    }();
    const auto found = std::find_if(names.begin(), names.end(), [&](const auto &each) { return each.first == name; });
    return found == names.end() ? nullptr : &found->second;
}

class Reader {
public:
    Reader(const A1111Parameters &parameters, const plugins::Registry &registry, const Catalogue &catalogue)
        : parameters_(parameters), settings_(registry, catalogue) {}

    PictureSettings read() {
        take_prompts();
        take_sampler();
        take_files();
        take_sizes();
        take_inpainting();
        take_strength();
        take_sigmas();
        for (const auto &[name, value] : parameters_.values) {
            take_other(base::lower(name), name, value);
        }
        if (!hires_.empty()) {
            settings_.warn("the hires pass (" + hires_ +
                           ") is left out: there is none here; the size is the first "
                           "pass's, and POST /generate with init_image can take its place");
        }
        check_noise();
        return settings_.finish();
    }

private:
    const std::string *find(std::string_view name) const { return parameters_.find(name); }

    void take_prompts() {
        std::vector<PictureLora> known;
        if (const auto *hashes = find("lora hashes")) {
            for (auto &[name, hash] : name_pairs(*hashes)) {
                known.push_back({name, hash});
            }
        }
        add_hashes_object(known);
        PictureLoras loras(settings_.catalogue(), std::move(known), settings_.warnings());
        // If it was a template, it has been drawn already, so nothing in it is drawn here.
        const auto names = template_like_names(settings_.catalogue());
        try {
            settings_.take("prompt", prompt::without_draws(loras.take_prompt(parameters_.prompt), names));
            if (!parameters_.negative_prompt.empty()) {
                settings_.take("negative_prompt", prompt::without_draws(parameters_.negative_prompt, names));
            }
        } catch (const prompt::PromptError &error) {
            settings_.warn(std::string("the prompt is left out: ") + error.what());
        }
        if (const json rest = loras.rest(); !rest.empty()) {
            settings_.take("loras", rest);
        }
        if (const auto *hashes = find("ti hashes")) {
            for (const auto &[name, hash] : name_pairs(*hashes)) {
                settings_.need_embedding(name, hash);
            }
        }
    }

    // {"lora:ink": "0123", "embed:easy": "4567", "model": "89ab"}, as sites write it.
    void add_hashes_object(std::vector<PictureLora> &loras) const {
        const auto *text = find("hashes");
        const json hashes = text == nullptr ? json() : json::parse(*text, nullptr, false);
        if (!hashes.is_object()) {
            return;
        }
        constexpr std::string_view mark = "lora:";
        for (const auto &[key, hash] : hashes.items()) {
            const std::string name = key.starts_with(mark) ? key.substr(mark.size()) : "";
            const bool listed =
                std::any_of(loras.begin(), loras.end(), [&](const auto &lora) { return lora.id == name; });
            if (!name.empty() && !listed && hash.is_string()) {
                loras.push_back({name, hash.get<std::string>()});
            }
        }
    }

    void take_sampler() {
        if (const auto *sampler = find("sampler")) {
            settings_.take_sampler(*sampler);
        }
        if (const auto *schedule = find("schedule type");
            schedule != nullptr && base::lower(*schedule) != "automatic" && find("sigmas") == nullptr) {
            settings_.take_schedule(*schedule);
        }
    }

    void take_files() {
        if (const auto *model = find("model")) {
            settings_.take_model("model", *model);
        }
        if (const auto *vae = find("vae");
            vae != nullptr && base::lower(*vae) != "automatic" && base::lower(*vae) != "none") {
            settings_.take_vae(*vae);
        }
        if (const auto *refiner = find("refiner")) {
            settings_.take_model("refiner", refiner->substr(0, refiner->find(" [")));
        }
    }

    void take_size(const char *name, const char *width, const char *height) {
        const auto *size = find(name);
        const std::size_t cross = size == nullptr ? std::string::npos : size->find('x');
        if (cross == std::string::npos || *size == "0x0") {
            return;
        }
        settings_.take_number(width, size->substr(0, cross));
        settings_.take_number(height, size->substr(cross + 1));
    }

    void take_sizes() {
        take_size("size", "width", "height");
        take_size("seed resize from", "seed_resize_from_width", "seed_resize_from_height");
    }

    void take_inpainting() {
        if (const auto *area = find("inpaint area")) {
            settings_.take("inpaint_region", base::lower(*area) == "only masked" ? "only_masked" : "whole");
        }
        if (const auto *mode = find("mask mode")) {
            settings_.take("mask_invert", base::lower(*mode) == "inpaint not masked");
        }
        if (const auto *content = find("masked content")) {
            const std::string word = base::lower(*content);
            settings_.take("mask_content", word == "latent noise"     ? "noise"
                                           : word == "latent nothing" ? "zeros"
                                                                      : word);
        }
    }

    bool has_hires() const {
        return std::any_of(parameters_.values.begin(), parameters_.values.end(),
                           [](const auto &value) { return base::lower(value.first).starts_with("hires "); });
    }

    // The strength of a hires pass has the same name.
    void take_strength() {
        if (const auto *strength = find("denoising strength"); strength != nullptr && !has_hires()) {
            settings_.take_number("strength", *strength);
        }
    }

    void take_sigmas() {
        const auto *text = find("sigmas");
        if (text == nullptr) {
            return;
        }
        const json levels = json::parse("[" + *text + "]", nullptr, false);
        settings_.take("sigmas", levels.is_array() ? levels : json(*text));
    }

    void take_other(const std::string &name, const std::string &shown, const std::string &value) {
        if (const std::string *field = field_of_option(name)) {
            return settings_.take_number(field->c_str(), value);
        }
        const auto number =
            std::find_if(numbers.begin(), numbers.end(), [&](const Number &each) { return name == each.name; });
        if (number != numbers.end()) {
            if (name != "steps" || find("sigmas") == nullptr) {
                settings_.take_number(number->field, value);
            }
            return;
        }
        const auto param =
            std::find_if(params.begin(), params.end(), [&](const Param &each) { return name == each.name; });
        if (param != params.end() && settings_.has_param(param->field, param->key)) {
            const json as_number = json::parse(value, nullptr, false);
            return settings_.take_params(param->field, {{param->key, as_number.is_number() ? as_number : json(value)}});
        }
        if (name.starts_with("hires ")) {
            hires_ += (hires_.empty() ? "" : ", ") + shown + ": " + value.substr(0, 100);
            return;
        }
        if (std::find(no_more_to_say.begin(), no_more_to_say.end(), name) == no_more_to_say.end()) {
            settings_.warn(shown.substr(0, 100) + ": " + value.substr(0, 100) +
                           " is left out: there is nothing like it here");
        }
    }

    // A1111 and Forge draw the noise on the graphics card unless RNG says otherwise; other programs do not tell.
    void check_noise() {
        const auto *source = find("rng");
        const auto *version = find("version");
        const bool theirs = version != nullptr && (version->starts_with("v1.") || version->starts_with("f"));
        if ((source != nullptr && base::lower(*source) != "cpu") || (source == nullptr && theirs)) {
            settings_.warn("the seed gives another picture: its noise was a graphics card's (RNG: " +
                           (source == nullptr ? std::string("GPU") : source->substr(0, 20)) +
                           "), and here it is the "
                           "CPU's");
        }
    }

    const A1111Parameters &parameters_;
    SettingsBuilder settings_;
    std::string hires_;
};

} // namespace

std::optional<PictureSettings> settings_of_parameters(std::string_view text, const plugins::Registry &registry,
                                                      const Catalogue &catalogue) {
    const auto parameters = parse_a1111_parameters(text);
    if (!parameters) {
        return std::nullopt;
    }
    return Reader(*parameters, registry, catalogue).read();
}

} // namespace able::server
