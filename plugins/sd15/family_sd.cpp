#include "family_sd.h"

#include "prompt.h"
#include "unet_config.h"

#include <ablerefusal/glue.hpp>

namespace able::sd15 {
namespace {

std::unique_ptr<able_conditioning> condition(std::vector<diffusion::TextStage> &texts, const able_text_request &request,
                                             const able_job *job) {
    diffusion::TextStage &text = texts.front();
    const int64_t skipped = diffusion::skipped_layers(request, 0, text.encoder.config().layers);
    const diffusion::PromptRows rows = text.rows(text.chunks(diffusion::pieces_of(request)));
    const auto encode = [&](const diffusion::PromptRows &prompt) {
        return text.encoder.final_norm(text.encoder.hidden(prompt.ids, prompt.replaced, skipped, job));
    };
    return std::make_unique<able_conditioning>(
        text.context(rows, encode(rows), diffusion::weighting_of(request), encode));
}

// A linear fit to SD 1.x's decoder, which 2.x kept, that circulates among its users, in these digits in ComfyUI's
// latent_formats.py.
constexpr diffusion::LatentColours colours{
    {{{0.3512F, 0.2297F, 0.3227F},
      {0.3250F, 0.4974F, 0.2350F},
      {-0.2829F, 0.1762F, 0.2721F},
      {-0.2120F, -0.2616F, -0.7177F}}},
    {0.0F, 0.0F, 0.0F},
};

} // namespace

diffusion::Family family(const able_source *source) {
    const diffusion::UnetConfig unet = diffusion::read_unet_config(source);
    if (unet.added) {
        throw Error(ABLE_UNSUPPORTED, "unet/config.json: \"addition_embed_type\" is \"text_time\", which is Stable "
                                      "Diffusion XL's; this pipeline is for 1.x and 2.x");
    }
    return {.name = unet.linear_projection ? "sd2" : "sd1",
            .variant = unet.in_channels == 9 ? "inpaint" : "base",
            .texts = {{.encoder = "text_encoder", .tokenizer = "tokenizer"}},
            .condition = condition,
            .colours = colours};
}

} // namespace able::sd15
