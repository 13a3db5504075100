// A prompt: every parser of the language on the same text.
#include "host/prompt/prompt.h"
#include "host/prompt/error.h"
#include "host/prompt/expansion.h"
#include "host/prompt/tags.h"

#include <cmath>
#include <cstdlib>

using namespace able::prompt;

namespace {

void require(bool condition) {
    if (!condition) {
        std::abort();
    }
}

void check(const ScheduledPart &part, std::size_t length, std::uint32_t steps) {
    require(!part.variants.empty() && part.variants.back().end_at_step == steps);
    std::uint32_t last = 0;
    for (const Variant &variant : part.variants) {
        require(variant.end_at_step > last);
        last = variant.end_at_step;
        std::size_t written = 0;
        require(!variant.segments.empty());
        for (const Segment &segment : variant.segments) {
            written += segment.text.size();
            require(std::isfinite(segment.weight));
        }
        require(written <= length);
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    constexpr std::uint32_t steps = 7;
    const std::string_view input(reinterpret_cast<const char *>(data), size);
    try {
        static Wildcards none("/nonexistent");
        const std::string text = expand(input, none, size);
        if (!is_template(input)) {
            require(text.size() <= input.size());
        }
        require(!is_template(without_draws(input)));
    } catch (const PromptError &) {
    }
    try {
        const Tagged tagged = take_tags(input);
        require(tagged.text.size() <= size);
        for (const ScheduledPart &part : parse_prompt(tagged.text, Syntax::a1111, steps)) {
            check(part, size, steps);
        }
        check(parse_negative_prompt(input, Syntax::a1111, steps), size, steps);
    } catch (const PromptError &) {
        return 0;
    }
    return 0;
}
