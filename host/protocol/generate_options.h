// What a request may say of its pictures that the worker takes over as it is. A new one has a row here, a row in
// server/requests/generate_fields.cpp, and its use in the worker: the rest follows from these rows, which are the codec
// of messages and of stored jobs, and what a picture's metadata says.
#pragma once

#include "option.h"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

namespace able::protocol {

struct NoiseOptions {
    std::uint64_t subseed = 0;   // image i of a batch has subseed + i
    double subseed_strength = 0; // 0 to 1: how far the initial noise goes from the seed's to the subseed's
    std::uint32_t resize_from_width = 0, resize_from_height = 0; // pixels; 0 = no noise of another size
    // Added to the seed for the noise that samplers draw; 0 = one stream for all.
    std::uint32_t eta_noise_seed_delta = 0;

    bool resized() const noexcept { return resize_from_width != 0 && resize_from_height != 0; }

    static constexpr auto members() {
        using Options = NoiseOptions;
        return std::tuple(option("subseed", &Options::subseed),
                          option("subseed_strength", &Options::subseed_strength, {.metadata = "subseed_strength"}),
                          option("resize_from_width", &Options::resize_from_width,
                                 {.metadata = "seed_resize_from_width", .if_set = &Options::resized}),
                          option("resize_from_height", &Options::resize_from_height,
                                 {.metadata = "seed_resize_from_height", .if_set = &Options::resized}),
                          option("eta_noise_seed_delta", &Options::eta_noise_seed_delta,
                                 {.metadata = "eta_noise_seed_delta", .parameter = "ENSD"}));
    }
};

struct GuidanceOptions {
    double rescale = 0;                   // 0 to 1: how far the prediction gets back the conditional one's deviation
    std::optional<double> perp_neg_scale; // of the negative prompt's perpendicular part; none: plain guidance
    double start = 0, end = 1;            // fractions of the steps: guided from `start` on, until `end`

    static constexpr auto members() {
        using Options = GuidanceOptions;
        return std::tuple(
            option("rescale", &Options::rescale, {.metadata = "guidance_rescale", .parameter = "CFG Rescale"}),
            option("perp_neg_scale", &Options::perp_neg_scale,
                   {.metadata = "perp_neg_scale", .parameter = "Perp-Neg scale"}),
            option("start", &Options::start, {.metadata = "guidance_start", .parameter = "Guidance start"}),
            option("end", &Options::end, {.metadata = "guidance_end", .parameter = "Guidance end"}));
    }
};

struct DeepCacheOptions {
    std::uint32_t interval = 1; // every how many evaluations one is of the whole network; 1 = all are
    std::uint32_t branch = 0;   // the skip connection above which the others compute

    bool on() const noexcept { return interval > 1; }

    static constexpr auto members() {
        using Options = DeepCacheOptions;
        return std::tuple(
            option("interval", &Options::interval,
                   {.metadata = "deep_cache_interval", .parameter = "DeepCache interval", .if_set = &Options::on}),
            option("branch", &Options::branch,
                   {.metadata = "deep_cache_branch", .parameter = "DeepCache branch", .if_set = &Options::on}));
    }
};

// How a part of the picture to start from is painted anew.
struct Inpainting {
    std::vector<std::uint8_t> mask;   // an encoded picture, white where to paint; empty = all of it
    std::uint32_t blur = 4;           // of the mask's edge: sigma in pixels
    bool invert = false;              // black is where to paint
    bool only_masked = false;         // that part alone is painted, at the job's size, and put back; else all at once
    std::uint32_t padding = 32;       // pixels around it, of the picture to start from
    std::string content = "original"; // what is under the mask at first: "original", "fill", "noise", "zeros"

    bool on() const noexcept { return !mask.empty(); }
    bool padded() const noexcept { return on() && only_masked; }

    static constexpr auto members() {
        using Options = Inpainting;
        return std::tuple(
            option("mask", &Options::mask),
            option("blur", &Options::blur, {.metadata = "mask_blur", .if_set = &Options::on}),
            option("invert", &Options::invert, {.metadata = "mask_invert", .if_set = &Options::on}),
            option("only_masked", &Options::only_masked),
            option("padding", &Options::padding, {.metadata = "inpaint_padding", .if_set = &Options::padded}),
            option("content", &Options::content, {.metadata = "mask_content", .if_set = &Options::on}));
    }
};

struct GenerateOptions {
    std::string prompt_syntax = "a1111";    // or "plain"
    std::string prompt_weighting = "a1111"; // or "comfy"
    std::uint32_t batch_size = 1;
    NoiseOptions noise;
    GuidanceOptions guidance;
    DeepCacheOptions deep_cache;
    std::vector<double> sigmas; // noise levels instead of steps and schedule, falling to 0
    nlohmann::json sampler_params = nlohmann::json::object();  // checked, without defaults
    nlohmann::json schedule_params = nlohmann::json::object(); // likewise
    nlohmann::json pipeline_params = nlohmann::json::object(); // likewise, of the model's pipeline
    double refiner_start = 0.8;           // fraction of the noise schedule from which on the refiner goes on
    std::vector<std::uint8_t> init_image; // an encoded picture to start from; empty = none
    double strength = 0.75;               // how far to go from it
    Inpainting inpainting;                // of it
    std::uint32_t preview = 0;            // a preview every n steps; 0 = none

    bool from_picture() const noexcept { return !init_image.empty(); }

    static constexpr auto members() {
        using Options = GenerateOptions;
        return std::tuple(
            option("prompt_syntax", &Options::prompt_syntax, {.metadata = "prompt_syntax"}),
            option("prompt_weighting", &Options::prompt_weighting, {.metadata = "prompt_weighting"}),
            option("batch_size", &Options::batch_size), option("noise", &Options::noise),
            option("guidance", &Options::guidance), option("deep_cache", &Options::deep_cache),
            option("sigmas", &Options::sigmas, {.metadata = "sigmas", .parameter = "Sigmas"}),
            option("sampler_params", &Options::sampler_params), option("schedule_params", &Options::schedule_params),
            option("pipeline_params", &Options::pipeline_params, {.metadata = "pipeline_params"}),
            option("refiner_start", &Options::refiner_start), option("init_image", &Options::init_image),
            option("strength", &Options::strength, {.metadata = "strength", .if_set = &Options::from_picture}),
            option("inpainting", &Options::inpainting), option("preview", &Options::preview));
    }
};

} // namespace able::protocol
