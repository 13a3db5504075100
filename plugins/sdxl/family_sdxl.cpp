#include "family_sdxl.h"

#include "added_conditions.h"
#include "config_reader.h"
#include "prompt.h"

#include <ablerefusal/glue.hpp>

#include <algorithm>

namespace able::sdxl {
namespace {

// The scores that diffusers' StableDiffusionXLImg2ImgPipeline asks the refiner for by default.
constexpr double wanted_beauty = 6.0;
constexpr double unwanted_beauty = 2.5;

struct Settings {
    diffusion::UnetConfig unet;
    bool refiner = false;
    bool zeros = false; // no negative prompt is all zeros, not the encoding of ""
};

struct Encoded {
    at::Tensor context, pooled; // [1, tokens, width], [1, width]; fp32
};

// The chunks of a prompt for each encoder: as many for one as for another, whose tokenizers need not agree ("!" is the
// padding of one of them, and so is a token each time).
std::vector<std::vector<text::Chunk>> chunks_of(std::vector<diffusion::TextStage> &texts,
                                                const std::vector<text::Piece> &pieces) {
    std::vector<std::vector<text::Chunk>> all;
    size_t most = 0;
    for (diffusion::TextStage &text : texts) {
        most = std::max(most, all.emplace_back(text.chunks(pieces)).size());
    }
    for (auto &chunks : all) {
        chunks.resize(most);
    }
    return all;
}

// As StableDiffusionXLPipeline.encode_prompt: hidden states without the final norm, the last encoder's pooled output,
// which is the first chunk's.
Encoded encode(std::vector<diffusion::TextStage> &texts, const std::vector<text::Piece> &pieces,
               const able_text_request &request, const able_job *job) {
    constexpr int64_t usual = 1; // the last layer but one
    Encoded encoded;
    std::vector<at::Tensor> contexts;
    const auto chunks = chunks_of(texts, pieces);
    for (size_t i = 0; i < texts.size(); ++i) {
        const diffusion::TextStage &text = texts[i];
        const int64_t skipped = diffusion::skipped_layers(request, usual, text.encoder.config().layers);
        const diffusion::PromptRows rows = text.rows(chunks[i]);
        const auto hidden = [&](const diffusion::PromptRows &prompt) {
            return text.encoder.hidden(prompt.ids, prompt.replaced, skipped, job);
        };
        const at::Tensor states = hidden(rows);
        contexts.push_back(text.context(rows, states, diffusion::weighting_of(request), hidden));
        if (i + 1 == texts.size()) {
            encoded.pooled =
                text.encoder.pooled(rows.ids.narrow(0, 0, 1), states.narrow(0, 0, 1), skipped, job).to(at::kFloat);
        }
    }
    encoded.context = at::cat(contexts, 2);
    return encoded;
}

Encoded nothing(const std::vector<diffusion::TextStage> &texts, const Settings &settings, at::Device device) {
    const diffusion::TextConfig &last = texts.back().encoder.config();
    const at::TensorOptions options = at::TensorOptions(device).dtype(at::kFloat);
    return {at::zeros({1, last.positions, settings.unet.cross_attention_dim}, options),
            at::zeros({1, last.projection}, options)};
}

std::unique_ptr<able_conditioning> condition(const Settings &settings, std::vector<diffusion::TextStage> &texts,
                                             const able_text_request &request, const able_job *job) {
    const std::vector<text::Piece> pieces = diffusion::pieces_of(request);
    const bool negative = diffusion::is_negative(request);
    const Encoded encoded = negative && settings.zeros && diffusion::is_empty(pieces)
                                ? nothing(texts, settings, texts.back().encoder.device())
                                : encode(texts, pieces, request, job);
    const double height = request.height;
    const double width = request.width;
    std::vector<double> numbers{height, width, 0, 0};
    if (settings.refiner) {
        numbers.push_back(negative ? unwanted_beauty : wanted_beauty);
    } else {
        numbers.insert(numbers.end(), {height, width});
    }
    return std::make_unique<able_conditioning>(encoded.context, encoded.pooled,
                                               added_conditions(settings.unet, encoded.pooled, numbers));
}

// Whether the UNet is the refiner's, by how many numbers it takes beside the pooled prompt.
bool is_refiner(const diffusion::UnetConfig::Added &added, int64_t pooled) {
    const int64_t rest = added.width - pooled;
    if (rest == 6 * added.number_width) {
        return false;
    }
    if (rest == 5 * added.number_width) {
        return true;
    }
    throw Error(ABLE_BAD_FILE, "unet/config.json: \"projection_class_embeddings_input_dim\" is " +
                                   std::to_string(added.width) + "; beside a pooled prompt of " +
                                   std::to_string(pooled) + " it must hold 6 numbers, or 5 for a refiner, of " +
                                   std::to_string(added.number_width) + " values each");
}

bool zeros_for_no_negative(const able_source *source, bool refiner) {
    constexpr const char *file = "model_index.json";
    if (source->text(source, file, nullptr) == nullptr) {
        return !refiner; // as the published models have it
    }
    return diffusion::ConfigReader(source, file).boolean("force_zeros_for_empty_prompt", true);
}

// From ComfyUI's latent_formats.py, class SDXL.
constexpr diffusion::LatentColours colours{
    {{{0.3651F, 0.4232F, 0.4341F},
      {-0.2533F, -0.0042F, 0.1068F},
      {0.1076F, 0.1111F, -0.0362F},
      {-0.3165F, -0.2492F, -0.2188F}}},
    {0.1084F, -0.0175F, -0.0011F},
};

} // namespace

diffusion::Family family(const able_source *source) {
    Settings settings;
    settings.unet = diffusion::read_unet_config(source);
    if (!settings.unet.added) {
        throw Error(ABLE_UNSUPPORTED, "unet/config.json: \"addition_embed_type\" is missing; Stable Diffusion XL's is "
                                      "\"text_time\"");
    }
    settings.refiner =
        is_refiner(*settings.unet.added, diffusion::read_text_config(source, "text_encoder_2").projection);
    settings.zeros = zeros_for_no_negative(source, settings.refiner);

    diffusion::Family family{.name = "sdxl",
                             .variant = settings.refiner                 ? "refiner"
                                        : settings.unet.in_channels == 9 ? "inpaint"
                                                                         : "base",
                             .texts = {},
                             .condition = {},
                             .colours = colours};
    if (!settings.refiner) {
        family.texts.push_back({.encoder = "text_encoder", .tokenizer = "tokenizer"});
    }
    family.texts.push_back({.encoder = "text_encoder_2", .tokenizer = "tokenizer_2", .projects = true});
    family.condition = [settings](std::vector<diffusion::TextStage> &texts, const able_text_request &request,
                                  const able_job *job) {
        return condition(settings, texts, request, job);
    };
    return family;
}

} // namespace able::sdxl
