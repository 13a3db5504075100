// What training programs wrote about a LoRA into its file.
#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

namespace able::models {

struct TagCount {
    std::string tag;
    std::uint64_t count = 0; // captions of the training pictures that have it

    bool operator==(const TagCount &) const = default;
};

// Empty where the file does not say.
struct LoraDetails {
    std::string title, author;
    std::string alias;      // ss_output_name: what A1111 calls the LoRA unless told otherwise
    std::string base_model; // as the file has it: "sdxl_base_v1-0"
    std::string family;     // the same as in able_model_info: "sd1", "sd2", "sdxl"; "" if not known here
    std::vector<std::string> trigger_words; // what brings the effect out
    std::vector<TagCount> tags;             // the most frequent first; 50 at most
};

// From a file's metadata, whose values `value` gives by key: kohya's (`ss_…`) and Stability's ModelSpec
// (`modelspec.…`, github.com/Stability-AI/ModelSpec). Without modelspec.trigger_phrase the trigger words are those tags
// that the captions have most often. Opened files only: the strings are hostile, and this belongs into a worker.
LoraDetails lora_details(const std::function<const char *(const char *key)> &value);

void to_json(nlohmann::json &json, const LoraDetails &details);
void from_json(const nlohmann::json &json, LoraDetails &details);

} // namespace able::models
