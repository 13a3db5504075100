#include "render.h"

#include "keys.h"
#include "values.h"

#include <algorithm>
#include <vector>

namespace able::config {

namespace {

constexpr std::size_t comment_width = 100;

// Appends `text` as lines of comments that begin with `indent` and "# ".
void append_comment(std::string &out, std::string_view text, std::string_view indent) {
    const std::size_t room = comment_width - indent.size() - 2;
    while (!text.empty()) {
        std::size_t length = text.size();
        if (length > room) {
            const std::size_t space = text.rfind(' ', room);
            length = space == std::string_view::npos ? room : space;
        }
        out.append(indent).append("# ").append(text.substr(0, length)).append("\n");
        text.remove_prefix(std::min(text.size(), text.size() > length && text[length] == ' ' ? length + 1 : length));
    }
}

std::string capitalised(std::string text) {
    // "auto, cpu, …" are values to be typed as they are; only prose begins with a capital.
    if (text.starts_with("a ") || text.starts_with("an ") || text.starts_with("seconds ") ||
        text.starts_with("bytes ")) {
        text.front() = static_cast<char>(text.front() - 'a' + 'A');
    }
    return text;
}

bool shown_as_default_text(const Key &key, const Config &config) {
    return !key.otherwise.empty() && to_yaml(key, config) == "\"\"";
}

std::size_t item_count(const Key &key, const Config &config) {
    Config copy = config;
    const Member member = key.member(copy);
    if (const auto *const *text = std::get_if<std::string *>(&member)) {
        return (*text)->empty() ? 0 : 1;
    }
    const auto *const *list = std::get_if<std::vector<std::string> *>(&member);
    return list == nullptr ? 0 : (*list)->size();
}

} // namespace

std::string default_file() {
    const Config defaults;
    std::string out =
        "# AbleRefusal's configuration. Every key is here with its default; remove the # before one to change it.\n"
        "#\n"
        "# Looked for in this order: --config FILE, ./config.yaml, ~/.config/ablerefusal/config.yaml,\n"
        "# /etc/ablerefusal/config.yaml. The environment variable named with each key overrides the file, a flag\n"
        "# overrides both. `ablerefusal config --show` prints what is in force and where it came from.\n"
        "# Paths may begin with ~/; relative ones start from the folder that the program was started in.\n";
    std::string_view section;
    for (const Key &key : keys()) {
        if (section_of(key) != section) {
            section = section_of(key);
            out += "\n";
            append_comment(out, section_help(section), "");
            out += std::string(section) + ":\n";
        } else {
            out += "\n";
        }
        append_comment(out, key.help, "  ");
        std::string facts = capitalised(describe_allowed(key)) + ". " + environment_name(key);
        facts += key.flag.empty() ? "." : ", " + std::string(key.flag) + ".";
        if (!key.otherwise.empty()) {
            facts += " Default: " + std::string(key.otherwise) + ".";
        }
        append_comment(out, facts, "  ");
        out += "  #" + std::string(short_name(key)) + ": " + to_yaml(key, defaults) + "\n";
    }
    return out;
}

std::string shown_value(const Key &key, const Config &config) {
    if (!key.secret) {
        return to_yaml(key, config);
    }
    const std::string nothing = is_list(key) ? "[]" : "\"\"";
    const std::size_t count = item_count(key, config);
    return count == 0 ? nothing : nothing + " # " + std::to_string(count) + " set, not shown";
}

std::string show(const Loaded &loaded) {
    std::vector<std::pair<std::string, std::string>> lines; // what it is, where it came from
    std::size_t width = 0;
    std::string_view section;
    for (const Key &key : keys()) {
        if (section_of(key) != section) {
            section = section_of(key);
            lines.emplace_back(std::string(section) + ":", "");
        }
        lines.emplace_back("  " + std::string(short_name(key)) + ": " + shown_value(key, loaded.config),
                           loaded.origins.at(std::string(key.name)));
        width = std::max(width, std::min<std::size_t>(lines.back().first.size(), 60));
    }
    std::string out = "# file: " + (loaded.file ? loaded.file->string() : std::string("none")) + "\n";
    if (!loaded.changed.empty()) {
        out += "# changed at run time: " + loaded.changes_file.string() + "\n";
    }
    for (const auto &[line, origin] : lines) {
        out += line;
        if (!origin.empty()) {
            out.append(line.size() < width ? width - line.size() : 0, ' ').append(" # ").append(origin);
        }
        out += "\n";
    }
    return out;
}

std::string reference() {
    const Config defaults;
    std::string out;
    std::string_view section;
    for (const Key &key : keys()) {
        if (section_of(key) != section) {
            section = section_of(key);
            out += (out.empty() ? "### " : "\n### ") + std::string(section) + "\n\n" +
                   std::string(section_help(section)) + "\n\n| key | default | takes | meaning |\n|---|---|---|---|\n";
        }
        const std::string standard =
            shown_as_default_text(key, defaults) ? std::string(key.otherwise) : "`" + to_yaml(key, defaults) + "`";
        out += "| `" + std::string(short_name(key)) + "` | " + standard + " | " + describe_allowed(key) + " | " +
               std::string(key.help) + (key.flag.empty() ? "" : " Flag: `" + std::string(key.flag) + "`.") +
               (key.live ? " Can be changed while the server runs." : "") + " |\n";
    }
    return out;
}

} // namespace able::config
