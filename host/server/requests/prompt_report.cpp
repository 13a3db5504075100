#include "prompt_report.h"

#include "embeddings.h"
#include "request.h"
#include "resolve.h"
#include "resolve_prompts.h"

#include "host/prompt/error.h"
#include "host/prompt/prompt.h"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>

namespace able::server {
namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 5> shared_fields{"prompt", "model", "prompt_syntax", "steps", "seed"};

bool is_shared(std::string_view name) {
    return std::find(shared_fields.begin(), shared_fields.end(), name) != shared_fields.end();
}

struct ParseRequest {
    Request request;
    bool negative = false;
};

ParseRequest read_parse_request(const json &document) {
    ParseRequest wanted;
    json rest = document;
    if (document.is_object()) {
        std::vector<std::string> names(shared_fields.begin(), shared_fields.end());
        names.emplace_back("negative");
        for (const auto &[key, value] : document.items()) {
            if (key != "negative" && !is_shared(key)) {
                throw base::RequestError(base::ErrorKind::invalid, "unknown_field",
                                         "unknown field \"" + key.substr(0, 100) + "\"", key, names);
            }
        }
        if (const auto found = document.find("negative"); found != document.end()) {
            if (!found->is_boolean()) {
                throw base::RequestError(base::ErrorKind::invalid, "wrong_type", "negative must be true or false",
                                         "negative");
            }
            wanted.negative = found->get<bool>();
            rest.erase("negative");
        }
    }
    wanted.request = parse_request(rest);
    return wanted;
}

class Report {
public:
    Report(const ParseRequest &wanted, const Catalogue &catalogue, const config::Config &config)
        : wanted_(wanted), catalogue_(catalogue), config_(config),
          syntax_(prompt::syntax_of(wanted.request.prompt_syntax).value_or(prompt::Syntax::plain)) {
        report_ = {{"prompt", wanted.request.prompt}, {"parts", json::array()}, {"loras", json::array()},
                   {"embeddings", json::array()},     {"model", nullptr},       {"token_count", nullptr},
                   {"chunk_size", nullptr},           {"chunk_count", nullptr}, {"errors", json::array()}};
    }

    json make(Environment &environment) {
        try {
            model_ = &find_model(wanted_.request, catalogue_, config_);
        } catch (const base::RequestError &) { // count() says why there is none
            model_ = nullptr;
        }
        count_tokens_ = [&environment](const auto &model, const auto &prompts, const auto &words) {
            return environment.count_tokens(model, prompts, words);
        };
        attempt([&] { parse(); });
        attempt([&] { count(environment); });
        return std::move(report_);
    }

private:
    // What goes wrong in `step` becomes a part of the report.
    template <class Step>
    void attempt(Step step) {
        try {
            step();
        } catch (const base::RequestError &error) {
            json entry{{"field", error.field()}, {"code", error.code()}, {"message", error.what()}};
            if (!error.allowed().empty()) {
                entry["allowed"] = error.allowed();
            }
            report_["errors"].push_back(std::move(entry));
        }
    }

    void parse() {
        const Request &request = wanted_.request;
        const auto seed = static_cast<std::uint64_t>(std::max<std::int64_t>(request.seed, 0));
        const std::string drawn =
            drawn_prompt(request.prompt, request.prompt_syntax, seed, "prompt", config_, catalogue_);
        report_["prompt"] = drawn;
        try {
            if (wanted_.negative) {
                parts_.push_back(prompt::parse_negative_prompt(drawn, syntax_, request.steps));
            } else {
                prompt::Tagged tagged{drawn, {}};
                if (syntax_ == prompt::Syntax::a1111) {
                    tagged = prompt::take_tags(drawn);
                }
                for (const auto &lora : tagged.loras) {
                    add_lora(lora);
                }
                parts_ = prompt::parse_prompt(tagged.text, syntax_, request.steps);
            }
        } catch (const prompt::PromptError &error) {
            throw base::RequestError(base::ErrorKind::invalid, "invalid_prompt", error.what(), "prompt",
                                     error.allowed());
        }
        for (const auto &part : parts_) {
            report_["parts"].push_back(part_json(part));
        }
        if (syntax_ == prompt::Syntax::a1111) {
            add_embeddings();
        }
    }

    void add_embeddings() {
        EmbeddingFinder finder(catalogue_, model_, count_tokens_);
        std::set<std::string> loras;
        for (const auto *lora : loras_) {
            finder.add(*lora);
            loras.insert(lora->path.string());
        }
        finder.look_up(parts_, "prompt");
        std::set<std::string> names; // one may be in several parts
        for (const auto &part : parts_) {
            for (const auto &occurrence : finder.find(part, loras)) {
                if (names.insert(occurrence.name).second) {
                    add_embedding(occurrence);
                }
            }
        }
    }

    void add_embedding(const EmbeddingFinder::Occurrence &occurrence) {
        json entry{{"name", occurrence.name}, {"id", nullptr}, {"tokens", nullptr}};
        attempt([&] {
            const auto &found = resolve_embedding(occurrence, "prompt", model_);
            entry["id"] = found.id;
            entry["tokens"] = found.tokens;
            if (embeddings_.insert(&found).second) {
                words_.push_back({use_of(found).words, found.tokens});
            }
        });
        report_["embeddings"].push_back(std::move(entry));
    }

