// The families of models: what adapters tell them by, and what a single file of weights does not say of itself.
//
// One table for pipelines and adapters. It needs the standard library alone, because the adapter plugins include it.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace able::families {

enum class Predicts : std::uint8_t { either, epsilon, v };

// Values as in the configurations of the family's own repositories.
struct SingleFile {
    // A file is of the first row whose signs it has: how much the UNet embeds beside the timestep, whether linear
    // layers surround its transformers, what it predicts.
    std::int64_t added_width = 0;
    bool linear_projection = true;
    Predicts predicts = Predicts::either;

    std::int64_t sample_size = 0;
    std::int64_t heads = 0; // of attention at every level; 0: heads of 64 channels
    bool upcast_attention = false;
    bool upcast_vae = false;
    double scale_factor = 0; // of the latents
    const char *scheduler = nullptr;
    const char *pipeline = nullptr; // null: single files of the family are not read
    const char *inpainting = nullptr;
    const char *index = "{}"; // what else model_index.json says, as JSON
};

struct Family {
    const char *id;   // as in able_model_probe
    const char *name; // for people
    // What tells an adapter's family: how many numbers cross-attention reads for each token of the prompt, and how many
    // an embedding's vectors have. 0: they do not tell.
    std::int64_t context_width = 0;
    std::int64_t token_width = 0;
    SingleFile single_file = {};
};

// A family has more than one row where its models differ.
inline constexpr std::array table{
    Family{"sd1", "SD 1.x", 768, 768, // CLIP ViT-L
           SingleFile{.linear_projection = false,
                      .sample_size = 64,
                      .heads = 8, // whatever their width
                      .scale_factor = 0.18215,
                      .scheduler = "DDIMScheduler",
                      .pipeline = "StableDiffusionPipeline",
                      .inpainting = "StableDiffusionInpaintPipeline"}},
    Family{"sd2", "SD 2.x", 1024, 1024, // OpenCLIP ViT-H
           SingleFile{.predicts = Predicts::epsilon,
                      .sample_size = 64,
                      .scale_factor = 0.18215,
                      .scheduler = "DDIMScheduler",
                      .pipeline = "StableDiffusionPipeline",
                      .inpainting = "StableDiffusionInpaintPipeline"}},
    Family{"sd2", "SD 2.x", 1024, 1024,
           SingleFile{.predicts = Predicts::v,
                      .sample_size = 96,
                      .upcast_attention = true, // as SD 2.1's own; in fp16 its scores overflow
                      .scale_factor = 0.18215,
                      .scheduler = "DDIMScheduler",
                      .pipeline = "StableDiffusionPipeline",
                      .inpainting = "StableDiffusionInpaintPipeline"}},
    Family{"sdxl", "SDXL", 2048, 1280,                             // OpenCLIP ViT-bigG
           SingleFile{.added_width = 1280 + std::int64_t{6} * 256, // a pooled prompt, and six numbers
                      .sample_size = 128,
                      .upcast_vae = true,
                      .scale_factor = 0.13025,
                      .scheduler = "EulerDiscreteScheduler",
                      .pipeline = "StableDiffusionXLPipeline",
                      .inpainting = "StableDiffusionXLInpaintPipeline",
                      .index = R"({"force_zeros_for_empty_prompt": true})"}},
    Family{"sdxl", "SDXL", 1280, 1280, // the refiner, which reads OpenCLIP ViT-bigG alone
           SingleFile{.added_width = 1280 + std::int64_t{5} * 256,
                      .sample_size = 128,
                      .upcast_vae = true,
                      .scale_factor = 0.13025,
                      .scheduler = "EulerDiscreteScheduler",
                      .pipeline = "StableDiffusionXLImg2ImgPipeline",
                      .inpainting = "StableDiffusionXLImg2ImgPipeline",
                      .index = R"({"force_zeros_for_empty_prompt": false, "requires_aesthetics_score": true})"}},
    Family{"sd3", "SD 3"},
    Family{"flux", "FLUX"},
};

// The id of the first family whose cross-attention reads, or whose tokens' embeddings have, so many numbers; null if
// there is none.
inline const char *by_context_width(std::int64_t width) noexcept {
    for (const Family &family : table) {
        if (width != 0 && family.context_width == width) {
            return family.id;
        }
    }
    return nullptr;
}

inline const char *by_token_width(std::int64_t width) noexcept {
    for (const Family &family : table) {
        if (width != 0 && family.token_width == width) {
            return family.id;
        }
    }
    return nullptr;
}

// For people: "SDXL" for "sdxl"; the id itself where there is no other name.
inline std::string name_of(std::string_view id) {
    for (const Family &family : table) {
        if (id == family.id) {
            return family.name;
        }
    }
    return std::string(id);
}

} // namespace able::families
