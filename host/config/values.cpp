#include "values.h"

#include "error.h"

#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <type_traits>

namespace able::config {

namespace {

template <class... Functions>
struct Overloaded : Functions... {
    using Functions::operator()...;
};
template <class... Functions>
Overloaded(Functions...) -> Overloaded<Functions...>;

std::string number_text(double value) {
    char buffer[64];
    const auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::fixed);
    return error == std::errc{} ? std::string(buffer, end) : std::to_string(value);
}

std::string size_text(std::uint64_t bytes) {
    constexpr std::string_view suffixes = "kMG";
    std::string suffix;
    for (std::size_t i = 0; i < suffixes.size() && bytes >= 1024 && bytes % 1024 == 0; ++i) {
        bytes /= 1024;
        suffix = suffixes[i];
    }
    return std::to_string(bytes) + suffix;
}

std::optional<std::uint64_t> whole_number(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) {
        return std::nullopt;
    }
    return value;
}

std::optional<double> number(std::string_view text) {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value)) {
        return std::nullopt;
    }
    return value;
}

[[noreturn]] void refuse(const Key &key, std::string_view text) {
    const std::string shown = key.secret ? "the value" : "\"" + std::string(text.substr(0, 200)) + "\"";
    throw ConfigError(shown + " does not fit; give " + describe_allowed(key));
}

std::string checked_text(const Key &key, std::string_view text) {
    if (key.fits != nullptr && !key.fits(text)) {
        refuse(key, text);
    }
    if (text.find('\0') != std::string_view::npos) {
        throw ConfigError("a value cannot contain a NUL character");
    }
    return std::string(text);
}

// Plain where YAML reads a plain scalar back as the same text, in double quotes otherwise.
std::string quoted(const std::string &text) {
    const bool plain = !text.empty() && text != "null" && text != "Null" && text != "NULL" &&
                       text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                              "_-./:+@") == std::string::npos &&
                       text.front() != '-' && text.back() != ':' && text.front() != '@';
    if (plain) {
        return text;
    }
    std::string result = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            result += '\\';
        }
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
            constexpr std::string_view digits = "0123456789abcdef";
            result += "\\x";
            result += digits[static_cast<unsigned char>(c) >> 4];
            result += digits[static_cast<unsigned char>(c) & 15];
            continue;
        }
        result += c;
    }
    return result + '"';
}

template <class Item>
std::string list_text(const std::vector<Item> &items) {
    std::string result = "[";
    for (const Item &item : items) {
        result += result.size() > 1 ? ", " : "";
        if constexpr (std::is_same_v<Item, std::filesystem::path>) {
            result += quoted(item.string());
        } else {
            result += quoted(item);
        }
    }
    return result + "]";
}

} // namespace

std::optional<std::uint64_t> parse_size(std::string_view text) {
    unsigned shift = 0;
    if (!text.empty()) {
        switch (text.back()) {
        case 'k':
        case 'K':
            shift = 10;
            break;
        case 'M':
            shift = 20;
            break;
        case 'G':
            shift = 30;
            break;
        default:
            break;
        }
    }
    const auto value = whole_number(shift == 0 ? text : text.substr(0, text.size() - 1));
    if (!value || *value > (std::numeric_limits<std::uint64_t>::max() >> shift)) {
        return std::nullopt;
    }
    return *value << shift;
}

std::string describe_allowed(const Key &key) {
    Config config;
    return std::visit(
        Overloaded{
            [](const bool *) -> std::string { return "true or false"; },
            [&](const double *) {
                return "seconds from " + number_text(key.minimum) + " to " + number_text(key.maximum);
            },
            [&](const std::uint64_t *) {
                return "bytes from " + size_text(static_cast<std::uint64_t>(key.minimum)) + " to " +
                       size_text(static_cast<std::uint64_t>(key.maximum)) + " (k, M and G stand for powers of 1024)";
            },
            [&](const std::string *) { return key.allowed.empty() ? std::string("text") : std::string(key.allowed); },
            [](const std::filesystem::path *) -> std::string { return "a path"; },
            [&](const std::vector<std::string> *) { return "a list of " + std::string(key.allowed); },
            [](const std::vector<std::filesystem::path> *) -> std::string { return "a list of paths"; },
            [&](const auto *) {
                return "a whole number from " + number_text(key.minimum) + " to " + number_text(key.maximum);
            },
        },
        key.member(config));
}

