#include "metadata.h"

#include <array>
#include <charconv>

namespace able::images {

namespace {

// A JSON string, with everything beyond ASCII as it is.
std::string json_string(std::string_view value) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text = "\"";
    for (const char c : value) {
        switch (c) {
        case '"':
            text += "\\\"";
            break;
        case '\\':
            text += "\\\\";
            break;
        case '\n':
            text += "\\n";
            break;
        case '\r':
            text += "\\r";
            break;
        case '\t':
            text += "\\t";
            break;
        case '\b':
            text += "\\b";
            break;
        case '\f':
            text += "\\f";
            break;
        default:
            if (static_cast<unsigned char>(c) < 0x20U) {
                text += "\\u00";
                text += digits[static_cast<unsigned char>(c) >> 4U];
                text += digits[static_cast<unsigned char>(c) & 15U];
            } else {
                text += c;
            }
        }
    }
    return text + "\"";
}

std::string lora_list(const std::vector<LoraHash> &loras) {
    std::string text;
    for (const LoraHash &lora : loras) {
        text += (text.empty() ? "" : ", ") + lora.name + ": " + lora.hash;
    }
    return text;
}

// Collects "Key: value" pairs, skipping empty values.
class Line {
public:
    void add(std::string_view key, std::string_view value) {
        if (value.empty()) {
            return;
        }
        if (!text_.empty()) {
            text_ += ", ";
        }
        text_ += std::string(key) + ": " + quote_value(value);
    }

    std::string take() { return std::move(text_); }

private:
    std::string text_;
};

} // namespace

std::string number_text(double value) {
    std::array<char, 400> buffer{};
    const auto [end, error] =
        std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::fixed);
    return error == std::errc() ? std::string(buffer.data(), end) : std::string("0");
}

std::string quote_value(std::string_view value) {
    return value.find_first_of(",:\n") == std::string_view::npos ? std::string(value) : json_string(value);
}

std::string parameters_text(const Parameters &parameters) {
    Line line;
    line.add("Steps", std::to_string(parameters.steps));
    line.add("Sampler", parameters.sampler);
    line.add("Schedule type", parameters.schedule_type);
    line.add("CFG scale", number_text(parameters.cfg_scale));
    line.add("Seed", std::to_string(parameters.seed));
    line.add("Size", std::to_string(parameters.width) + "x" + std::to_string(parameters.height));
    line.add("Model hash", parameters.model_hash);
    line.add("Model", parameters.model);
    line.add("VAE hash", parameters.vae_hash);
    line.add("VAE", parameters.vae);
    if (parameters.denoising_strength) {
        line.add("Denoising strength", number_text(*parameters.denoising_strength));
    }
    if (parameters.clip_skip) {
        line.add("Clip skip", std::to_string(*parameters.clip_skip));
    }
    line.add("Lora hashes", lora_list(parameters.lora_hashes));
    for (const auto &[key, value] : parameters.extra) {
        line.add(key, value);
    }
    line.add("Version", parameters.version);

    std::string text = parameters.prompt;
    if (!parameters.negative_prompt.empty()) {
        text += "\nNegative prompt: " + parameters.negative_prompt;
    }
    return text + "\n" + line.take();
}

} // namespace able::images
