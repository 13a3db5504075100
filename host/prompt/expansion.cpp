#include "expansion.h"

#include "host/base/ascii.h"

#include "characters.h"
#include "error.h"
#include "number.h"
#include "weights.h"

#include <algorithm>
#include <random>

namespace able::prompt {
namespace {

constexpr int deepest_reference = 16; // wildcards in the lines of wildcards
constexpr std::size_t most_draws = 10'000;

// The length in bytes of "<lora:name" at `position`; 0 if there is no such tag.
std::size_t tag_name_length(std::string_view text, std::size_t position) {
    const std::string_view rest = text.substr(position);
    if (!rest.starts_with("<lora:") && !rest.starts_with("<lyco:")) {
        return 0;
    }
    const std::size_t close = rest.find('>');
    return close == std::string_view::npos ? 0 : std::min(rest.find(':', 6), close);
}

// The length in bytes of the longest of `names` that is a word at `position`; 0 if none is.
std::size_t plain_name_length(std::string_view text, std::size_t position, PlainNames names) {
    std::size_t longest = 0;
    for (const std::string &name : names) {
        const std::string_view here = text.substr(position, name.size());
        if (name.size() <= longest || !base::same_in_any_case(here, name)) {
            continue;
        }
        const Character before = character_before(text, position);
        const Character after = character_at(text, position + name.size());
        const bool begins = !is_word(character_at(name, 0).code) || before.length == 0 || !is_word(before.code);
        const bool ends =
            !is_word(character_before(name, name.size()).code) || after.length == 0 || !is_word(after.code);
        if (begins && ends) {
            longest = name.size();
        }
    }
    return longest;
}

// How many bytes at `position` are plain text whatever they look like (an escape, a name in a tag, the name of an
// embedding); 0 if none are.
std::size_t plain_length(std::string_view text, std::size_t position, PlainNames names) {
    if (text[position] == '\\') {
        return std::min<std::size_t>(2, text.size() - position);
    }
    if (text[position] == '<') {
        if (const std::size_t length = tag_name_length(text, position); length > 0) {
            return length;
        }
    }
    return names.empty() ? 0 : plain_name_length(text, position, names);
}

// Where the braces of a text are, and what is in them.
class Braces {
public:
    Braces(std::string_view text, PlainNames names) : groups_(text.size()) {
        struct Open {
            std::size_t position;
            int square = 0; // open square brackets
            std::vector<std::size_t> bars = {};
        };
        std::vector<Open> open;
        for (std::size_t i = 0; i < text.size(); ++i) {
            const char c = text[i];
            if (const std::size_t plain = plain_length(text, i, names); plain > 0) {
                i += plain - 1;
            } else if (c == '{') {
                if (open.size() >= deepest_nesting) {
                    throw PromptError("braces are nested more than " + std::to_string(deepest_nesting) +
                                      " deep; write \\{ for a brace that is text");
                }
                open.push_back({i});
            } else if (c == '}' && !open.empty()) {
                if (!open.back().bars.empty()) {
                    groups_[open.back().position] = {i, std::move(open.back().bars)};
                    any_ = true;
                }
                open.pop_back();
            } else if (!open.empty() && c == '|' && open.back().square == 0) {
                open.back().bars.push_back(i);
            } else if (!open.empty() && (c == '[' || (c == ']' && open.back().square > 0))) {
                open.back().square += c == '[' ? 1 : -1;
            }
        }
    }

    struct Group {
        std::size_t close = 0; // where its "}" is; 0 where no group begins
        std::vector<std::size_t> bars;
    };
    const Group &at(std::size_t position) const { return groups_[position]; }
    bool any() const { return any_; }

private:
    std::vector<Group> groups_; // by the position of "{"
    bool any_ = false;
};

// The bytes of __name__ at `position`, 0 if there is none.
std::size_t reference_length(std::string_view text, std::size_t position) {
    if (text.substr(position, 2) != "__") {
        return 0;
    }
    const std::size_t name = wildcard_name_length(text, position + 2);
    return name == 0 ? 0 : name + 4;
}

class Expansion {
public:
    Expansion(Wildcards &wildcards, std::uint64_t seed, PlainNames names)
        : wildcards_(wildcards), random_(seed), names_(names) {}

    void text(std::string_view text, int depth) {
        const Braces braces(text, names_);
        range(text, braces, 0, text.size(), depth);
    }

