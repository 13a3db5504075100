#include "prompt.h"

#include "error.h"

namespace able::prompt {
namespace {

constexpr std::size_t most_pieces = 50'000; // of all texts of all parts

// Bounds what one prompt can ask for, in memory too.
class Pieces {
public:
    void add(std::size_t count) {
        count_ += count;
        if (count_ > most_pieces) {
            throw PromptError("the prompt changes so often, with so many weights in each of its texts, that they make "
                              "more than " +
                              std::to_string(most_pieces) + " pieces; write it with fewer brackets");
        }
    }

private:
    std::size_t count_ = 0;
};

ScheduledPart scheduled(std::string_view text, double weight, Syntax syntax, std::uint32_t steps, Pieces &pieces) {
    if (syntax == Syntax::plain) {
        return {weight, {{steps, {{std::string(text)}}}}};
    }
    ScheduledPart part{weight, {}};
    for (const Scheduled &entry : parse_schedule(text, steps)) {
        part.variants.push_back({entry.end_at_step, parse_weights(entry.text)});
        pieces.add(part.variants.back().segments.size());
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
    Pieces pieces;
    if (syntax == Syntax::plain) {
        parts.push_back(scheduled(text, 1, syntax, steps, pieces));
        return parts;
    }
    for (const Part &part : split_composition(text)) {
        parts.push_back(scheduled(part.text, part.weight, syntax, steps, pieces));
    }
    return parts;
}

ScheduledPart parse_negative_prompt(std::string_view text, Syntax syntax, std::uint32_t steps) {
    Pieces pieces;
    return scheduled(text, 1, syntax, steps, pieces);
}

} // namespace able::prompt