    void add_lora(const prompt::LoraTag &lora) {
        json entry{{"name", lora.name},
                   {"id", nullptr},
                   {"unet_weight", lora.unet_weight},
                   {"text_weight", lora.text_weight},
                   {"block_weights", lora.blocks}};
        attempt([&] {
            const auto &found = find_lora("prompt", lora.name, catalogue_);
            if (!found.ready) {
                throw base::RequestError(base::ErrorKind::invalid, "lora_not_ready",
                                         "the LoRA \"" + found.id + "\" cannot be used: " + found.reason, "prompt");
            }
            if (model_ != nullptr) {
                check_family("prompt", "the LoRA \"" + found.id + "\"", found.family, *model_);
            }
            entry["id"] = found.id;
            loras_.push_back(&found);
        });
        report_["loras"].push_back(std::move(entry));
    }

    static json part_json(const prompt::ScheduledPart &part) {
        json schedule = json::array();
        for (const auto &variant : part.variants) {
            json segments = json::array();
            for (const auto &segment : variant.segments) {
                segments.push_back(segment.is_break ? json{{"break", true}}
                                                    : json{{"text", segment.text}, {"weight", segment.weight}});
            }
            schedule.push_back({{"until_step", variant.end_at_step}, {"segments", std::move(segments)}});
        }
        return {{"weight", part.weight}, {"schedule", std::move(schedule)}};
    }

    void count(Environment &environment) {
        if (parts_.empty()) {
            return;
        }
        const auto &model = find_model(wanted_.request, catalogue_, config_);
        report_["model"] = model.id;
        std::vector<std::vector<prompt::Segment>> prompts;
        for (const auto &part : parts_) {
            for (const auto &variant : part.variants) {
                prompts.push_back(variant.segments);
            }
        }
        std::vector<EncoderTokens> encoders;
        try {
            encoders = environment.count_tokens(model, prompts, words_);
        } catch (const std::runtime_error &error) {
            throw base::RequestError(base::ErrorKind::invalid, "tokens_unknown",
                                     "the tokens of the model \"" + model.id + "\" cannot be counted: " + error.what(),
                                     "model");
        }
        std::size_t index = 0;
        for (json &part : report_["parts"]) {
            for (json &entry : part["schedule"]) {
                add_tokens(entry, encoders, index++);
            }
        }
    }

    void add_tokens(json &entry, const std::vector<EncoderTokens> &encoders, std::size_t index) {
        std::size_t most = 0;
        entry["encoders"] = json::array();
        for (const auto &encoder : encoders) {
            std::size_t count = 0;
            json chunks = json::array();
            for (const auto &chunk : encoder.prompts[index]) {
                count += chunk.ids.size();
                chunks.push_back({{"count", chunk.ids.size()}, {"ids", chunk.ids}, {"weights", chunk.weights}});
            }
            most = std::max(most, count);
            const std::size_t chunk_count = chunks.size();
            if (report_["chunk_count"].is_null() || report_["chunk_count"].get<std::size_t>() < chunk_count) {
                report_["chunk_count"] = chunk_count;
                report_["chunk_size"] = encoder.room;
            }
            entry["encoders"].push_back({{"tokenizer", encoder.tokenizer},
                                         {"chunk_size", encoder.room},
                                         {"token_count", count},
                                         {"chunks", std::move(chunks)}});
        }
        entry["token_count"] = most;
        report_["token_count"] =
            std::max(report_["token_count"].is_null() ? 0 : report_["token_count"].get<std::size_t>(), most);
    }

    const ParseRequest &wanted_;
    const Catalogue &catalogue_;
    const config::Config &config_;
    const prompt::Syntax syntax_;
    const ModelEntry *model_ = nullptr;
    CountTokens count_tokens_;
    std::vector<prompt::ScheduledPart> parts_;
    std::vector<const LoraEntry *> loras_;        // that they name
    std::set<const EmbeddingEntry *> embeddings_; // in them
    std::vector<WordTokens> words_;               // of these
    json report_;
};

} // namespace

json prompt_report(const json &document, const Catalogue &catalogue, const config::Config &config,
                   Environment &environment) {
    const ParseRequest wanted = read_parse_request(document);
    return Report(wanted, catalogue, config).make(environment);
}

json parse_request_schema() {
    json schema = request_schema();
    json properties = json::object();
    for (const auto &[name, property] : schema.at("properties").items()) {
        if (is_shared(name)) {
            properties[name] = property;
        }
    }
    properties["negative"] = {
        {"type", "boolean"}, {"default", false}, {"description", "Whether it is a negative prompt, which has no AND."}};
    schema["properties"] = std::move(properties);
    schema["required"] = json::array({"prompt"});
    schema["properties"]["prompt"]["description"] = "The prompt.";
    schema["properties"]["prompt"].erase("x-left-out");
    return schema;
}

} // namespace able::server
