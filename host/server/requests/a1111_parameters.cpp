#include "a1111_parameters.h"

#include "host/base/ascii.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace able::server {
namespace {

constexpr std::size_t fewest_values = 3; // of a line that is taken for settings, as there
constexpr std::string_view negative_mark = "Negative prompt:";

bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

std::string_view without_blanks(std::string_view text) {
    while (!text.empty() && is_blank(text.front())) {
        text.remove_prefix(1);
    }
    while (!text.empty() && is_blank(text.back())) {
        text.remove_suffix(1);
    }
    return text;
}

// The length in bytes of the JSON string or object that `text` begins with; 0 if it is not closed.
std::size_t closed_length(std::string_view text) {
    bool quoted = false;
    int depth = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (quoted && c == '\\') {
            ++i;
        } else if (c == '"') {
            quoted = !quoted;
        } else if (!quoted && (c == '{' || c == '[')) {
            ++depth;
        } else if (!quoted && (c == '}' || c == ']')) {
            --depth;
        }
        if (!quoted && depth <= 0) {
            return i + 1;
        }
    }
    return 0;
}

std::string unquoted(std::string_view value) {
    if (!value.starts_with('"')) {
        return std::string(value);
    }
    const auto json = nlohmann::json::parse(value, nullptr, false);
    return json.is_string() ? json.get<std::string>() : std::string(value);
}

using Values = std::vector<std::pair<std::string, std::string>>;

bool is_name(std::string_view name) {
    return !name.empty() && name.find_first_of("\"{}<>()") == std::string_view::npos;
}

Values values_in(std::string_view line) {
    Values values;
    while (true) {
        while (!line.empty() && (is_blank(line.front()) || line.front() == ',')) {
            line.remove_prefix(1);
        }
        const std::size_t colon = line.find_first_of(",:");
        if (colon == std::string_view::npos) {
            return values;
        }
        if (line[colon] == ',' || !is_name(without_blanks(line.substr(0, colon)))) {
            line.remove_prefix(std::min(line.find(','), line.size()));
            continue;
        }
        const std::string_view name = without_blanks(line.substr(0, colon));
        line.remove_prefix(colon + 1);
        while (!line.empty() && is_blank(line.front())) {
            line.remove_prefix(1);
        }
        const bool may_hold_commas = line.starts_with('"') || line.starts_with('{');
        const std::size_t closed = may_hold_commas ? closed_length(line) : 0;
        const std::size_t end = std::min(line.find(',', closed), line.size());
        values.emplace_back(name, unquoted(without_blanks(line.substr(0, end))));
        line.remove_prefix(end);
    }
}

std::vector<std::string_view> lines_of(std::string_view text) {
    std::vector<std::string_view> lines;
    while (true) {
        const std::size_t end = text.find('\n');
        lines.push_back(without_blanks(text.substr(0, end)));
        if (end == std::string_view::npos) {
            return lines;
        }
        text.remove_prefix(end + 1);
    }
}

bool begins_settings(std::string_view line) {
    constexpr std::string_view mark = "Steps: ";
    return line.starts_with(mark) && line.size() > mark.size() && line[mark.size()] >= '0' && line[mark.size()] <= '9';
}

std::string joined(const std::vector<std::string_view> &lines, std::size_t begin, std::size_t end, char separator) {
    std::string text;
    for (std::size_t i = begin; i < end; ++i) {
        if (i > begin) {
            text += separator;
        }
        text += lines[i];
    }
    return text;
}

} // namespace

const std::string *A1111Parameters::find(std::string_view name) const {
    const auto found = std::find_if(values.begin(), values.end(),
                                    [name](const auto &value) { return base::same_in_any_case(value.first, name); });
    return found == values.end() ? nullptr : &found->second;
}

std::optional<A1111Parameters> parse_a1111_parameters(std::string_view text) {
    const auto lines = lines_of(without_blanks(text));
    std::size_t settings = lines.size();
    for (std::size_t i = lines.size(); i-- > 0 && settings == lines.size();) {
        settings = begins_settings(lines[i]) ? i : settings;
    }
    if (settings == lines.size() && values_in(lines.back()).size() >= fewest_values) {
        settings = lines.size() - 1;
    }
    if (settings == lines.size()) {
        return std::nullopt;
    }
    A1111Parameters parameters;
    parameters.values = values_in(joined(lines, settings, lines.size(), ' '));
    const auto end = lines.begin() + static_cast<std::ptrdiff_t>(settings);
    const auto negative =
        std::find_if(lines.begin(), end, [](std::string_view line) { return line.starts_with(negative_mark); });
    const auto first = static_cast<std::size_t>(negative - lines.begin());
    parameters.prompt = joined(lines, 0, first, '\n');
    std::string rest = joined(lines, first, settings, '\n');
    if (!rest.empty()) {
        rest.erase(0, negative_mark.size());
    }
    parameters.negative_prompt = without_blanks(rest);
    return parameters;
}

std::vector<std::pair<std::string, std::string>> name_pairs(std::string_view text) {
    Values pairs;
    while (!text.empty()) {
        const std::size_t comma = std::min(text.find(','), text.size());
        const std::string_view pair = text.substr(0, comma);
        const std::size_t colon = pair.rfind(':');
        if (colon != std::string_view::npos) {
            pairs.emplace_back(without_blanks(pair.substr(0, colon)), without_blanks(pair.substr(colon + 1)));
        }
        text.remove_prefix(std::min(comma + 1, text.size()));
    }
    return pairs;
}

} // namespace able::server
