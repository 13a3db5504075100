#include "weights.h"

#include "characters.h"
#include "error.h"
#include "number.h"

#include <algorithm>
#include <cmath>

namespace able::prompt {
namespace {

constexpr double round_bracket = 1.1;
constexpr double square_bracket = 1 / 1.1;
constexpr double break_mark = -1; // the weight that tells BREAK from the word, unless brackets around it change it

class Weights {
public:
    void open(std::vector<std::size_t> &brackets) {
        if (brackets.size() >= deepest_nesting) {
            throw PromptError("brackets are nested more than " + std::to_string(deepest_nesting) +
                              " deep; close some, or write \\( and \\[ for brackets that are text");
        }
        brackets.push_back(pieces_.size());
        goes_on_ = false;
    }
    void open_round() { open(round_); }
    void open_square() { open(square_); }
    bool in_round() const { return !round_.empty(); }
    bool in_square() const { return !square_.empty(); }
    void close_round(double factor) { close(round_, factor); }
    void close_square() { close(square_, square_bracket); }

    void literal(std::string_view text) {
        // What follows in the text without a bracket between has the same weight: one piece.
        if (goes_on_ && pieces_.back().text.data() + pieces_.back().text.size() == text.data()) {
            std::string_view &last = pieces_.back().text;
            last = {last.data(), last.size() + text.size()};
            return;
        }
        pieces_.push_back({text, 1});
        goes_on_ = true;
    }

    void words(std::string_view text) {
        std::size_t start = 0;
        while (true) {
            const std::size_t found = find_word(text, "BREAK", start);
            if (found == std::string_view::npos) {
                return literal(text.substr(start));
            }
            literal(without_space_after(text.substr(start, found - start)));
            pieces_.push_back({"BREAK", break_mark});
            goes_on_ = false;
            start = found + 5;
            start += space_length(text, start);
        }
    }

    std::vector<Segment> finish() {
        while (in_round()) {
            close_front(round_, round_bracket);
        }
        while (in_square()) {
            close_front(square_, square_bracket);
        }
        if (pieces_.empty()) {
            literal("");
        }
        std::vector<Segment> segments;
        double weight = 0; // of the last one; a mark's is its own
        for (const Piece &piece : pieces_) {
            if (!segments.empty() && weight == piece.weight) {
                segments.back().text += piece.text;
                continue;
            }
            if (!(std::abs(piece.weight) <= largest_weight)) {
                throw PromptError("the weight of " + quoted(piece.text) + " is beyond " +
                                  std::to_string(static_cast<int>(largest_weight)));
            }
            weight = piece.weight;
            segments.push_back({std::string(piece.text), piece.weight, false});
        }
        for (Segment &segment : segments) {
            if (segment.text == "BREAK" && segment.weight == break_mark) {
                segment = {"", 1, true};
            }
        }
        return segments;
    }

private:
    struct Piece {
        std::string_view text;
        double weight;
    };

    // Each piece is multiplied at most once for each bracket that was open when it was made: a bounded number.
    void multiply(std::size_t start, double factor) {
        for (std::size_t i = start; i < pieces_.size(); ++i) {
            pieces_[i].weight *= factor;
        }
    }
    void close(std::vector<std::size_t> &brackets, double factor) {
        multiply(brackets.back(), factor);
        brackets.pop_back();
        goes_on_ = false;
    }
    // What was never closed: from the first one on, as in the original, since the order decides the last bits.
    void close_front(std::vector<std::size_t> &brackets, double factor) {
        for (const std::size_t start : brackets) {
            multiply(start, factor);
        }
        brackets.clear();
    }

    std::vector<Piece> pieces_;
    std::vector<std::size_t> round_, square_; // where the open brackets' content begins
    bool goes_on_ = false;                    // no bracket since the last piece, which is text
};

struct ExplicitWeight {
    std::string_view number;
    std::size_t length = 0; // of the whole of ": 1.3 )"; 0 where there is none
};

// :\s*([+-]?[.\d]+)\s*\) at the colon at `position`.
ExplicitWeight explicit_weight(std::string_view text, std::size_t position) {
    std::size_t at = position + 1;
    if (at < text.size() && text[at] >= 'A' && text[at] <= 'z') { // most colons are followed by words
        return {};
    }
    at += space_length(text, at);
    const std::size_t start = at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) {
        ++at;
    }
    const std::size_t digits = at;
    for (Character c = character_at(text, at); c.length > 0 && (c.code == '.' || digit_value(c.code) >= 0);
         c = character_at(text, at)) {
        at += c.length;
    }
    if (at == digits) {
        return {};
    }
    const std::string_view number = text.substr(start, at - start);
    at += space_length(text, at);
    if (at >= text.size() || text[at] != ')') {
        return {};
    }
    return {number, at + 1 - position};
}

bool has_meaning(char c) {
    return c == '\\' || c == '(' || c == ')' || c == '[' || c == ']' || c == ':';
}

// Where the text that begins at `position`, maybe with a colon, meets a bracket, a backslash, or a colon before a
// weight.
std::size_t plain_end(std::string_view text, std::size_t position) {
    std::size_t at = position + 1;
    while (at < text.size() && (!has_meaning(text[at]) || (text[at] == ':' && explicit_weight(text, at).length == 0))) {
        ++at;
    }
    return at;
}

double weight_of(std::string_view number) {
    const auto weight = plain_number(number);
    if (!weight) {
        throw PromptError("the weight " + quoted(number) + " is not a number");
    }
    return *weight;
}

} // namespace

std::vector<Segment> parse_weights(std::string_view text) {
    Weights weights;
    for (std::size_t i = 0; i < text.size();) {
        const char c = text[i];
        if (c == '\\') {
            // A backslash before anything but brackets and itself goes, and what follows it is as it would be without.
            const bool escape =
                i + 1 < text.size() && std::string_view("()[]\\").find(text[i + 1]) != std::string::npos;
            weights.literal(text.substr(i + 1, escape ? 1 : 0));
            i += escape ? 2 : 1;
            continue;
        }
        if (const ExplicitWeight found = c == ':' ? explicit_weight(text, i) : ExplicitWeight(); found.length > 0) {
            if (weights.in_round()) {
                weights.close_round(weight_of(found.number));
            } else {
                weights.words(text.substr(i, found.length));
            }
            i += found.length;
            continue;
        }
        if (c == '(' || c == '[') {
            c == '(' ? weights.open_round() : weights.open_square();
        } else if (c == ')' && weights.in_round()) {
            weights.close_round(round_bracket);
        } else if (c == ']' && weights.in_square()) {
            weights.close_square();
        } else if (c == ')' || c == ']') {
            weights.literal(text.substr(i, 1));
        } else {
            const std::size_t end = plain_end(text, i);
            weights.words(text.substr(i, end - i));
            i = end;
            continue;
        }
        ++i;
    }
    return weights.finish();
}

} // namespace able::prompt
