// The task "generate", with every name resolved: all that a worker needs to make its images, and to make them again.
// Defaults of a request are those of server::Request; here a number that nobody has set is 0.
#pragma once

#include "inpainting.h"
#include "sampling_options.h"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace able::protocol {

struct LoraUse {
    std::string id, path;
    double unet_weight = 1, text_weight = 1;
    std::vector<double> blocks = {}; // the weights are times these, by block: see prompt::LoraBlocks; empty for none
    nlohmann::json params = nlohmann::json::object(); // of the adapter that takes the file; checked, without defaults
};

// A new word (textual inversion).
struct EmbeddingUse {
    std::string id, path;
    std::vector<std::string> words; // what prompts call it
    std::string bundled = {};       // its name inside the LoRA that `path` is; empty: a file of its own
};

// The prompts of an image, drawn from its seed.
struct ImagePrompt {
    std::string prompt, negative_prompt;       // tags included
    std::vector<LoraUse> loras;                // that the prompt's tags ask for
    std::vector<EmbeddingUse> embeddings = {}; // that occur in either
};

// What a few-step LoRA recommends and the request left out.
struct FewStepsUse {
    std::string lora, kind;          // empty: none
    std::vector<std::string> fields; // of the request, which were set so
};

// As images record it too.
void to_json(nlohmann::json &json, const FewStepsUse &use);
void from_json(const nlohmann::json &json, FewStepsUse &use);

struct Generate {
    static constexpr const char *task_name = "generate";

    std::string prompt, negative_prompt;    // as asked for, wildcards included
    std::vector<ImagePrompt> prompts;       // one for all images, or one for each
    std::string prompt_syntax = "a1111";    // or "plain"
    std::string prompt_weighting = "a1111"; // or "comfy"
    std::string model_id, model_path;
    std::string model_kind;              // "folder", "hub" or "file", as the catalogue says
    std::uint32_t width = 0, height = 0; // pixels
    std::uint32_t steps = 0;
    double cfg_scale = 0;
    std::uint64_t seed = 0; // of image 0; image i has seed + i
    std::uint32_t batch_size = 1;
    std::uint32_t first_image = 0; // images before it exist already
    GuidanceOptions guidance;
    NoiseOptions noise;
    DeepCacheOptions deep_cache;
    std::vector<double> sigmas;                                // the request's own noise levels, falling to 0
    std::string sampler, schedule;                             // ids; no schedule where `sigmas` are given
    nlohmann::json sampler_params = nlohmann::json::object();  // checked, without defaults
    nlohmann::json schedule_params = nlohmann::json::object(); // checked, without defaults
    nlohmann::json pipeline_params = nlohmann::json::object(); // likewise, of the model's pipeline
    nlohmann::json load_params = nlohmann::json::object();     // those of them that loading depends on
    std::vector<LoraUse> loras;
    FewStepsUse few_steps;
    std::string vae_id, vae_path;         // empty = the model's own
    std::string refiner_id, refiner_path; // empty = none
    double refiner_start = 0;             // fraction of the noise schedule from which on the refiner goes on
    std::uint32_t clip_skip = 0;          // 0 = the model's default
    std::vector<std::uint8_t> init_image; // an encoded picture; empty = none
    double strength = 0;                  // of img2img
    Inpainting inpainting;                // of init_image
    std::uint32_t preview = 0;            // a preview every n steps; 0 = none
    std::string output_dir;               // the worker writes <id of the job>-<index>.png there
};

// Of image `index`; `spec.prompts` is not empty.
const ImagePrompt &prompt_of(const Generate &spec, std::uint32_t index);
// All LoRAs of an image: the request's, then its prompt's.
std::vector<LoraUse> loras_of(const Generate &spec, const ImagePrompt &prompt);

// How many of `steps` are run for an image that starts from a picture: the last int(steps * strength), as in diffusers'
// StableDiffusionImg2ImgPipeline.get_timesteps.
std::uint32_t steps_from_picture(std::uint32_t steps, double strength);

// Every member has to be there: jobs that an earlier version stored are brought up to date by server/queue/task_row.
void to_json(nlohmann::json &json, const Generate &spec);
void from_json(const nlohmann::json &json, Generate &spec);

} // namespace able::protocol
