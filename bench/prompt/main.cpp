// Measures how long the parsers of the prompt language take over texts of 10,000 characters that are hard on them: a
// Markdown table on standard output, in milliseconds, the best of nine runs.
//
//   build/release/bin/bench_prompt
#include "host/prompt/error.h"
#include "host/prompt/expansion.h"
#include "host/prompt/prompt.h"
#include "host/prompt/tags.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

using namespace able::prompt;

namespace {

constexpr std::size_t prompt_length = 10'000; // characters, the most that a request takes
constexpr int runs = 9;

struct Input {
    std::string name, text;
};

// `unit` of `characters` each, over and over, up to the length; then `end`.
std::string filled(const std::string &unit, std::size_t characters, const std::string &start = "",
                   const std::string &end = "") {
    std::string text = start;
    for (std::size_t i = 0; i < (prompt_length - start.size() - end.size()) / characters; ++i) {
        text += unit;
    }
    return text + end;
}

std::string filled(const std::string &unit) {
    return filled(unit, unit.size());
}

std::string repeated(const std::string &unit, std::size_t count) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i) {
        text += unit;
    }
    return text;
}

std::vector<Input> inputs() {
    // Periods without a common factor: another text at each step.
    const std::string turns = "[a|b][a|b|c][a|b|c|d|e][a|b|c|d|e|f|g]";
    const std::string open = repeated("(", 127), close = repeated(")", 127);
    return {
        {"words", filled("a red fox in the snow, ")},
        {"round brackets, opened", filled("(")},
        {"square brackets, opened", filled("[")},
        {"round brackets, closed", filled(")")},
        {"pairs", filled("(a)")},
        {"pairs with weights", filled("(a:1.1)")},
        {"nested to the limit, over and over", filled(open + "a" + close)},
        {"nested to the limit, then words", filled("a (b) ", 6, open)},
        {"crossed brackets", filled("([)]")},
        {"colons", filled(":")},
        {"colons and spaces", filled(": ")},
        {"colons and digits", filled(":1")},
        {"a colon, then digits", filled("1", 1, "(a:", ")")},
        {"a colon, then spaces", filled(" ", 1, "(a:", "1)")},
        {"spaces", filled(" ")},
        {"ideographic spaces", filled("\xe3\x80\x80", 1)},
        {"emoji", filled("\xf0\x9f\xa6\x8a", 1)},
        {"backslashes", filled("\\")},
        {"escaped brackets", filled("\\(")},
        {"BREAK", filled("BREAK ")},
        {"AND", filled("a AND ")},
        {"bars", filled("|")},
        {"alternations", filled("[a|b]")},
        {"alternations of many", filled("a|", 2, "[", "b]")},
        {"nested alternations", filled(repeated("[a|", 100) + "b" + repeated("]", 100))},
        {"another text at each step", filled("a red fox in the snow, ", 23, turns)},
        {"the same, of colons", filled("a:", 2, turns)},
        {"the same, of pairs", filled("(a)b", 4, turns)},
        {"the same, in open brackets", filled("(a)b", 4, turns + open)},
        {"the same, in parts", repeated(turns + repeated("(a)b", 145) + "AND ", 16)},
        {"schedules", filled("[a:b:0.5]")},
        {"schedules at every step", filled("[a:b:7][a:b:13][a:b:101]")},
        {"nested schedules", filled(repeated("[a:", 100) + "b" + repeated(":0.5]", 100))},
        {"tags, opened", filled("<a:")},
        {"angle brackets", filled("<")},
        {"LoRAs", filled("<lora:a:1>")},
        {"braces, opened", filled("{")},
        {"choices", filled("{a|b}")},
        {"nested choices", filled(repeated("{a|", 100) + "b" + repeated("}", 100))},
        {"underscores", filled("_")},
        {"weights of choices", filled("{1::a|2::b}")},
    };
}

// What a request for images does with a prompt, and what its sampling does.
void parse(const std::string &input, std::uint32_t steps) {
    Wildcards none("/nonexistent");
    try {
        const std::string drawn = is_template(input) ? expand(input, none, 1) : input;
        const Tagged tagged = take_tags(drawn);
        parse_prompt(tagged.text, Syntax::a1111, steps);
    } catch (const PromptError &) { // takes its time too
    }
    try {
        parse_negative_prompt(input, Syntax::a1111, steps);
    } catch (const PromptError &) {
    }
}

double milliseconds(const std::string &text, std::uint32_t steps) {
    double best = 1e9;
    for (int run = 0; run < runs; ++run) {
        const auto start = std::chrono::steady_clock::now();
        parse(text, steps);
        const std::chrono::duration<double, std::milli> taken = std::chrono::steady_clock::now() - start;
        best = std::min(best, taken.count());
    }
    return best / 2; // two prompts
}

} // namespace

int main() {
    std::puts("| 10,000 characters of | 20 steps | 150 steps |\n|---|---|---|");
    double slowest = 0;
    for (const Input &input : inputs()) {
        const double few = milliseconds(input.text, 20);
        const double many = milliseconds(input.text, 150);
        std::printf("| %s | %.2f | %.2f |\n", input.name.c_str(), few, many);
        std::fflush(stdout);
        slowest = std::max({slowest, few, many});
    }
    std::printf("\nThe slowest took %.2f ms.\n", slowest);
}
