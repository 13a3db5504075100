// What a child is asked about files of weights, and what it answers. It gets one ProbeRequest and writes a ProbeAnswer
// a line, in the order of the questions, so that a file that kills it costs itself alone.
#pragma once

#include "host/base/members.h"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

namespace able::protocol {

struct ProbeQuestion {
    std::uint64_t index = 0;
    std::string what; // the tag of the finding that is wanted: "model", "lora", "embedding"
    std::string path;

    static constexpr auto members() {
        using S = ProbeQuestion;
        return std::tuple(base::member("index", &S::index), base::member("what", &S::what),
                          base::member("path", &S::path));
    }
};

// The settings that affect the answers.
struct ProbeSettings {
    std::string device, dtype, vae_tiling;

    bool operator==(const ProbeSettings &) const = default;

    static constexpr auto members() {
        using S = ProbeSettings;
        return std::tuple(base::member("device", &S::device), base::member("dtype", &S::dtype),
                          base::member("vae_tiling", &S::vae_tiling));
    }
};

struct ProbeRequest {
    std::vector<nlohmann::json> plugins; // plugins_to_json
    ProbeSettings settings;
    std::vector<ProbeQuestion> questions;

    static constexpr auto members() {
        using S = ProbeRequest;
        return std::tuple(base::member("plugins", &S::plugins), base::member("settings", &S::settings),
                          base::member("questions", &S::questions));
    }
};

// What a model honours of a prompt; see able_prompt_support.
struct PromptTraits {
    std::uint32_t honours = 0; // ABLE_HONOURS_…
    std::uint32_t chunk_tokens = 0;
    std::uint32_t most_tokens = 0;

    static constexpr auto members() {
        using S = PromptTraits;
        return std::tuple(base::member("honours", &S::honours), base::member("chunk_tokens", &S::chunk_tokens),
                          base::member("most_tokens", &S::most_tokens));
    }
};

// What a pipeline says of a model before it is loaded; see able_model_probe. Zero or empty: nothing.
struct ModelTraits {
    std::string family_name; // for people
    std::uint32_t size_multiple = 0;
    std::uint32_t smallest_side = 0, largest_side = 0;
    std::vector<std::pair<std::uint32_t, std::uint32_t>> sizes; // the only ones
    std::string sampler, schedule;                              // recommended
    std::uint32_t steps = 0;
    double guidance = 0;
    std::optional<PromptTraits> prompt;

    static constexpr auto members() {
        using S = ModelTraits;
        return std::tuple(
            base::text_member("family_name", &S::family_name, 100), base::member("size_multiple", &S::size_multiple),
            base::member("smallest_side", &S::smallest_side), base::member("largest_side", &S::largest_side),
            base::member("sizes", &S::sizes), base::text_member("sampler", &S::sampler, 64),
            base::text_member("schedule", &S::schedule, 64), base::member("steps", &S::steps),
            base::member("guidance", &S::guidance), base::member("prompt", &S::prompt));
    }
};

// What a model takes of the memory, and what a job with it adds.
struct MemoryNeed {
    std::uint64_t weights = 0; // bytes while it is loaded; 0: unknown
    // Bytes that a job adds at its peak, by the picture's pixels, which rise.
    std::vector<std::pair<std::uint64_t, std::uint64_t>> working;

    bool known() const { return weights != 0 && !working.empty(); }
    // For a picture of so many pixels, between the sizes that are known along a line.
    std::uint64_t working_at(std::uint64_t pixels) const;

    static constexpr auto members() {
        using S = MemoryNeed;
        return std::tuple(base::member("weights", &S::weights), base::member("working", &S::working));
    }
};

struct TagCount {
    std::string tag;
    std::uint64_t count = 0; // captions of the training pictures that have it

    bool operator==(const TagCount &) const = default;

    static constexpr auto members() {
        using S = TagCount;
        return std::tuple(base::text_member("tag", &S::tag, 600), base::member("count", &S::count));
    }
};

// What training programs wrote about a LoRA into its file. Empty where the file does not say.
struct LoraDetails {
    std::string title, author;
    std::string alias;      // ss_output_name: what A1111 calls the LoRA unless told otherwise
    std::string base_model; // as the file has it: "sdxl_base_v1-0"
    std::string family;     // the same as in able_model_info: "sd1", "sd2", "sdxl"; "" if not known here
    std::vector<std::string> trigger_words; // what brings the effect out
    std::vector<TagCount> tags;             // the most frequent first; 50 at most

