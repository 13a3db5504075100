#include "composition.h"

#include "characters.h"
#include "error.h"
#include "number.h"
#include "weights.h"

#include <cmath>

namespace able::prompt {
namespace {

// ^((?:\s|.)*?)(?:\s*:\s*([-+]?(?:\d+\.?|\d*\.\d+)))?\s*$
Part part_of(std::string_view text) {
    text = without_space_after(text);
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) {
        return {std::string(text), 1};
    }
    std::string_view number = text.substr(colon + 1);
    number.remove_prefix(space_length(number, 0));
    const auto weight = plain_number(number);
    if (!weight) {
        return {std::string(text), 1};
    }
    if (!(std::abs(*weight) <= largest_weight)) {
        throw PromptError("the weight " + quoted(number) + " of a part between AND is beyond " +
                          std::to_string(static_cast<int>(largest_weight)));
    }
    return {std::string(without_space_after(text.substr(0, colon))), *weight};
}

} // namespace

std::vector<Part> split_composition(std::string_view text) {
    std::vector<std::string_view> pieces;
    std::size_t start = 0;
    for (std::size_t found = find_word(text, "AND", 0); found != std::string_view::npos;
         found = find_word(text, "AND", start)) {
        pieces.push_back(text.substr(start, found - start));
        start = found + 3;
        if (pieces.size() >= most_parts) {
            throw PromptError("AND joins more than " + std::to_string(most_parts) + " prompts");
        }
    }
    if (pieces.empty()) {
        return {{std::string(text), 1}};
    }
    pieces.push_back(text.substr(start));
    std::vector<Part> parts;
    for (const std::string_view piece : pieces) {
        parts.push_back(part_of(piece));
    }
    return parts;
}

} // namespace able::prompt
