#include "worker_main.h"

#include "host/worker/models/load_options.h"
#include "host/worker/models/loaded_model.h"
#include "host/worker/models/memory_probe.h"
#include "host/worker/models/plugin_set.h"
#include "host/worker/prompts/token_answer.h"

#include "host/base/utf8.h"
#include "host/images/png.h"
#include "host/models/error.h"
#include "host/models/lora_details.h"
#include "host/models/weight_names.h"
#include "host/plugins/calls/entry_symbol.h"
#include "host/protocol/answer_stream.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <fstream>
#include <iostream>
#include <iterator>
#include <span>
#include <stdexcept>

#include <unistd.h>

namespace able::worker {

namespace {

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

// The answer for an autoencoder that a plugin recognises but cannot use, with the reason. Null for anything else.
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

bool encodes(const able_model_probe &opinion) {
    return (opinion.flags & ABLE_PROBE_DECODES_ONLY) == 0;
}

// The answer for a file that is only a part of a model: an autoencoder can be used, other parts are refused with the
// reason.
nlohmann::json probe_component(const able_model_probe &opinion, const models::Source &source) {
    if (plugins::fills(opinion, ABLE_ROLE_VAE)) {
        return {{"ready", true},
                {"reason", ""},
                {"variant", ABLE_ROLE_VAE},
                {"dtype", source.dtype()},
                {"encodes", encodes(opinion)}};
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
    for (std::size_t i = 0; opinion.sizes != nullptr && i < opinion.size_count; ++i) {
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

std::vector<std::string> needs_of(const able_model_probe &opinion) {
    std::vector<std::string> needs;
    for (std::uint32_t i = 0; opinion.needs != nullptr && i < opinion.need_count; ++i) {
        needs.push_back(text_or(opinion.needs[i], ""));
    }
    return needs;
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

nlohmann::json unknown_file(bool lasting, const std::string &problems) {
    return {{"ready", false},
            {"lasting", lasting},
            {"reason", "no plugin knows this kind of file" + (problems.empty() ? "" : " (" + problems + ")")}};
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
    if (!refused_vae(pipelines, source).is_null() || (opinion.score > 0 && plugins::fills(opinion, ABLE_ROLE_VAE))) {
        return "this is an autoencoder (VAE)" + among;
    }
    return "";
}

nlohmann::json probe_model(const nlohmann::json &entry, const std::vector<Loaded<able_pipeline>> &candidates,
                           const std::vector<Loaded<able_adapter>> &adapters, const config::Inference &settings,
                           std::string problems) {
    // An answer lasts if it depends on nothing but the file and the plugins. It does not if a plugin could not be
    // loaded, or if a permission or memory was lacking.
    const bool all_asked = problems.empty();
    try {
        const auto source = open_model_source(entry.at("path").get<std::string>());
        const auto [opinion, pipeline] = best_probe(candidates, *source, problems);
        if (opinion.score == 0) {
            if (auto vae = refused_vae(candidates, *source); !vae.is_null()) {
                vae["lasting"] = all_asked;
                return vae;
            }
            if (std::string stray = stray_adapter(adapters, *source); !stray.empty()) {
                return {{"ready", false}, {"lasting", all_asked}, {"reason", std::move(stray)}};
            }
            return unknown_file(all_asked, problems);
        }
        if (opinion.kind == ABLE_PROBE_COMPONENT) {
            auto part = probe_component(opinion, *source);
            if (part.at("ready").get<bool>()) {
                part["notes"] = check_files(*pipeline->object, *source, ABLE_ROLE_VAE, settings);
            }
            part["lasting"] = all_asked;
            return part;
        }
        const auto needs = needs_of(opinion);
        if (std::any_of(needs.begin(), needs.end(), [](const auto &role) { return role != ABLE_ROLE_VAE; })) {
            return {{"ready", false},
                    {"lasting", all_asked},
                    {"reason", "the model lacks its " + list_of(opinion.needs, opinion.need_count) +
                                   "; put them into its folder"}};
        }
        const auto notes = check_files(*pipeline->object, *source, ABLE_ROLE_MODEL, settings);
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
                {"needs", needs},
                {"notes", notes},
                {"encodes", encodes(opinion)},
                {"memory", memory_of(*pipeline->object, *source, settings, opinion)}};
    } catch (const FilesRefused &error) {
        return {{"ready", false}, {"lasting", all_asked}, {"reason", error.what()}};
    } catch (const models::ModelError &error) {
        return {{"ready", false}, {"lasting", error.status() != ABLE_NOT_FOUND}, {"reason", error.what()}};
    } catch (const std::exception &error) {
        return {{"ready", false}, {"reason", error.what()}};
    }
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
                             const std::vector<Loaded<able_pipeline>> &pipelines, std::string problems) {
    const bool all_asked = problems.empty(); // see probe_model
    const bool embedding = entry.at("what") == "embedding";
    try {
        const std::filesystem::path path = entry.at("path").get<std::string>();
        const auto source = open_model_source(path);
        const auto [opinion, adapter] = best_probe(candidates, *source, problems);
        if (opinion.score == 0) {
            std::string stray = stray_model(pipelines, *source, embedding ? "an embedding" : "a LoRA");
            if (!stray.empty()) {
                return {{"ready", false}, {"lasting", all_asked}, {"reason", std::move(stray)}};
            }
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
        auto reply = entry.at("what") == "model" ? probe_model(entry, pipelines, adapters, settings, pipeline_problems)
                                                 : probe_adapter(entry, adapters, pipelines, adapter_problems);
        reply["index"] = entry.at("index");
        answer.line(reply);
    }
    _exit(0);
}

int texts_main() {
    const protocol::AnswerStream answer;
    const std::string bytes{std::istreambuf_iterator<char>(std::cin), std::istreambuf_iterator<char>()};
    nlohmann::json texts = nlohmann::json::object();
    try {
        for (const auto &[key, text] : images::read_png_texts(std::as_bytes(std::span(bytes)))) {
            const bool wanted = key == "ablerefusal" || key == "parameters";
            if (wanted && !texts.contains(key) && base::is_utf8(text)) {
                texts[key] = text;
            }
        }
        answer.line({{"texts", texts}});
    } catch (const images::ImageError &error) {
        answer.line({{"error", error.what()}});
    }
    _exit(0);
}

int tokens_main() {
    const protocol::AnswerStream answer;
    answer.line(token_answer(nlohmann::json::parse(std::cin)));
    _exit(0);
}

} // namespace able::worker
