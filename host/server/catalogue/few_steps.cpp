#include "few_steps.h"

#include "host/base/ascii.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

namespace able::server {

namespace {

// What must be in a name besides the word itself: most of these words are ordinary ones too.
enum class Sign {
    word,          // nothing
    steps,         // "4step", "8-steps"
    before_family, // "hyper-sdxl", or steps
    after_family,  // "sd_xl_turbo", or steps
};

struct Kind {
    std::string_view word;
    Sign sign;
    const char *sampler, *schedule;
    std::uint32_t steps; // where the name does not say
    double cfg_scale;
};

// A guidance scale of 1 is none at all, which diffusers writes as 0. The timesteps 999, 749, 499, 249 of diffusers'
// timestep_spacing "trailing" are those of the schedule "turbo"; DDIM without noise is Euler.
constexpr std::array kinds{
    // Luo et al. 2023, "LCM-LoRA"; huggingface.co/latent-consistency/lcm-lora-sdxl: LCMScheduler, 4 steps, guidance 0
    Kind{"lcm", Sign::word, "lcm", "lcm", 4, 1},
    // Zheng et al. 2024, "Trajectory Consistency Distillation"; huggingface.co/h1t/TCD-SDXL-LoRA: TCDScheduler, 4, 0
    Kind{"tcd", Sign::word, "tcd", "lcm", 4, 1},
    // Yin et al. 2024; huggingface.co/tianweiy/DMD2: LCMScheduler, timesteps 999, 749, 499, 249, guidance 0
    Kind{"dmd", Sign::word, "lcm", "turbo", 4, 1},
    // Lin et al. 2024; huggingface.co/ByteDance/SDXL-Lightning: EulerDiscreteScheduler, trailing, guidance 0
    Kind{"lightning", Sign::steps, "euler", "turbo", 4, 1},
    // Ren et al. 2024; huggingface.co/ByteDance/Hyper-SD: DDIMScheduler, trailing, guidance 0
    Kind{"hyper", Sign::before_family, "euler", "turbo", 8, 1},
    // Wang et al. 2024, "Phased Consistency Models"; huggingface.co/wangfuyun/PCM_Weights: DDIMScheduler, trailing
    Kind{"pcm", Sign::steps, "euler", "turbo", 4, 1},
    // Chadebec et al. 2024; huggingface.co/jasperai/flash-sdxl: LCMScheduler, trailing, 4 steps, guidance 0
    Kind{"flash", Sign::before_family, "lcm", "turbo", 4, 1},
    // Sauer et al. 2023; huggingface.co/stabilityai/sdxl-turbo: EulerAncestralDiscreteScheduler, trailing, guidance 0
    Kind{"turbo", Sign::after_family, "euler_a", "turbo", 4, 1},
};

// Hyper-SD's "CFG-preserved" LoRAs, of 8 and 12 steps, are for guidance scales of 5 to 8.
constexpr double hyper_cfg_scale = 5;
constexpr std::uint32_t most_steps = 32;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_letter(char c) {
    return c >= 'a' && c <= 'z';
}

// Runs of letters and runs of digits, in lower case: "SDXL-Lightning_4step" is sdxl, lightning, 4, step.
std::vector<std::string> words_of(std::string_view text) {
    std::vector<std::string> words;
    char last = 0;
    for (const char each : text) {
        const char c = base::lower(each);
        const bool goes_on = (is_letter(c) && is_letter(last)) || (is_digit(c) && is_digit(last));
        last = c;
        if (!is_letter(c) && !is_digit(c)) {
            continue;
        }
        if (!goes_on) {
            words.emplace_back();
        }
        words.back() += c;
    }
    return words;
}

std::optional<std::uint32_t> steps_in(const std::vector<std::string> &words) {
    for (std::size_t i = 1; i < words.size(); ++i) {
        const std::string &number = words[i - 1];
        std::uint32_t steps = 0;
        const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), steps);
        if ((words[i] == "step" || words[i] == "steps") && error == std::errc() &&
            end == number.data() + number.size() && steps >= 1 && steps <= most_steps) {
            return steps;
        }
    }
    return std::nullopt;
}

bool is_family(const std::vector<std::string> &words, std::size_t index) {
    return index < words.size() && (words[index] == "sd" || words[index] == "sdxl" || words[index] == "xl");
}

bool is_there(const Kind &kind, const std::vector<std::string> &words, bool says_steps) {
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (words[i] != kind.word) {
            continue;
        }
        const bool enough = kind.sign == Sign::word || says_steps ||
                            (kind.sign == Sign::before_family && is_family(words, i + 1)) ||
                            (kind.sign == Sign::after_family && i > 0 && is_family(words, i - 1));
        if (enough) {
            return true;
        }
    }
    return false;
}

std::optional<FewSteps> few_steps_in(std::string_view text) {
    const std::vector<std::string> words = words_of(text);
    const auto steps = steps_in(words);
    for (const Kind &kind : kinds) {
        if (!is_there(kind, words, steps.has_value())) {
            continue;
        }
        FewSteps found{std::string(kind.word), kind.sampler, kind.schedule, steps.value_or(kind.steps), kind.cfg_scale};
        const bool guided = std::find(words.begin(), words.end(), "cfg") != words.end();
        if (kind.word == "hyper" && guided) {
            found.cfg_scale = hyper_cfg_scale;
        }
        return found;
    }
    return std::nullopt;
}

} // namespace

std::optional<FewSteps> few_steps_of(std::string_view id, std::string_view title) {
    auto found = few_steps_in(id);
    return found ? found : few_steps_in(title);
}

nlohmann::json few_steps_json(const std::optional<FewSteps> &few_steps) {
    if (!few_steps) {
        return nullptr;
    }
    return {{"kind", few_steps->kind},
            {"sampler", few_steps->sampler},
            {"schedule", few_steps->schedule},
            {"steps", few_steps->steps},
            {"cfg_scale", few_steps->cfg_scale}};
}

} // namespace able::server
