// Weights in a prompt: (more), (much more:1.3), [less], and BREAK.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace able::prompt {

// A run of text of one weight; 1 is plain.
struct Segment {
    std::string text;
    double weight = 1;
    bool is_break = false; // BREAK: what follows begins a new chunk. `text` is then empty

    bool operator==(const Segment &) const = default;
};

// Brackets may be nested this deep, and weights lie within +-largest_weight.
constexpr std::size_t deepest_nesting = 128;
constexpr double largest_weight = 1000;

// As AUTOMATIC1111's modules/prompt_parser.py, parse_prompt_attention(). Never empty: "" is one segment of "". Throws
// PromptError for a weight that is no number, and beyond the two limits above, which the original lacks.
std::vector<Segment> parse_weights(std::string_view text);

} // namespace able::prompt
