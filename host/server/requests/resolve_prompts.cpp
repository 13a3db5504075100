#include "resolve_prompts.h"

#include "embeddings.h"
#include "model_fit.h"
#include "refusal.h"

#include "host/prompt/error.h"
#include "host/prompt/expansion.h"
#include "host/prompt/prompt.h"

#include <algorithm>
#include <set>

namespace able::server {
namespace {

// Sets the negative prompt's draws apart from the prompt's, which has the image's own seed. The golden ratio's digits.
constexpr std::uint64_t negative_stream = 0x9e3779b97f4a7c15;

// LoRAs of one image, each at most once.
class Loras {
public:
    Loras(const Catalogue &catalogue, const ModelEntry &model, EmbeddingFinder &embeddings)
        : catalogue_(catalogue), model_(model), embeddings_(&embeddings) {}

    protocol::LoraUse use(const std::string &field, const std::string &name, double unet_weight, double text_weight) {
        const auto &entry = find_lora(field, name, catalogue_);
        if (!entry.ready) {
            refuse("lora_not_ready", field, "the LoRA " + quoted(entry.id) + " cannot be used: " + entry.reason);
        }
        check_family(field, "the LoRA " + quoted(entry.id), entry.family, model_);
        if (!seen_.insert(entry.id).second) {
            refuse("invalid_value", field, "the LoRA " + quoted(entry.id) + " is named twice; add the weights up");
        }
        if (seen_.size() > max_loras) {
            refuse("out_of_range", field, "at most " + std::to_string(max_loras) + " LoRAs fit in one request");
        }
        embeddings_->add(entry);
        return {entry.id, entry.path.string(), unet_weight, text_weight};
    }

private:
    const Catalogue &catalogue_;
    const ModelEntry &model_;
    EmbeddingFinder *embeddings_; // learns the words inside them
    std::set<std::string> seen_;
};

// What the images of a job may ask for in their prompts.
struct Adapters {
    const ModelEntry &model;
    EmbeddingFinder embeddings;
    Loras loras; // with the request's own

