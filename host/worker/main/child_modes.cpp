#include "worker_main.h"

#include "host/worker/models/loaded_model.h"
#include "host/worker/models/memory_probe.h"
#include "host/worker/models/plugin_set.h"
#include "host/worker/prompts/token_answer.h"

#include "host/models/error.h"
#include "host/models/lora_details.h"
#include "host/plugins/calls/entry_symbol.h"
#include "host/protocol/answer_stream.h"

#include <array>
#include <cstdint>
#include <fstream>
#include <iostream>

#include <unistd.h>

namespace able::worker {

namespace {

// The opinion of the plugin that is surest; an empty probe if none knows it. `reasons` collects why not.
template <class Struct>
auto best_probe(const std::vector<Loaded<Struct>> &candidates, const models::Source &source, std::string &reasons) {
    using Probe = decltype(plugins::probe(*candidates.front().object, source.abi()));
    std::pair<Probe, const Loaded<Struct> *> best{};
    for (const auto &candidate : candidates) {
        const Probe opinion = plugins::probe(*candidate.object, source.abi());
        if (opinion.score > best.first.score) {
            best = {opinion, &candidate};
        }
        if (opinion.why != nullptr) {
            reasons += (reasons.empty() ? "" : "; ") + candidate.origin.id + ": " + opinion.why;
        }
    }
    return best;
}

std::string text_or(const char *text, const char *fallback) {
    return text == nullptr ? fallback : text;
}

// An autoencoder that a plugin knows and has no use for: the reason why. Null for anything else.
nlohmann::json refused_vae(const std::vector<Loaded<able_pipeline>> &pipelines, const models::Source &source) {
    for (const auto &pipeline : pipelines) {
        const auto opinion = plugins::probe(*pipeline.object, source.abi());
        if (opinion.kind == ABLE_PROBE_COMPONENT && plugins::fills(opinion, ABLE_ROLE_VAE)) {
            return {{"ready", false}, {"reason", text_or(opinion.why, "")}, {"variant", "vae"}};
        }
    }
    return nullptr;
}

std::string list_of(const char *const *texts, std::uint32_t count) {
    std::string list;
    for (std::uint32_t i = 0; texts != nullptr && i < count; ++i) {
        list += (list.empty() ? "" : ", ") + text_or(texts[i], "");
    }
    return list;
}

// What only a part of a model is good for; the reason where this host has no use for it.
nlohmann::json probe_component(const able_model_probe &opinion, const models::Source &source) {
    if (plugins::fills(opinion, ABLE_ROLE_VAE)) {
        return {{"ready", true}, {"reason", ""}, {"variant", ABLE_ROLE_VAE}, {"dtype", source.dtype()}};
    }
    return {{"ready", false},
            {"reason", "a part of a model and no model by itself (" + list_of(opinion.fills, opinion.fill_count) +
                           "); put it into the model's folder"}};
}

// What a pipeline says of the prompts of its models.
nlohmann::json prompt_json(const able_prompt_support *support) {
    if (support == nullptr) {
        return nullptr;
    }
    return {
        {"honours", support->flags}, {"chunk_tokens", support->chunk_tokens}, {"most_tokens", support->most_tokens}};
}

// What a model draws well with and can draw at all, as far as its pipeline says.
nlohmann::json traits_json(const able_model_probe &opinion) {
    nlohmann::json sizes = nlohmann::json::array();
    for (std::uint32_t i = 0; opinion.sizes != nullptr && i < opinion.size_count; ++i) {
        sizes.push_back({opinion.sizes[2 * i], opinion.sizes[2 * i + 1]});
    }
    return {{"family_name", text_or(opinion.family_name, "")},
            {"size_multiple", opinion.size_multiple},
            {"smallest_side", opinion.smallest_side},
            {"largest_side", opinion.largest_side},
            {"sizes", std::move(sizes)},
            {"sampler", text_or(opinion.sampler, "")},
            {"schedule", text_or(opinion.schedule, "")},
            {"steps", opinion.steps},
            {"guidance", opinion.guidance},
            {"latent_channels", opinion.latent_channels},
            {"scale_factor", opinion.scale_factor},
            {"prompt", prompt_json(opinion.prompt)}};
}

nlohmann::json memory_of(const able_pipeline &pipeline, const models::Source &source, const config::Inference &settings,
                         const able_model_probe &probe) {
    return memory_need(pipeline, source.abi(), settings, probe.default_width, probe.default_height);
}

nlohmann::json unknown_file(bool lasting, const std::string &problems) {
    return {{"ready", false},
            {"lasting", lasting},
            {"reason", "no plugin knows this kind of file" + (problems.empty() ? "" : " (" + problems + ")")}};
}

nlohmann::json probe_model(const nlohmann::json &entry, const std::vector<Loaded<able_pipeline>> &candidates,
                           const config::Inference &settings, std::string problems) {
    // An answer lasts if only the file and the plugins have a say in it: not where a plugin could not be loaded, nor
    // for want of a permission or of memory.
    const bool all_asked = problems.empty();
    try {
        const auto source = open_model_source(entry.at("path").get<std::string>());
        const auto [opinion, pipeline] = best_probe(candidates, *source, problems);
        if (opinion.score == 0) {
            if (auto vae = refused_vae(candidates, *source); !vae.is_null()) {
                vae["lasting"] = all_asked;
                return vae;
            }
            return unknown_file(all_asked, problems);
        }
        if (opinion.kind == ABLE_PROBE_COMPONENT) {
            auto part = probe_component(opinion, *source);
            part["lasting"] = all_asked;
            return part;
        }
        if (opinion.need_count > 0) {
            return {{"ready", false},
                    {"lasting", all_asked},
                    {"reason", "the model lacks its " + list_of(opinion.needs, opinion.need_count) +
                                   "; put them into its folder"}};
        }
        return {{"ready", true},
                {"lasting", all_asked},
                {"reason", ""},
                {"pipeline", pipeline->origin.id},
                {"traits", traits_json(opinion)},
                {"family", text_or(opinion.family, "")},
                {"variant", text_or(opinion.variant, "")},
                {"dtype", source->dtype()},
                {"default_width", opinion.default_width},
                {"default_height", opinion.default_height},
                {"memory", memory_of(*pipeline->object, *source, settings, opinion)}};
    } catch (const models::ModelError &error) {
        return {{"ready", false}, {"lasting", error.status() != ABLE_NOT_FOUND}, {"reason", error.what()}};
    } catch (const std::exception &error) {
        return {{"ready", false}, {"reason", error.what()}};
    }
}

// Where a safetensors file's tensors begin: behind the length of its header, and that. 0 for any other format.
std::uint64_t data_offset(const std::filesystem::path &path) {
    if (path.extension() != ".safetensors") {
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
nlohmann::json probe_bundled(const std::filesystem::path &path, const std::vector<std::string> &names,
                             const std::vector<Loaded<able_adapter>> &candidates) {
    nlohmann::json list = nlohmann::json::array();
    for (const std::string &name : names) {
        std::string problems;
        const auto source = models::Source::open_bundled(path, name);
        const auto opinion = best_probe(candidates, *source, problems).first;
        const bool known = opinion.score > 0 && opinion.word_tokens > 0;
        list.push_back({{"name", name},
                        {"ready", known},
                        {"reason", known ? "" : "the embedding inside the LoRA is of no known kind (" + problems + ")"},
                        {"family", known ? text_or(opinion.family, "") : ""},
                        {"tokens", opinion.word_tokens}});
    }
    return list;
}

nlohmann::json probe_adapter(const nlohmann::json &entry, const std::vector<Loaded<able_adapter>> &candidates,
                             std::string problems) {
    const bool all_asked = problems.empty(); // see probe_model
    const bool embedding = entry.at("what") == "embedding";
    try {
        const std::filesystem::path path = entry.at("path").get<std::string>();
        const auto source = open_model_source(path);
        const auto [opinion, adapter] = best_probe(candidates, *source, problems);
        if (opinion.score == 0) {
            return unknown_file(all_asked, problems);
        }
        const std::string variant = text_or(opinion.variant, "");
        if ((opinion.word_tokens > 0) != embedding) {
            return {{"ready", false}, {"lasting", all_asked}, {"reason", other_home(variant)}};
        }
        nlohmann::json reply{{"ready", true},
                             {"lasting", all_asked},
                             {"reason", ""},
                             {"family", text_or(opinion.family, "")},
                             {"variant", variant}};
        if (embedding) {
            reply["tokens"] = opinion.word_tokens;
            reply["word"] = text_or(opinion.word, "");
            return reply;
        }
        const auto details =
            models::lora_details([&](const char *key) { return source->abi()->metadata(source->abi(), key); });
        if (reply["family"] == "") { // the tensors tell more than the training program
            reply["family"] = details.family;
        }
        reply["details"] = details;
        reply["adapter"] = adapter->origin.id;
        reply["data_offset"] = data_offset(path);
        reply["bundled"] = probe_bundled(path, source->bundled(), candidates);
        return reply;
    } catch (const models::ModelError &error) {
        return {{"ready", false}, {"lasting", error.status() != ABLE_NOT_FOUND}, {"reason", error.what()}};
    } catch (const std::exception &error) {
        return {{"ready", false}, {"reason", error.what()}};
    }
}

std::string joined(const std::vector<std::string> &lines) {
    std::string out;
    for (const auto &line : lines) {
        out += (out.empty() ? "" : "; ") + line;
    }
    return out;
}

} // namespace

int describe_main(const std::filesystem::path &file) {
    const protocol::AnswerStream answer;
    try {
        plugins::require_entry_symbol(file);
        answer.line({{"plugin", plugins::describe(*plugins::load_plugin(file))}});
    } catch (const plugins::PluginError &error) {
        answer.line({{"refused", error.what()}});
    }
    // A plugin's destructors have no say in how this ends.
    _exit(0);
}

int probe_main() {
    const protocol::AnswerStream answer;
    const auto request = nlohmann::json::parse(std::cin);
    PluginSet set(request.at("plugins"));
    config::Inference settings;
    request.at("inference").at("device").get_to(settings.device);
    request.at("inference").at("dtype").get_to(settings.dtype);
    request.at("inference").at("vae_tiling").get_to(settings.vae_tiling);
    std::vector<std::string> problems;
    const auto pipelines = set.pipelines(problems);
    const std::string pipeline_problems = joined(std::exchange(problems, {}));
    const auto adapters = set.adapters(problems);
    const std::string adapter_problems = joined(problems);
    for (const auto &entry : request.at("entries")) {
        auto reply = entry.at("what") == "model" ? probe_model(entry, pipelines, settings, pipeline_problems)
                                                 : probe_adapter(entry, adapters, adapter_problems);
        reply["index"] = entry.at("index");
        answer.line(reply);
    }
    _exit(0);
}

int tokens_main() {
    const protocol::AnswerStream answer;
    answer.line(token_answer(nlohmann::json::parse(std::cin)));
    _exit(0);
}

} // namespace able::worker
