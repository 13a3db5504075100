// Prompts that change while the picture is made: [from:to:when], [to:when], [from::when], and alternation [a|b|c].
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace able::prompt {

// What the prompt is up to a step.
struct Scheduled {
    std::uint32_t end_at_step = 0; // of the steps counted from 0, the last one that it is for
    std::string text;

    bool operator==(const Scheduled &) const = default;
};

// `text` over `steps` steps: entries of rising end_at_step, the last one's is `steps`. Brackets that are neither of the
// four forms stay in the text, where they weigh; a text whose structure is broken (a "|" outside square brackets) is
// one entry, as it is. As AUTOMATIC1111's modules/prompt_parser.py, get_learned_conditioning_prompt_schedules(), whose
// grammar for lark's Earley parser is parsed here in one pass. Throws PromptError if brackets are nested more than
// deepest_nesting deep, which the original has no limit for.
std::vector<Scheduled> parse_schedule(std::string_view text, std::uint32_t steps);

// The entry in force at `step`, counted from 0: the first one whose end_at_step is not below it. As
// reconstruct_cond_batch(), which lets the first entry last a step longer than the others.
template <class Entries>
const auto &at_step(const Entries &entries, std::uint32_t step) {
    for (const auto &entry : entries) {
        if (step <= entry.end_at_step) {
            return entry;
        }
    }
    return entries.front();
}

} // namespace able::prompt