    Adapters(const ModelEntry &of, const Catalogue &catalogue, const CountTokens &count_tokens)
        : model(of), embeddings(catalogue, &of, count_tokens), loras(catalogue, of, embeddings) {}
};

// What an image's prompts say, once read: their embeddings are looked up for all images together.
struct ReadPrompts {
    std::vector<prompt::ScheduledPart> parts, negative; // empty where no words are looked for
};

// Adds those in `part` that are not there yet.
void add_embeddings(std::vector<protocol::EmbeddingUse> &uses, const Adapters &adapters,
                    const prompt::ScheduledPart &part, const std::set<std::string> &loras, const char *field) {
    for (const auto &occurrence : adapters.embeddings.find(part, loras)) {
        const auto &entry = resolve_embedding(occurrence, field, &adapters.model);
        if (std::none_of(uses.begin(), uses.end(), [&](const auto &use) { return use.id == entry.id; })) {
            uses.push_back(use_of(entry));
        }
    }
}

void look_up_embeddings(protocol::Generate &spec, const std::vector<ReadPrompts> &read, Adapters &adapters) {
    auto &prompts = spec.prompts;
    std::vector<prompt::ScheduledPart> all;
    for (const auto &own : read) {
        all.insert(all.end(), own.parts.begin(), own.parts.end());
        all.insert(all.end(), own.negative.begin(), own.negative.end());
    }
    adapters.embeddings.look_up(all, "prompt");
    for (std::size_t i = 0; i < prompts.size(); ++i) {
        std::set<std::string> loras;
        for (const auto &lora : loras_of(spec, prompts[i])) {
            loras.insert(lora.path);
        }
        for (const auto &part : read[i].parts) {
            add_embeddings(prompts[i].embeddings, adapters, part, loras, "prompt");
        }
        for (const auto &part : read[i].negative) {
            add_embeddings(prompts[i].embeddings, adapters, part, loras, "negative_prompt");
        }
    }
}

protocol::ImagePrompt image_prompt(const protocol::Generate &spec, const Adapters &adapters, std::uint64_t seed,
                                   const config::Config &config, const Catalogue &catalogue, ReadPrompts &read) {
    protocol::ImagePrompt drawn;
    Loras loras = adapters.loras;
    drawn.prompt = drawn_prompt(spec.prompt, spec.prompt_syntax, seed, "prompt", config, catalogue);
    drawn.negative_prompt = drawn_prompt(spec.negative_prompt, spec.prompt_syntax, seed ^ negative_stream,
                                         "negative_prompt", config, catalogue);
    const char *field = "prompt";
    try {
        const auto syntax = prompt::syntax_of(spec.prompt_syntax).value_or(prompt::Syntax::plain);
        prompt::Tagged tagged{drawn.prompt, {}};
        if (syntax == prompt::Syntax::a1111) {
            tagged = prompt::take_tags(drawn.prompt);
        }
        for (const auto &lora : tagged.loras) {
            drawn.loras.push_back(loras.use(field, lora.name, lora.unet_weight, lora.text_weight));
            drawn.loras.back().blocks = lora.blocks;
        }
        // Parsed here for its errors and its words; the worker does it again, by the sampler's count of steps.
        auto parts = prompt::parse_prompt(tagged.text, syntax, spec.steps);
        check_prompt(parts, spec.prompt_weighting, false, field, adapters.model);
        const bool words = syntax == prompt::Syntax::a1111;
        if (words) {
            read.parts = std::move(parts);
        }
        field = "negative_prompt";
        if (syntax == prompt::Syntax::a1111 && drawn.negative_prompt.find("<lora:") != std::string::npos) {
            throw prompt::PromptError("a LoRA acts on the whole picture: put <lora:…> into the prompt, with a negative "
                                      "weight to work against it");
        }
        auto negative = prompt::parse_negative_prompt(drawn.negative_prompt, syntax, spec.steps);
        check_prompt({&negative, 1}, spec.prompt_weighting, true, field, adapters.model);
        if (words) {
            read.negative.push_back(std::move(negative));
        }
    } catch (const prompt::PromptError &error) {
        refuse("invalid_prompt", field, error.what(), error.allowed());
    }
    return drawn;
}

} // namespace

const LoraEntry &find_lora(const std::string &field, const std::string &name, const Catalogue &catalogue) {
    // By the path that the catalogue itself gave out: the string is compared, never opened.
    for (const auto &entry : catalogue.loras) {
        if (entry.path == name) {
            return entry;
        }
    }
    const auto found = find_lora(catalogue, name);
    if (found.entry == nullptr) {
        refuse("unknown_lora", field, found.message.empty() ? "no LoRA is called " + quoted(name) : found.message,
               found.ambiguous ? found.candidates : ids(catalogue.loras));
    }
    return *found.entry;
}

std::string drawn_prompt(const std::string &text, const std::string &syntax, std::uint64_t seed, const char *field,
                         const config::Config &config, const Catalogue &catalogue) {
    try {
        const auto names = template_like_names(catalogue);
        if (syntax == "plain" || !prompt::is_template(text, names)) {
            return text;
        }
        prompt::Wildcards wildcards(config.prompts.wildcards_dir);
        return prompt::expand(text, wildcards, seed, names);
    } catch (const prompt::PromptError &error) {
        refuse("invalid_prompt", field, error.what(), error.allowed());
    }
}

void resolve_prompts(protocol::Generate &spec, const Request &request, const ModelEntry &model,
                     const Catalogue &catalogue, const config::Config &config, const CountTokens &count_tokens) {
    spec.prompt = request.prompt;
    spec.negative_prompt = request.negative_prompt;
    Adapters adapters(model, catalogue, count_tokens);
    for (std::size_t i = 0; i < request.loras.size(); ++i) {
        const auto &lora = request.loras[i];
        spec.loras.push_back(adapters.loras.use("loras[" + std::to_string(i) + "]", lora.name, lora.weight,
                                                lora.text_weight.value_or(lora.weight)));
        spec.loras.back().blocks = lora.blocks;
        spec.loras.back().params = lora.params;
    }
    std::vector<ReadPrompts> read;
    for (std::uint32_t index = 0; index < spec.batch_size; ++index) {
        spec.prompts.push_back(image_prompt(spec, adapters, spec.seed + index, config, catalogue, read.emplace_back()));
        const auto &drawn = spec.prompts.front();
        if (index == 0 && drawn.prompt == spec.prompt && drawn.negative_prompt == spec.negative_prompt) {
            break; // nothing was drawn: one for all
        }
    }
    look_up_embeddings(spec, read, adapters);
}

} // namespace able::server
