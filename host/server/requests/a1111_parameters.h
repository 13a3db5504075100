// The text "parameters" that AUTOMATIC1111's web UI and many other programs write into their pictures:
//
//   the prompt
//   Negative prompt: what not
//   Steps: 20, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 7, Seed: 1, Size: 512x768, …
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace able::server {

struct A1111Parameters {
    std::string prompt, negative_prompt;
    std::vector<std::pair<std::string, std::string>> values; // in the text's order, unquoted

    // The value of a name, whatever the case of its letters.
    const std::string *find(std::string_view name) const;
};

// Reads as modules/infotext_utils.py, parse_generation_parameters(). The settings are the last line or, if they were
// broken into several, the lines from "Steps: 20" on. A value ends at the next comma, or is a JSON string or, on some
// sites, a JSON object. Returns nothing for any other text.
std::optional<A1111Parameters> parse_a1111_parameters(std::string_view text);

// "ink: 0123, plain: 4567", as "Lora hashes" and "TI hashes" have it.
std::vector<std::pair<std::string, std::string>> name_pairs(std::string_view text);

} // namespace able::server
