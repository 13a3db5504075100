#include "catalogue.h"

#include "host/base/quote.h"

#include <algorithm>
#include <numeric>

namespace able::server {

namespace {

constexpr std::size_t longest_name = 512; // no id is longer in practice; bounds the edit distance's cost
constexpr std::size_t suggestions = 3;

std::string lower(std::string_view text) {
    std::string result(text);
    std::transform(result.begin(), result.end(), result.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return result;
}

std::string_view last_part(std::string_view id) {
    return id.substr(id.rfind('/') + 1);
}

// Levenshtein, two rows.
std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i + 1;
        for (std::size_t j = 0; j < b.size(); ++j) {
            const std::size_t substituted = diagonal + (a[i] == b[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({substituted, row[j] + 1, row[j + 1] + 1});
        }
    }
    return row[b.size()];
}

// Smaller is closer. A name that contains what was asked for, or is contained in it, counts as nearly right.
std::size_t remoteness(const std::string &wanted, std::string_view id) {
    const std::string whole = lower(id);
    const std::string part(last_part(whole));
    if (!wanted.empty() && (whole.find(wanted) != std::string::npos || wanted.find(part) != std::string::npos)) {
        return 1;
    }
    return std::min(edit_distance(wanted, whole), edit_distance(std::string(last_part(wanted)), part));
}

template <class Entry>
std::vector<std::string> closest(const std::vector<Entry> &entries, std::string_view name) {
    const std::string wanted = lower(name);
    const std::size_t furthest = std::max<std::size_t>(2, last_part(wanted).size() / 3);
    std::vector<std::pair<std::size_t, const std::string *>> found;
    for (const Entry &entry : entries) {
        const std::size_t distance = remoteness(wanted, std::string_view(entry.id).substr(0, longest_name));
        if (distance <= furthest) {
            found.emplace_back(distance, &entry.id);
        }
    }
    std::stable_sort(found.begin(), found.end(), [](const auto &a, const auto &b) { return a.first < b.first; });
    std::vector<std::string> ids;
    for (std::size_t i = 0; i < std::min(found.size(), suggestions); ++i) {
        ids.push_back(*found[i].second);
    }
    return ids;
}

std::string join(const std::vector<std::string> &ids) {
    std::string text;
    for (const std::string &id : ids) {
        text += (text.empty() ? "" : ", ") + base::quote(id);
    }
    return text;
}

template <class Entry>
Lookup<Entry> find_entry(const std::vector<Entry> &entries, std::string_view name, const std::string &noun) {
    Lookup<Entry> result;
    const auto exact = std::find_if(entries.begin(), entries.end(), [name](const Entry &e) { return e.id == name; });
    if (exact != entries.end()) {
        result.entry = &*exact;
        return result;
    }
    const Entry *only = nullptr;
    for (const Entry &entry : entries) {
        if (entry.name == name || last_part(entry.id) == name) {
            only = &entry;
            result.candidates.push_back(entry.id);
        }
    }
    if (result.candidates.size() == 1) {
        result.entry = only;
        result.candidates.clear();
        return result;
    }
    if (!result.candidates.empty()) {
        result.ambiguous = true;
        result.message = "more than one " + noun + " is called " + base::quote(name) + ": say which of " +
                         join(result.candidates) + " is meant";
        return result;
    }
    result.message = "there is no " + noun + " " + base::quote(name);
    if (name.size() <= longest_name) {
        result.candidates = closest(entries, name);
    }
    if (!result.candidates.empty()) {
        result.message += "; did you mean " + join(result.candidates) + "?";
    }
    return result;
}

} // namespace

Lookup<ModelEntry> find_model(const Catalogue &catalogue, std::string_view name) {
    return find_entry(catalogue.models, name, "model");
}

Lookup<ModelEntry> find_vae(const Catalogue &catalogue, std::string_view name) {
    return find_entry(catalogue.vaes, name, "VAE");
}

Lookup<LoraEntry> find_lora(const Catalogue &catalogue, std::string_view name) {
    return find_entry(catalogue.loras, name, "LoRA");
}

} // namespace able::server
