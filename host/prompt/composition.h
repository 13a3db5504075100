// AND: several prompts at once, each with its own pull.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace able::prompt {

// A prompt of a composition. Guidance is u + scale * sum of weight * (c - u). Liu et al. 2022, "Compositional Visual
// Generation with Composable Diffusion Models".
struct Part {
    std::string text;
    double weight = 1;
};

constexpr std::size_t most_parts = 16;

// The parts between the words AND, whose text may end in ": weight"; one part of weight 1, as it is, where there is no
// AND. As AUTOMATIC1111's modules/prompt_parser.py, get_multicond_prompt_list(), which takes such an ending for a
// weight even where there is no AND ("a clock at 12:30"). Throws PromptError if there are more than most_parts.
std::vector<Part> split_composition(std::string_view text);

} // namespace able::prompt
