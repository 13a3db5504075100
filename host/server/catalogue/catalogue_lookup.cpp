#include "catalogue.h"

#include "host/base/ascii.h"
#include "host/base/nfc.h"
#include "host/base/quote.h"
#include "host/models/weight_names.h"

#include <algorithm>
#include <numeric>
#include <type_traits>

namespace able::server {

namespace {

constexpr std::size_t longest_name = 512; // no id is longer in practice; bounds the edit distance's cost
constexpr std::size_t suggestions = 3;
constexpr std::size_t shortest_hash = 8, longest_hash = 64; // digits

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
    const std::string whole = base::lower(id);
    const std::string part(last_part(whole));
    if (!wanted.empty() && (whole.find(wanted) != std::string::npos || wanted.find(part) != std::string::npos)) {
        return 1;
    }
    return std::min(edit_distance(wanted, whole), edit_distance(std::string(last_part(wanted)), part));
}

template <class Entry>
std::vector<std::string> closest(const std::vector<Entry> &entries, std::string_view name) {
    const std::string wanted = base::lower(name);
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

bool is_hash_start(std::string_view text) {
    return text.size() >= shortest_hash && text.size() <= longest_hash &&
           std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
           });
}

// The ways to name an entry, the surest first. `wanted` is in form C; `plain` is the same without an extension.
template <class Entry>
bool fits(const Entry &entry, int kind, const std::string &wanted, const std::string &plain) {
    const auto id = [&] {
        return base::nfc(entry.id);
    };
    switch (kind) {
    case 0:
        return id() == wanted;
    case 1:
        return id() == plain || models::without_weight_extension(id()) == wanted;
    case 2:
        return base::nfc(entry.name) == wanted || last_part(id()) == wanted;
    case 3: {
        const std::string_view last = last_part(plain);
        return last.size() == plain.size() && base::nfc(entry.name) == last;
    }
    default:
        break;
    }
    if constexpr (std::is_same_v<Entry, LoraEntry>) {
        if (kind == 4) {
            return !entry.details.alias.empty() && base::nfc(entry.details.alias) == wanted;
        }
        return kind == 5 && has_hash(entry.hashes, wanted);
    }
    return false;
}

constexpr int kinds_of_names = 6;

template <class Entry>
Lookup<Entry> find_entry(const std::vector<Entry> &entries, std::string_view name, const std::string &noun) {
    Lookup<Entry> result;
    const auto exact = std::find_if(entries.begin(), entries.end(), [name](const Entry &e) { return e.id == name; });
    if (exact != entries.end()) {
        result.entry = &*exact;
        return result;
    }
    const std::string wanted = base::nfc(name);
    const std::string plain(models::without_weight_extension(wanted));
    for (int kind = 0; kind < kinds_of_names && result.candidates.empty(); ++kind) {
        for (const Entry &entry : entries) {
            if (fits(entry, kind, wanted, plain)) {
                result.entry = &entry;
                result.candidates.push_back(entry.id);
            }
        }
    }
    if (result.candidates.size() == 1) {
        result.candidates.clear();
        return result;
    }
    result.entry = nullptr;
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

bool has_hash(const FileHashes &hashes, std::string_view start) {
    if (!is_hash_start(start)) {
        return false;
    }
    const std::string wanted = base::lower(start);
    return hashes.sha256.starts_with(wanted) || hashes.auto_v3.starts_with(wanted) ||
           (!hashes.auto_v3.empty() && wanted.starts_with(hashes.auto_v3));
}

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
