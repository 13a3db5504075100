#include "file_probe.h"

#include "host/worker/models/load_options.h"
#include "host/worker/models/loaded_model.h"
#include "host/worker/models/lora_details.h"
#include "host/worker/models/memory_probe.h"

#include "host/base/joined.h"
#include "host/models/error.h"
#include "host/models/weight_names.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <fstream>
#include <stdexcept>
#include <type_traits>
#include <utility>

namespace able::worker {

namespace {

using protocol::EmbeddingFinding;
using protocol::LoraFinding;
using protocol::ModelFinding;

// The opinion of the plugin with the highest score; an empty probe if no plugin knows the file. `reasons` collects why
// not.
template <class Struct>
auto best_probe(const std::vector<Loaded<Struct>> &candidates, const models::Source &source, std::string &reasons) {
    using Probe = decltype(plugins::probe(*candidates.front().object, source.abi()));
    std::pair<Probe, const Loaded<Struct> *> best{};
    for (const auto &candidate : candidates) {
        const Probe opinion = plugins::probe(*candidate.object, source.abi());
        if (opinion.score > best.first.score) {
            best = {opinion, &candidate};
        }
        if (opinion.why != nullptr && reasons.find(opinion.why) == reasons.npos) { // two may say the same
            reasons += (reasons.empty() ? "" : "; ") + candidate.origin.id + ": " + opinion.why;
        }
    }
    return best;
}

std::string text_or(const char *text, const char *fallback) {
    return text == nullptr ? fallback : text;
}

template <class Finding>
Finding refused(const std::string &reason) {
    Finding finding;
    finding.reason = reason;
    return finding;
}

// For an autoencoder that a plugin recognises but cannot use.
std::optional<ModelFinding> refused_vae(const std::vector<Loaded<able_pipeline>> &pipelines,
                                        const models::Source &source) {
    for (const auto &pipeline : pipelines) {
        const auto opinion = plugins::probe(*pipeline.object, source.abi());
        if (opinion.kind == ABLE_PROBE_COMPONENT && plugins::fills(opinion, ABLE_ROLE_VAE)) {
            auto finding = refused<ModelFinding>(text_or(opinion.why, ""));
            finding.variant = ABLE_ROLE_VAE;
            return finding;
        }
    }
    return std::nullopt;
}

std::vector<std::string> texts_of(const char *const *texts, std::uint32_t count) {
    std::vector<std::string> list;
    for (std::uint32_t i = 0; texts != nullptr && i < count; ++i) {
        list.push_back(text_or(texts[i], ""));
    }
    return list;
}

bool encodes(const able_model_probe &opinion) {
    return (opinion.flags & ABLE_PROBE_DECODES_ONLY) == 0;
}

// For a file that is only a part of a model: an autoencoder can be used, other parts are refused.
ModelFinding find_component(const able_model_probe &opinion, const models::Source &source) {
    if (!plugins::fills(opinion, ABLE_ROLE_VAE)) {
        return refused<ModelFinding>("a part of a model and no model by itself (" +
                                     base::joined(texts_of(opinion.fills, opinion.fill_count), ", ") +
                                     "); put it into the model's folder");
    }
    ModelFinding finding;
    finding.ready = true;
    finding.variant = ABLE_ROLE_VAE;
    finding.dtype = source.dtype();
    finding.encodes = encodes(opinion);
    return finding;
}

std::optional<protocol::PromptTraits> prompt_traits(const able_prompt_support *support) {
    if (support == nullptr) {
        return std::nullopt;
    }
    return protocol::PromptTraits{support->flags, support->chunk_tokens, support->most_tokens};
}

// What a model draws well with and can draw at all, as far as its pipeline says.
protocol::ModelTraits traits_of(const able_model_probe &opinion) {
    protocol::ModelTraits traits;
    traits.family_name = text_or(opinion.family_name, "");
    traits.size_multiple = opinion.size_multiple;
    traits.smallest_side = opinion.smallest_side;
    traits.largest_side = opinion.largest_side;
    for (std::size_t i = 0; opinion.sizes != nullptr && i < opinion.size_count; ++i) {
        traits.sizes.emplace_back(opinion.sizes[2 * i], opinion.sizes[2 * i + 1]);
    }
    traits.sampler = text_or(opinion.sampler, "");
    traits.schedule = text_or(opinion.schedule, "");
    traits.steps = opinion.steps;
    traits.guidance = opinion.guidance;
    traits.prompt = prompt_traits(opinion.prompt);
    return traits;
}

// Why a model that its plugin knows would not load.
class FilesRefused : public std::runtime_error {
public:
    using runtime_error::runtime_error;
};

std::vector<std::string> check_files(const able_pipeline &pipeline, const models::Source &source, const char *role,
                                     const config::Inference &settings) {
    auto request = load_request(settings, source.abi());
    request.components.front().role = role;
    try {
        return plugins::check_files(pipeline, request);
    } catch (const plugins::CallError &error) {
        throw FilesRefused(error.what());
    }
}

std::string unknown_file(const std::string &problems) {
    return "no plugin knows this kind of file" + (problems.empty() ? "" : " (" + problems + ")");
}

// Says what a file is and where it belongs if it was put into the wrong folder; "" if no plugin knows it.
std::string stray_adapter(const std::vector<Loaded<able_adapter>> &adapters, const models::Source &source) {
    std::string reasons;
    if (adapters.empty()) {
        return "";
    }
    const auto opinion = best_probe(adapters, source, reasons).first;
    if (opinion.score == 0) {
        return "";
    }
    return opinion.word_tokens > 0 ? "this is an embedding (textual inversion), not a model; move it to a folder of "
                                     "embeddings: embeddings in the models folder, or models.embedding_folders"
                                   : "this is a LoRA, not a model; move it to a folder of LoRAs: loras in the models "
                                     "folder, or models.lora_folders";
}

std::string stray_model(const std::vector<Loaded<able_pipeline>> &pipelines, const models::Source &source,
                        const char *expected) {
    std::string reasons;
    if (pipelines.empty()) {
        return "";
    }
    const auto opinion = best_probe(pipelines, source, reasons).first;
    const std::string among = std::string(", not ") + expected +
                              "; move it to the models folder, or another that is "
                              "searched for models";
    if (opinion.score > 0 && opinion.kind != ABLE_PROBE_COMPONENT) {
        return "this is a model" + among;
    }
    if (refused_vae(pipelines, source) || (opinion.score > 0 && plugins::fills(opinion, ABLE_ROLE_VAE))) {
        return "this is an autoencoder (VAE)" + among;
    }
    return "";
}

// Throws FilesRefused, ModelError.
ModelFinding find_model(const models::Source &source, const std::vector<Loaded<able_pipeline>> &candidates,
                        const std::vector<Loaded<able_adapter>> &adapters, const config::Inference &settings,
                        std::string problems) {
    const auto [opinion, pipeline] = best_probe(candidates, source, problems);
    if (opinion.score == 0) {
        if (auto vae = refused_vae(candidates, source)) {
            return *vae;
        }
        const std::string stray = stray_adapter(adapters, source);
        return refused<ModelFinding>(stray.empty() ? unknown_file(problems) : stray);
    }
    if (opinion.kind == ABLE_PROBE_COMPONENT) {
        auto part = find_component(opinion, source);
        if (part.ready) {
            part.notes = check_files(*pipeline->object, source, ABLE_ROLE_VAE, settings);
        }
        return part;
    }
    ModelFinding finding;
    finding.needs = texts_of(opinion.needs, opinion.need_count);
    if (std::any_of(finding.needs.begin(), finding.needs.end(),
                    [](const auto &role) { return role != ABLE_ROLE_VAE; })) {
        return refused<ModelFinding>("the model lacks its " + base::joined(finding.needs, ", ") +
                                     "; put them into its folder");
    }
    finding.notes = check_files(*pipeline->object, source, ABLE_ROLE_MODEL, settings);
    finding.ready = true;
    finding.family = text_or(opinion.family, "");
    finding.variant = text_or(opinion.variant, "");
    finding.dtype = source.dtype();
    finding.default_width = opinion.default_width;
    finding.default_height = opinion.default_height;
    finding.pipeline = pipeline->origin.id;
    finding.traits = traits_of(opinion);
    finding.encodes = encodes(opinion);
    finding.memory =
        memory_need(*pipeline->object, source.abi(), settings, opinion.default_width, opinion.default_height);
    return finding;
}

// Where the tensors of a safetensors file begin: after the header's length (8 bytes) and the header. 0 for any other
// format.
std::uint64_t data_offset(const std::filesystem::path &path) {
    if (!models::is_safetensors_name(path.filename().string())) {
        return 0;
    }
    std::array<unsigned char, 8> length{};
    std::ifstream(path, std::ios::binary).read(reinterpret_cast<char *>(length.data()), length.size());
    std::uint64_t header = 0;
    for (std::size_t i = length.size(); i-- > 0;) {
        header = header << 8U | length[i];
    }
    return header + length.size();
}

std::string other_home(const std::string &variant) {
    return variant == "embedding"
               ? "this is an embedding (textual inversion), not a LoRA; move it to a folder of "
                 "embeddings"
               : "this is a LoRA, not an embedding (textual inversion); move it to a folder of LoRAs";
}

// The embeddings inside a LoRA.
std::vector<protocol::BundledWord> bundled_words(const std::filesystem::path &path,
                                                 const std::vector<std::string> &names,
                                                 const std::vector<Loaded<able_adapter>> &candidates) {
    std::vector<protocol::BundledWord> words;
    for (const std::string &name : names) {
        std::string problems;
        const auto source = models::Source::open_bundled(path, name);
        const auto opinion = best_probe(candidates, *source, problems).first;
        auto &word = words.emplace_back();
        word.name = name;
        word.ready = opinion.score > 0 && opinion.word_tokens > 0;
        word.tokens = opinion.word_tokens;
        if (word.ready) {
            word.family = text_or(opinion.family, "");
        } else {
            word.reason = "the embedding inside the LoRA is of no known kind (" + problems + ")";
        }
    }
    return words;
}

EmbeddingFinding embedding_of(const able_adapter_probe &opinion) {
    EmbeddingFinding finding;
    finding.ready = true;
    finding.family = text_or(opinion.family, "");
    finding.tokens = opinion.word_tokens;
    finding.word = text_or(opinion.word, "");
    return finding;
}

LoraFinding lora_of(const able_adapter_probe &opinion, const std::string &adapter, const std::filesystem::path &path,
                    const models::Source &source, const std::vector<Loaded<able_adapter>> &candidates) {
    LoraFinding finding;
    finding.ready = true;
    finding.type = text_or(opinion.variant, "");
    finding.adapter = adapter;
    finding.details = lora_details([&](const char *key) { return source.abi()->metadata(source.abi(), key); });
    // The tensors tell more than the training program.
    finding.family = text_or(opinion.family, "");
    if (finding.family.empty()) {
        finding.family = finding.details.family;
    }
    finding.data_offset = data_offset(path);
    finding.words = bundled_words(path, source.bundled(), candidates);
    return finding;
}

// `Finding` says which of the two was asked for.
template <class Finding>
Finding find_adapter(const std::filesystem::path &path, const models::Source &source,
                     const std::vector<Loaded<able_adapter>> &candidates,
                     const std::vector<Loaded<able_pipeline>> &pipelines, std::string problems) {
    constexpr bool embedding = std::is_same_v<Finding, EmbeddingFinding>;
    const auto [opinion, adapter] = best_probe(candidates, source, problems);
    if (opinion.score == 0) {
        const std::string stray = stray_model(pipelines, source, embedding ? "an embedding" : "a LoRA");
        return refused<Finding>(stray.empty() ? unknown_file(problems) : stray);
    }
    if ((opinion.word_tokens > 0) != embedding) {
        return refused<Finding>(other_home(text_or(opinion.variant, "")));
    }
    if constexpr (embedding) {
        return embedding_of(opinion);
    } else {
        return lora_of(opinion, adapter->origin.id, path, source, candidates);
    }
}

// An answer lasts if it depends on nothing but the file and the plugins. It does not if a plugin could not be loaded
// (`all_asked` is false then), or if a permission or memory was lacking.
template <class Finding, class Find>
protocol::ProbeAnswer answer_with(bool all_asked, const Find &find) {
    protocol::ProbeAnswer answer;
    try {
        answer.finding = find();
        answer.lasting = all_asked;
    } catch (const FilesRefused &error) {
        answer.lasting = all_asked;
        answer.finding = refused<Finding>(error.what());
    } catch (const models::ModelError &error) {
        answer.lasting = error.status() != ABLE_NOT_FOUND;
        answer.finding = refused<Finding>(error.what());
    } catch (const std::exception &error) {
        answer.finding = refused<Finding>(error.what());
    }
    return answer;
}

} // namespace

FileProbe::FileProbe(const protocol::ProbeRequest &request)
    : plugins_(request.plugins), settings_(inference_of(request.settings)) {
    std::vector<std::string> problems;
    pipelines_ = plugins_.pipelines(problems);
    pipeline_problems_ = base::joined(std::exchange(problems, {}), "; ");
    adapters_ = plugins_.adapters(problems);
    adapter_problems_ = base::joined(problems, "; ");
}

protocol::ProbeAnswer FileProbe::answer(const protocol::ProbeQuestion &question) const {
    const auto adapter = [&]<class Finding>(std::type_identity<Finding>) {
        return answer_with<Finding>(adapter_problems_.empty(), [&] {
            const auto source = open_model_source(question.path);
            return find_adapter<Finding>(question.path, *source, adapters_, pipelines_, adapter_problems_);
        });
    };
    protocol::ProbeAnswer answer;
    if (question.what == LoraFinding::tag.name) {
        answer = adapter(std::type_identity<LoraFinding>());
    } else if (question.what == EmbeddingFinding::tag.name) {
        answer = adapter(std::type_identity<EmbeddingFinding>());
    } else {
        answer = answer_with<ModelFinding>(pipeline_problems_.empty(), [&] {
            const auto source = open_model_source(question.path);
            return find_model(*source, pipelines_, adapters_, settings_, pipeline_problems_);
        });
    }
    answer.index = question.index;
    return answer;
}

} // namespace able::worker
