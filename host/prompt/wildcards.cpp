#include "wildcards.h"

#include "characters.h"
#include "error.h"

#include "host/base/ascii.h"
#include "host/base/nfc.h"
#include "host/base/text_file.h"

#include <algorithm>

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

// .txt, in any case.
bool is_text_name(const std::filesystem::path &file) {
    return base::same_in_any_case(file.extension().string(), ".txt");
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
    const auto file = file_of(name);
    if (!file) {
        throw PromptError("there is no wildcard " + quoted(name) + "; put a file " + std::string(name) +
                              ".txt into the folder of wildcards (prompts.wildcards_dir), or write \\_\\_ for "
                              "underscores that are text",
                          names());
    }
    std::string text;
    try {
        text = base::read_text_file(*file, largest_file);
    } catch (const base::TextFileError &error) {
        throw PromptError("the wildcard file " + std::string(error.what()));
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
        throw PromptError("the wildcard file " + file->string() + " has no line to draw");
    }
    return read_.emplace(std::string(name), std::move(lines)).first->second;
}

std::optional<std::filesystem::path> Wildcards::file_of(std::string_view name) const {
    const std::filesystem::path file = folder_ / (std::string(name) + ".txt");
    std::error_code error;
    if (!is_safe(name)) {
        return std::nullopt;
    }
    if (std::filesystem::is_regular_file(file, error)) {
        return file;
    }
    // Look for the name in other code points, and for other cases of ".txt".
    for (const auto &[known, path] : files()) {
        if (base::nfc(known) == base::nfc(name)) {
            return path;
        }
    }
    return std::nullopt;
}

std::vector<std::string> Wildcards::names() const {
    std::vector<std::string> names;
    for (const auto &[name, path] : files()) {
        names.push_back(name);
    }
    return names;
}

std::map<std::string, std::filesystem::path> Wildcards::files() const {
    std::map<std::string, std::filesystem::path> files;
    std::error_code error;
    const auto options = std::filesystem::directory_options::skip_permission_denied;
    for (auto entry = std::filesystem::recursive_directory_iterator(folder_, options, error);
         !error && entry != std::filesystem::recursive_directory_iterator() && files.size() < most_names;
         entry.increment(error)) {
        if (entry.depth() >= deepest_folder) {
            entry.disable_recursion_pending();
        }
        std::error_code ignored;
        if (is_text_name(entry->path()) && entry->is_regular_file(ignored)) {
            files.emplace(entry->path().lexically_relative(folder_).replace_extension().generic_string(),
                          entry->path());
        }
    }
    return files;
}

} // namespace able::prompt
