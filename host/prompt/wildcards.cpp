#include "wildcards.h"

#include "characters.h"
#include "error.h"

#include <algorithm>
#include <fstream>
#include <iterator>

namespace able::prompt {
namespace {

constexpr std::uintmax_t largest_file = 4U << 20; // bytes
constexpr std::size_t most_names = 1000;
constexpr int deepest_folder = 8;

// Whether no part of the name leads anywhere but down from the folder.
bool is_safe(std::string_view name) {
    while (true) {
        const std::size_t slash = name.find('/');
        if (name.empty() || name.starts_with('.') || slash == 0) {
            return false;
        }
        if (slash == std::string_view::npos) {
            return true;
        }
        name.remove_prefix(slash + 1);
    }
}

bool is_text(std::string_view bytes) {
    for (std::size_t i = 0; i < bytes.size();) {
        const Character c = character_at(bytes, i);
        const bool replaced = c.code == 0xfffd && bytes.substr(i, c.length) != "\xef\xbf\xbd";
        if (replaced || c.code == 0) {
            return false;
        }
        i += c.length;
    }
    return true;
}

std::string_view trimmed(std::string_view line) {
    line = without_space_after(line);
    line.remove_prefix(space_length(line, 0));
    return line;
}

} // namespace

std::size_t wildcard_name_length(std::string_view text, std::size_t position) {
    std::size_t length = 0;
    while (true) {
        const Character c = character_at(text, position + length);
        if (c.length == 0 || !(is_word(c.code) || c.code == '-' || c.code == '/' || c.code == '.')) {
            return 0;
        }
        if (text.substr(position + length, 2) == "__") {
            return length;
        }
        length += c.length;
    }
}

const std::vector<std::string> &Wildcards::lines(std::string_view name) {
    if (const auto known = read_.find(name); known != read_.end()) {
        return known->second;
    }
    const std::filesystem::path file = folder_ / (std::string(name) + ".txt");
    std::error_code error;
    if (!is_safe(name) || !std::filesystem::is_regular_file(file, error)) {
        throw PromptError("there is no wildcard " + quoted(name) + "; put a file " + std::string(name) +
                              ".txt into the folder of wildcards (prompts.wildcards_dir), or write \\_\\_ for "
                              "underscores that are text",
                          names());
    }
    if (std::filesystem::file_size(file, error) > largest_file || error) {
        throw PromptError("the wildcard file " + file.string() + " is larger than 4 MiB");
    }
    std::ifstream stream(file, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
    if (!stream.good() && !stream.eof()) {
        throw PromptError("the wildcard file " + file.string() + " cannot be read; check its permissions");
    }
    if (!is_text(text)) {
        throw PromptError("the wildcard file " + file.string() + " is not a text file in UTF-8");
    }
    std::vector<std::string> lines;
    for (std::string_view rest = text; !rest.empty();) {
        const std::size_t end = std::min(rest.find('\n'), rest.size());
        const std::string_view line = trimmed(rest.substr(0, end));
        if (!line.empty() && !line.starts_with('#')) {
            lines.emplace_back(line);
        }
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    if (lines.empty()) {
        throw PromptError("the wildcard file " + file.string() + " has no line to draw");
    }
    return read_.emplace(std::string(name), std::move(lines)).first->second;
}

std::vector<std::string> Wildcards::names() const {
    std::vector<std::string> names;
    std::error_code error;
    const auto options = std::filesystem::directory_options::skip_permission_denied;
    for (auto entry = std::filesystem::recursive_directory_iterator(folder_, options, error);
         !error && entry != std::filesystem::recursive_directory_iterator() && names.size() < most_names;
         entry.increment(error)) {
        if (entry.depth() >= deepest_folder) {
            entry.disable_recursion_pending();
        }
        std::error_code ignored;
        if (entry->path().extension() == ".txt" && entry->is_regular_file(ignored)) {
            names.push_back(entry->path().lexically_relative(folder_).replace_extension().generic_string());
        }
    }
    std::sort(names.begin(), names.end());
    return names;
}

} // namespace able::prompt
