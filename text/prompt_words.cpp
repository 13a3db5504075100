#include "prompt_words.h"

#include <algorithm>

namespace able::text {
namespace {

bool is_mark(std::string_view name) {
    return name.size() > 2 && name.front() == '<' && name.back() == '>';
}

} // namespace

PromptWords::PromptWords(ClipTokenizer &tokenizer, std::span<const NewWord> words) {
    for (const NewWord &word : words) {
        const std::size_t index = tokens_.size();
        tokens_.push_back(word.tokens);
        for (const std::string &name : word.names) {
            if (is_mark(name)) {
                marks_.push_back({name, index});
                continue;
            }
            auto ids = tokenizer.encode(name);
            if (!ids.empty()) {
                const std::uint32_t first = ids.front();
                names_[first].push_back({std::move(ids), index});
            }
        }
    }
    for (auto &[first, names] : names_) {
        std::stable_sort(names.begin(), names.end(),
                         [](const Name &a, const Name &b) { return a.ids.size() > b.ids.size(); });
    }
    std::stable_sort(marks_.begin(), marks_.end(),
                     [](const Mark &a, const Mark &b) { return a.text.size() > b.text.size(); });
}

std::vector<PromptWords::Piece> PromptWords::cut(std::string_view text) const {
    std::vector<Piece> pieces;
    std::size_t start = 0;
    for (std::size_t at = marks_.empty() ? text.npos : text.find('<'); at != text.npos;) {
        const auto mark = std::find_if(marks_.begin(), marks_.end(),
                                       [&](const Mark &each) { return text.substr(at).starts_with(each.text); });
        if (mark == marks_.end()) {
            at = text.find('<', at + 1);
            continue;
        }
        if (at > start) {
            pieces.push_back({text.substr(start, at - start), std::nullopt});
        }
        pieces.push_back({{}, mark->word});
        start = at + mark->text.size();
        at = text.find('<', start);
    }
    if (start < text.size() || pieces.empty()) {
        pieces.push_back({text.substr(start), std::nullopt});
    }
    return pieces;
}

std::optional<PromptWords::Match> PromptWords::find(std::span<const std::uint32_t> ids, std::size_t position) const {
    const auto names = names_.find(ids[position]);
    if (names == names_.end()) {
        return std::nullopt;
    }
    const auto rest = ids.subspan(position);
    for (const Name &name : names->second) {
        if (name.ids.size() <= rest.size() && std::equal(name.ids.begin(), name.ids.end(), rest.begin())) {
            return Match{name.word, name.ids.size()};
        }
    }
    return std::nullopt;
}

} // namespace able::text
