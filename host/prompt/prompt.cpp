#include "prompt.h"

namespace able::prompt {
namespace {

ScheduledPart scheduled(std::string_view text, double weight, Syntax syntax, std::uint32_t steps) {
    if (syntax == Syntax::plain) {
        return {weight, {{steps, {{std::string(text)}}}}};
    }
    ScheduledPart part{weight, {}};
    for (const Scheduled &entry : parse_schedule(text, steps)) {
        part.variants.push_back({entry.end_at_step, parse_weights(entry.text)});
    }
    return part;
}

} // namespace

std::optional<Syntax> syntax_of(std::string_view word) {
    return word == "a1111"   ? std::optional(Syntax::a1111)
           : word == "plain" ? std::optional(Syntax::plain)
                             : std::nullopt;
}

std::vector<ScheduledPart> parse_prompt(std::string_view text, Syntax syntax, std::uint32_t steps) {
    std::vector<ScheduledPart> parts;
    if (syntax == Syntax::plain) {
        parts.push_back(scheduled(text, 1, syntax, steps));
        return parts;
    }
    for (const Part &part : split_composition(text)) {
        parts.push_back(scheduled(part.text, part.weight, syntax, steps));
    }
    return parts;
}

ScheduledPart parse_negative_prompt(std::string_view text, Syntax syntax, std::uint32_t steps) {
    return scheduled(text, 1, syntax, steps);
}

} // namespace able::prompt
