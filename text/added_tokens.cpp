#include "added_tokens.h"

#include "text_normalise.h"

#include <algorithm>

namespace able::text {
namespace {

std::uint8_t first_byte(std::string_view text) {
    return static_cast<std::uint8_t>(text.front());
}

} // namespace

AddedTokens::AddedTokens(std::vector<AddedToken> tokens) : tokens_(std::move(tokens)) {
    std::erase_if(tokens_, [](const AddedToken &token) { return token.content.empty(); });
    std::stable_sort(tokens_.begin(), tokens_.end(), [](const AddedToken &a, const AddedToken &b) {
        const std::uint8_t left = first_byte(a.content);
        const std::uint8_t right = first_byte(b.content);
        return left != right ? left < right : a.content.size() > b.content.size();
    });
    for (std::uint32_t i = 0; i < tokens_.size(); ++i) {
        auto &[begin, end] = ranges_[first_byte(tokens_[i].content)];
        begin = end == 0 ? i : begin;
        end = i + 1;
    }
}

const AddedToken *AddedTokens::at(std::string_view text, std::size_t position) const {
    const auto [begin, end] = ranges_[first_byte(text.substr(position))];
    for (std::uint32_t i = begin; i < end; ++i) {
        if (text.substr(position).starts_with(tokens_[i].content)) {
            return &tokens_[i];
        }
    }
    return nullptr;
}

std::vector<AddedTokens::Piece> AddedTokens::split(std::string_view text) const {
    std::vector<Piece> pieces;
    std::size_t done = 0;
    for (std::size_t position = 0; position < text.size();) {
        const AddedToken *token = at(text, position);
        if (token == nullptr) {
            ++position;
            continue;
        }
        std::size_t start = position;
        std::size_t stop = position + token->content.size();
        position = stop;
        if (token->single_word && (word_ends(text.substr(0, start)) || word_begins(text.substr(stop)))) {
            continue;
        }
        if (token->lstrip) {
            start = std::max(done, start - space_at_end(text.substr(0, start)));
        }
        if (token->rstrip) {
            stop += space_at_start(text.substr(stop));
        }
        if (start > done) {
            pieces.push_back({text.substr(done, start - done), std::nullopt});
        }
        pieces.push_back({text.substr(start, stop - start), token->id});
        done = stop;
        position = std::max(position, stop);
    }
    if (done < text.size()) {
        pieces.push_back({text.substr(done), std::nullopt});
    }
    return pieces;
}

} // namespace able::text
