// The `parameters` text that UIs read a picture's settings from.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace able::images {

struct LoraHash {
    std::string name;
    std::string hash;
};

// The settings of one picture. Fields that are empty or absent are left out.
struct Parameters {
    std::string prompt;
    std::string negative_prompt;
    std::uint32_t steps = 0;
    std::string sampler;       // as people know it: "Euler a", "DPM++ 2M"
    std::string schedule_type; // "Karras", "Automatic", …
    double cfg_scale = 0;
    std::uint64_t seed = 0;
    std::uint32_t width = 0;
    std::uint32_t height = 0;
    std::string model_hash;
    std::string model;
    std::string vae_hash;
    std::string vae;
    std::optional<double> denoising_strength;
    std::optional<std::uint32_t> clip_skip;
    std::vector<LoraHash> lora_hashes;
    std::vector<std::pair<std::string, std::string>> extra; // written as they come, before the version
    std::string version;                                    // "AbleRefusal 0.1.0"
};

// "prompt\nNegative prompt: …\nSteps: 20, Sampler: Euler a, …, Version: …", in the grammar of AUTOMATIC1111's web UI
// (modules/infotext_utils.py): a value that holds a comma, a colon or a line break is a JSON string.
std::string parameters_text(const Parameters &parameters);

// The shortest text that reads back as the same number, without an exponent: 7.5, 7, 0.05.
std::string number_text(double value);

// `value` as that grammar writes it.
std::string quote_value(std::string_view value);

} // namespace able::images
