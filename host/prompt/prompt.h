// A prompt as the sampling of a picture needs it.
#pragma once

#include "composition.h"
#include "schedule.h"
#include "weights.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace able::prompt {

enum class Syntax {
    a1111, // the language of docs/prompts.md
    plain  // no language: the text is the text
};

// "a1111", "plain"; nothing for any other word.
std::optional<Syntax> syntax_of(std::string_view word);

// What a part of a prompt is up to a step; see Scheduled.
struct Variant {
    std::uint32_t end_at_step = 0;
    std::vector<Segment> segments;
};

struct ScheduledPart {
    double weight = 1; // of the part, in guidance
    std::vector<Variant> variants;
};

// A prompt without tags, its wildcards drawn: split at AND, scheduled over `steps` model evaluations, weighed. Throws
// PromptError, also where all texts together have more than 50,000 segments, which the original has no limit for.
std::vector<ScheduledPart> parse_prompt(std::string_view text, Syntax syntax, std::uint32_t steps);

// The same of a negative prompt, in which AND is a word like others.
ScheduledPart parse_negative_prompt(std::string_view text, Syntax syntax, std::uint32_t steps);

} // namespace able::prompt