bool is_list(const Key &key) {
    Config config;
    const Member member = key.member(config);
    return std::holds_alternative<std::vector<std::string> *>(member) ||
           std::holds_alternative<std::vector<std::filesystem::path> *>(member);
}

std::string_view kind_of(const Key &key) {
    Config config;
    return std::visit(Overloaded{
                          [](const bool *) { return "boolean"; },
                          [](const double *) { return "number"; },
                          [](const std::uint64_t *) { return "size"; },
                          [](const std::string *) { return "string"; },
                          [](const std::filesystem::path *) { return "string"; },
                          [](const std::vector<std::string> *) { return "list"; },
                          [](const std::vector<std::filesystem::path> *) { return "list"; },
                          [](const auto *) { return "integer"; },
                      },
                      key.member(config));
}

void copy_value(const Key &key, const Config &from, Config &to) {
    Config copy = from; // member() hands out places to write to
    const Member source = key.member(copy);
    std::visit([&](auto *value) { *value = *std::get<decltype(value)>(source); }, key.member(to));
}

void set_value(const Key &key, Config &config, std::string_view text) {
    const auto in_range = [&](auto value) {
        return static_cast<double>(value) >= key.minimum && static_cast<double>(value) <= key.maximum;
    };
    std::visit(Overloaded{
                   [&](bool *value) {
                       if (text != "true" && text != "false") {
                           refuse(key, text);
                       }
                       *value = text == "true";
                   },
                   [&](double *value) {
                       const auto read = number(text);
                       if (!read || !in_range(*read)) {
                           refuse(key, text);
                       }
                       *value = *read;
                   },
                   [&](std::uint64_t *value) {
                       const auto read = parse_size(text);
                       if (!read || !in_range(*read)) {
                           refuse(key, text);
                       }
                       *value = *read;
                   },
                   [&](std::string *value) { *value = checked_text(key, text); },
                   [&](std::filesystem::path *value) { *value = checked_text(key, text); },
                   [&](std::vector<std::string> *value) { *value = {checked_text(key, text)}; },
                   [&](std::vector<std::filesystem::path> *value) {
                       if (text.empty()) {
                           refuse(key, text);
                       }
                       *value = {checked_text(key, text)};
                   },
                   [&](auto *value) {
                       const auto read = whole_number(text);
                       if (!read || !in_range(*read)) {
                           refuse(key, text);
                       }
                       *value = static_cast<std::remove_pointer_t<decltype(value)>>(*read);
                   },
               },
               key.member(config));
}

void set_list(const Key &key, Config &config, const std::vector<std::string> &items) {
    const auto fill = [&](auto &list) {
        std::remove_reference_t<decltype(list)> filled;
        for (const std::string &item : items) {
            Config one;
            set_value(key, one, item);
            filled.push_back(std::get<std::remove_reference_t<decltype(list)> *>(key.member(one))->front());
        }
        list = std::move(filled);
    };
    std::visit(Overloaded{
                   [&](std::vector<std::string> *list) { fill(*list); },
                   [&](std::vector<std::filesystem::path> *list) { fill(*list); },
                   [](auto *) { throw ConfigError("takes one value, not a list"); },
               },
               key.member(config));
}

std::vector<std::string> split_list(const Key &key, std::string_view text) {
    Config config;
    const bool paths = std::holds_alternative<std::vector<std::filesystem::path> *>(key.member(config));
    std::vector<std::string> items;
    while (!text.empty()) {
        const std::size_t end = text.find(paths ? ':' : ',');
        std::string_view item = text.substr(0, end);
        while (!item.empty() && item.front() == ' ') {
            item.remove_prefix(1);
        }
        while (!item.empty() && item.back() == ' ') {
            item.remove_suffix(1);
        }
        if (!item.empty()) {
            items.emplace_back(item);
        }
        text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    }
    return items;
}

std::string to_yaml(const Key &key, const Config &config) {
    Config copy = config; // member() hands out places to write to
    return std::visit(Overloaded{
                          [](const bool *value) -> std::string { return *value ? "true" : "false"; },
                          [](const double *value) { return number_text(*value); },
                          [](const std::uint64_t *value) { return size_text(*value); },
                          [](const std::string *value) { return quoted(*value); },
                          [](const std::filesystem::path *value) { return quoted(value->string()); },
                          [](const std::vector<std::string> *value) { return list_text(*value); },
                          [](const std::vector<std::filesystem::path> *value) { return list_text(*value); },
                          [](const auto *value) { return std::to_string(*value); },
                      },
                      key.member(copy));
}

} // namespace able::config
