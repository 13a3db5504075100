#include "sampling_record.h"

#include <type_traits>

namespace able::worker {

namespace {

std::uint64_t subseed_of(const protocol::Generate &spec, std::uint64_t seed) {
    return spec.noise.subseed + (seed - spec.seed);
}

std::string text_of(const std::string &text) {
    return text;
}
std::string text_of(double number) {
    return images::number_text(number);
}
std::string text_of(std::uint32_t number) {
    return std::to_string(number);
}
std::string text_of(const std::vector<double> &numbers) {
    std::string text;
    for (const double number : numbers) {
        text += (text.empty() ? "" : ", ") + images::number_text(number);
    }
    return text;
}
template <class T>
std::string text_of(const std::optional<T> &value) {
    return text_of(value.value());
}

// Calls `use(option, value)` for every option that is to be recorded, inside other options too.
template <class Options, class Use>
void each_recorded(const Options &options, const Use &use) {
    const Options initial;
    const auto look = [&](const auto &option) {
        using Value = std::remove_cvref_t<decltype(options.*option.place)>;
        const Value &value = options.*option.place;
        if constexpr (base::HasMembers<Value>) {
            each_recorded(value, use);
        } else if (option.recorded.if_set != nullptr ? (options.*option.recorded.if_set)()
                                                     : value != initial.*option.place) {
            use(option.recorded, value);
        }
    };
    std::apply([&](const auto &...each) { (look(each), ...); }, Options::members());
}

const protocol::GenerateOptions &options_of(const protocol::Generate &spec) {
    return spec;
}

} // namespace

void record_options(nlohmann::json &metadata, const protocol::Generate &spec, std::uint64_t seed) {
    each_recorded(options_of(spec), [&](const auto &recorded, const auto &value) {
        if (*recorded.metadata != '\0') {
            metadata[recorded.metadata] = base::to_document(value);
        }
    });
    if (spec.noise.subseed_strength > 0) {
        metadata["subseed"] = subseed_of(spec, seed);
    }
    if (spec.inpainting.on()) {
        metadata["inpaint_region"] = spec.inpainting.only_masked ? "only_masked" : "whole";
    }
}

void record_options(images::Parameters &parameters, const protocol::Generate &spec, std::uint64_t seed) {
    const auto &noise = spec.noise;
    auto &extra = parameters.extra;
    if (noise.subseed_strength > 0) {
        extra.emplace_back("Variation seed", std::to_string(subseed_of(spec, seed)));
        extra.emplace_back("Variation seed strength", images::number_text(noise.subseed_strength));
    }
    if (noise.resized()) {
        extra.emplace_back("Seed resize from",
                           std::to_string(noise.resize_from_width) + "x" + std::to_string(noise.resize_from_height));
    }
    each_recorded(options_of(spec), [&](const auto &recorded, const auto &value) {
        if constexpr (requires { text_of(value); }) {
            if (*recorded.parameter != '\0') {
                extra.emplace_back(recorded.parameter, text_of(value));
            }
        }
    });
}

} // namespace able::worker