    static constexpr auto members() {
        using S = LoraDetails;
        return std::tuple(base::text_member("title", &S::title, 600), base::text_member("author", &S::author, 600),
                          base::text_member("alias", &S::alias, 600),
                          base::text_member("base_model", &S::base_model, 600),
                          base::text_member("family", &S::family, 64),
                          base::text_member("trigger_words", &S::trigger_words, 600), base::member("tags", &S::tags));
    }
};

// A word that comes inside a LoRA.
struct BundledWord {
    std::string name;
    bool ready = false;
    std::string reason, family;
    std::uint32_t tokens = 0;

    static constexpr auto members() {
        using S = BundledWord;
        return std::tuple(base::member("name", &S::name), base::member("ready", &S::ready),
                          base::text_member("reason", &S::reason, 2000), base::text_member("family", &S::family, 64),
                          base::member("tokens", &S::tokens));
    }
};

// What is found about every file. Where it is not `ready`, nothing else counts but `reason`.
struct Finding {
    bool ready = false;
    std::string reason; // why it is not ready, and what to do; else ""
    std::string family; // "" where the file does not tell

    static constexpr auto members() {
        using S = Finding;
        return std::tuple(base::member("ready", &S::ready), base::text_member("reason", &S::reason, 2000),
                          base::text_member("family", &S::family, 64));
    }
};

struct ModelFinding : Finding {
    static constexpr base::Tag tag{"what", "model"};

    std::string variant; // "vae": an autoencoder and no model
    std::string dtype;
    std::uint32_t default_width = 0, default_height = 0;
    std::string pipeline; // id of the one that loads it
    ModelTraits traits;
    std::vector<std::string> needs; // roles of components that a request must name beside it: "vae"
    std::vector<std::string> notes; // what users of a ready one should know
    bool encodes = true;            // whether it can start from a picture
    MemoryNeed memory;              // unknown if no plugin says

    static constexpr auto members() {
        using S = ModelFinding;
        return std::tuple_cat(
            Finding::members(),
            std::tuple(base::text_member("variant", &S::variant, 64), base::text_member("dtype", &S::dtype, 64),
                       base::member("default_width", &S::default_width),
                       base::member("default_height", &S::default_height),
                       base::text_member("pipeline", &S::pipeline, 64), base::member("traits", &S::traits),
                       base::text_member("needs", &S::needs, 64), base::text_member("notes", &S::notes, 2000),
                       base::member("encodes", &S::encodes), base::member("memory", &S::memory)));
    }
};

struct LoraFinding : Finding {
    static constexpr base::Tag tag{"what", "lora"};

    std::string type;    // the adapter's variant: "lora"
    std::string adapter; // id of the one that takes it, for its parameters
    LoraDetails details;
    std::uint64_t data_offset = 0; // of the file's tensors, which auto_v3 is of; 0: the format has none
    std::vector<BundledWord> words;

    static constexpr auto members() {
        using S = LoraFinding;
        return std::tuple_cat(Finding::members(), std::tuple(base::text_member("type", &S::type, 64),
                                                             base::text_member("adapter", &S::adapter, 64),
                                                             base::member("details", &S::details),
                                                             base::member("data_offset", &S::data_offset),
                                                             base::member("words", &S::words)));
    }
};

struct EmbeddingFinding : Finding {
    static constexpr base::Tag tag{"what", "embedding"};

    std::uint32_t tokens = 0; // that the word takes up in a prompt
    std::string word;         // the file's own name for it: "<cat-toy>"

    static constexpr auto members() {
        using S = EmbeddingFinding;
        return std::tuple_cat(Finding::members(),
                              std::tuple(base::member("tokens", &S::tokens), base::text_member("word", &S::word, 300)));
    }
};

using AnyFinding = std::variant<ModelFinding, LoraFinding, EmbeddingFinding>;

struct ProbeAnswer {
    std::uint64_t index = 0; // the question's
    bool lasting = false;    // it depends on nothing but the file and the plugins
    AnyFinding finding;

    static constexpr auto members() {
        using S = ProbeAnswer;
        return std::tuple(base::member("index", &S::index), base::member("lasting", &S::lasting),
                          base::member("finding", &S::finding));
    }
};

} // namespace able::protocol
