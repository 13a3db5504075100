// The task "generate", with every name resolved: all that a worker needs to make its images, and to make them again.
#pragma once

#include "generate_options.h"

#include "host/base/members.h"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

namespace able::protocol {

struct LoraUse {
    std::string id, path;
    double unet_weight = 1, text_weight = 1;
    std::vector<double> blocks = {}; // the weights are times these, by block: see prompt::LoraBlocks; empty for none
    nlohmann::json params = nlohmann::json::object(); // of the adapter that takes the file; checked, without defaults

    static constexpr auto members() {
        return std::tuple(
            base::member("id", &LoraUse::id), base::member("path", &LoraUse::path),
            base::member("unet_weight", &LoraUse::unet_weight), base::member("text_weight", &LoraUse::text_weight),
            base::later_member("blocks", &LoraUse::blocks), base::later_member("params", &LoraUse::params));
    }
};

// A new word (textual inversion).
struct EmbeddingUse {
    std::string id, path;
    std::vector<std::string> words; // what prompts call it
    std::string bundled = {};       // its name inside the LoRA that `path` is; empty: a file of its own

    static constexpr auto members() {
        return std::tuple(base::member("id", &EmbeddingUse::id), base::member("path", &EmbeddingUse::path),
                          base::member("words", &EmbeddingUse::words),
                          base::later_member("bundled", &EmbeddingUse::bundled));
    }
};

// The prompts of an image, drawn from its seed.
struct ImagePrompt {
    std::string prompt, negative_prompt;       // tags included
    std::vector<LoraUse> loras;                // that the prompt's tags ask for
    std::vector<EmbeddingUse> embeddings = {}; // that occur in either

    static constexpr auto members() {
        return std::tuple(base::member("prompt", &ImagePrompt::prompt),
                          base::member("negative_prompt", &ImagePrompt::negative_prompt),
                          base::later_member("loras", &ImagePrompt::loras),
                          base::later_member("embeddings", &ImagePrompt::embeddings));
    }
};

// What a few-step LoRA recommends and the request left out. Images record it too.
struct FewStepsUse {
    std::string lora, kind;          // empty: none
    std::vector<std::string> fields; // of the request, which were set so

    static constexpr auto members() {
        return std::tuple(base::member("lora", &FewStepsUse::lora), base::member("kind", &FewStepsUse::kind),
                          base::member("fields", &FewStepsUse::fields));
    }
};

struct Generate : GenerateOptions {
    static constexpr base::Tag tag{"task", "generate"};

    std::string prompt, negative_prompt; // as asked for, wildcards included
    std::vector<ImagePrompt> prompts;    // one for all images, or one for each
    std::string model_id, model_path;
    std::uint32_t width = 0, height = 0; // pixels
    std::uint32_t steps = 0;
    double cfg_scale = 0;
    std::uint64_t seed = 0;                                // of image 0; image i has seed + i
    std::uint32_t first_image = 0;                         // images before it exist already
    std::string sampler, schedule;                         // ids; no schedule where there are sigmas
    nlohmann::json load_params = nlohmann::json::object(); // those of pipeline_params that loading depends on
    std::vector<LoraUse> loras;
    FewStepsUse few_steps;
    std::string vae_id, vae_path;         // empty = the model's own
    std::string refiner_id, refiner_path; // empty = none
    std::uint32_t clip_skip = 0;          // 0 = the model's default
    std::string output_dir;               // the worker writes <id of the job>-<index>.png there

    static constexpr auto members() {
        using base::later_member;
        using base::member;
        return std::tuple_cat(
            GenerateOptions::members(),
            std::tuple(member("prompt", &Generate::prompt), member("negative_prompt", &Generate::negative_prompt),
                       member("prompts", &Generate::prompts), member("model_id", &Generate::model_id),
                       member("model_path", &Generate::model_path), member("width", &Generate::width),
                       member("height", &Generate::height), member("steps", &Generate::steps),
                       member("cfg_scale", &Generate::cfg_scale), member("seed", &Generate::seed),
                       member("first_image", &Generate::first_image), member("sampler", &Generate::sampler),
                       member("schedule", &Generate::schedule), later_member("load_params", &Generate::load_params),
                       member("loras", &Generate::loras), later_member("few_steps", &Generate::few_steps),
                       member("vae_id", &Generate::vae_id), member("vae_path", &Generate::vae_path),
                       member("refiner_id", &Generate::refiner_id), member("refiner_path", &Generate::refiner_path),
                       member("clip_skip", &Generate::clip_skip), member("output_dir", &Generate::output_dir)));
    }
};

// Of image `index`; `spec.prompts` is not empty.
const ImagePrompt &prompt_of(const Generate &spec, std::uint32_t index);
// All LoRAs of an image: the request's, then its prompt's.
std::vector<LoraUse> loras_of(const Generate &spec, const ImagePrompt &prompt);

// How many of `steps` are run for an image that starts from a picture: the last int(steps * strength), as in diffusers'
// StableDiffusionImg2ImgPipeline.get_timesteps.
std::uint32_t steps_from_picture(std::uint32_t steps, double strength);

} // namespace able::protocol