    std::string take() { return std::move(out_); }

private:
    void range(std::string_view text, const Braces &braces, std::size_t begin, std::size_t end, int depth) {
        for (std::size_t i = begin; i < end;) {
            const char c = text[i];
            if (const std::size_t plain = plain_length(text.substr(0, end), i, names_); plain > 0) {
                add(text.substr(i, plain));
                i += plain;
                continue;
            }
            if (c == '{' && braces.at(i).close > 0) {
                group(text, braces, i, depth);
                i = braces.at(i).close + 1;
                continue;
            }
            const std::size_t reference = c == '_' ? reference_length(text.substr(0, end), i) : 0;
            if (reference > 0) {
                wildcard(text.substr(i + 2, reference - 4), depth);
                i += reference;
                continue;
            }
            add(text.substr(i, 1));
            ++i;
        }
    }

    void group(std::string_view text, const Braces &braces, std::size_t position, int depth) {
        const auto &[close, bars] = braces.at(position);
        struct Option {
            std::size_t begin, end;
            double weight;
        };
        std::vector<Option> options;
        double total = 0;
        for (std::size_t i = 0; i <= bars.size(); ++i) {
            const std::size_t begin = i == 0 ? position + 1 : bars[i - 1] + 1;
            const std::size_t end = i == bars.size() ? close : bars[i];
            const auto [skipped, weight] = option_weight(text.substr(begin, end - begin));
            options.push_back({begin + skipped, end, weight});
            total += weight;
        }
        if (!(total > 0)) {
            throw PromptError("no option of " + quoted(text.substr(position, close + 1 - position)) +
                              " has a weight above 0");
        }
        double left = fraction() * total;
        auto chosen = options.begin();
        for (; chosen + 1 != options.end() && left >= chosen->weight; ++chosen) {
            left -= chosen->weight;
        }
        range(text, braces, chosen->begin, chosen->end, depth);
    }

    // The weight that "3::a" begins with, and the bytes that say so.
    static std::pair<std::size_t, double> option_weight(std::string_view option) {
        const std::size_t length = option.find_first_not_of("0123456789.");
        if (length == 0 || length == std::string_view::npos) {
            return {0, 1};
        }
        if (option.substr(length, 2) == "$$") {
            throw PromptError("drawing several options at once, as in " + quoted("{2$$a|b}") + ", is not supported");
        }
        const auto weight = plain_number(option.substr(0, length));
        if (option.substr(length, 2) != "::" || !weight) {
            return {0, 1};
        }
        if (!(*weight <= largest_weight)) {
            throw PromptError("the weight of the option " + quoted(option) + " is beyond " +
                              std::to_string(static_cast<int>(largest_weight)));
        }
        return {length + 2, *weight};
    }

    void wildcard(std::string_view name, int depth) {
        if (depth >= deepest_reference) {
            throw PromptError("the wildcard " + quoted(name) + " is reached through " +
                              std::to_string(deepest_reference) + " others; do they name each other in a circle?");
        }
        const auto &lines = wildcards_.lines(name);
        const auto index = static_cast<std::size_t>(fraction() * static_cast<double>(lines.size()));
        text(lines[std::min(index, lines.size() - 1)], depth + 1);
    }

    // In [0, 1), in steps of 2^-53.
    double fraction() {
        if (++draws_ > most_draws) {
            throw PromptError("the prompt draws more than " + std::to_string(most_draws) + " times");
        }
        return static_cast<double>(random_() >> 11U) * 0x1p-53;
    }

    void add(std::string_view text) {
        out_ += text;
        if (out_.size() > longest_expansion) {
            throw PromptError("the prompt is longer than " + std::to_string(longest_expansion) +
                              " bytes once its wildcards are drawn");
        }
    }

    Wildcards &wildcards_;
    std::mt19937_64 random_;
    const PlainNames names_;
    std::string out_;
    std::size_t draws_ = 0;
};

} // namespace

bool is_template(std::string_view text, PlainNames names) {
    if (Braces(text, names).any()) {
        return true;
    }
    for (std::size_t i = 0; i < text.size();) {
        const std::size_t plain = plain_length(text, i, names);
        if (plain == 0 && text[i] == '_' && reference_length(text, i) > 0) {
            return true;
        }
        i += std::max<std::size_t>(plain, 1);
    }
    return false;
}

std::string expand(std::string_view text, Wildcards &wildcards, std::uint64_t seed, PlainNames names) {
    Expansion expansion(wildcards, seed, names);
    expansion.text(text, 0);
    return expansion.take();
}

std::string without_draws(std::string_view text, PlainNames names) {
    if (!is_template(text, names)) {
        return std::string(text);
    }
    std::string out;
    for (std::size_t i = 0; i < text.size();) {
        const std::size_t plain = plain_length(text, i, names);
        if (plain == 0 && (text[i] == '{' || text[i] == '}' || text.substr(i, 2) == "__")) {
            out += '\\';
        }
        out += text.substr(i, std::max<std::size_t>(plain, 1));
        i += std::max<std::size_t>(plain, 1);
    }
    return out;
}

} // namespace able::prompt
