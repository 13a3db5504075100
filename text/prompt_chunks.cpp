#include "prompt_chunks.h"

#include <ablerefusal/glue.hpp>

#include <algorithm>
#include <iterator>
#include <optional>
#include <string>

namespace able::text {
namespace {

constexpr std::size_t comma_reach = 20;
constexpr std::uint32_t placeholder = 0; // AUTOMATIC1111's; its embedding is never read

class Chunks {
public:
    Chunks(std::size_t room, std::optional<std::uint32_t> comma) : room_(room), comma_(comma) {}

    void add(std::uint32_t id, double weight) {
        make_room(id == comma_);
        push(id, weight);
    }

    void add_word(std::size_t word, std::size_t tokens, double weight) {
        if (tokens > room_) {
            throw Error(ABLE_UNSUPPORTED, "a word of the prompt stands for " + std::to_string(tokens) +
                                              " vectors, and the text encoder reads " + std::to_string(room_) +
                                              " at a time");
        }
        make_room(false);
        if (chunk_.ids.size() + tokens > room_) {
            next();
        }
        chunk_.words.push_back({chunk_.ids.size(), word});
        for (std::size_t i = 0; i < tokens; ++i) {
            push(placeholder, weight);
        }
    }

    void next() {
        chunks_.push_back(std::move(chunk_));
        chunk_ = {};
        last_comma_.reset();
    }

    std::vector<Chunk> finish() {
        if (!chunk_.ids.empty() || chunks_.empty()) {
            next();
        }
        return std::move(chunks_);
    }

private:
    void push(std::uint32_t id, double weight) {
        chunk_.ids.push_back(id);
        chunk_.weights.push_back(weight);
    }

    void make_room(bool for_comma) {
        if (for_comma) {
            last_comma_ = chunk_.ids.size();
        } else if (chunk_.ids.size() == room_ && last_comma_ && room_ - *last_comma_ <= comma_reach) {
            Chunk moved = take_after(*last_comma_ + 1);
            next();
            chunk_ = std::move(moved);
        }
        if (chunk_.ids.size() == room_) {
            next();
        }
    }

    Chunk take_after(std::size_t position) {
        const auto offset = static_cast<std::ptrdiff_t>(position);
        Chunk moved{{chunk_.ids.begin() + offset, chunk_.ids.end()},
                    {chunk_.weights.begin() + offset, chunk_.weights.end()}};
        const auto first = std::find_if(chunk_.words.begin(), chunk_.words.end(),
                                        [position](const PlacedWord &word) { return word.position >= position; });
        std::transform(first, chunk_.words.end(), std::back_inserter(moved.words), [position](PlacedWord word) {
            word.position -= position;
            return word;
        });
        chunk_.words.erase(first, chunk_.words.end());
        chunk_.ids.resize(position);
        chunk_.weights.resize(position);
        return moved;
    }

    std::size_t room_;
    std::optional<std::uint32_t> comma_;
    std::vector<Chunk> chunks_;
    Chunk chunk_;
    std::optional<std::size_t> last_comma_; // in chunk_
};

} // namespace

std::vector<Chunk> prompt_chunks(ClipTokenizer &tokenizer, std::span<const Piece> pieces, std::size_t room,
                                 const PromptWords &words) {
    Chunks chunks(room, tokenizer.comma());
    for (const Piece &piece : pieces) {
        if (piece.new_chunk) {
            chunks.next();
            continue;
        }
        for (const PromptWords::Piece &part : words.cut(piece.text)) {
            if (part.word) {
                chunks.add_word(*part.word, words.tokens(*part.word), piece.weight);
                continue;
            }
            const std::vector<std::uint32_t> ids = tokenizer.encode(part.text);
            for (std::size_t i = 0; i < ids.size();) {
                const auto match = words.find(ids, i);
                if (match) {
                    chunks.add_word(match->word, words.tokens(match->word), piece.weight);
                } else {
                    chunks.add(ids[i], piece.weight);
                }
                i += match ? match->length : 1;
            }
        }
    }
    return chunks.finish();
}

} // namespace able::text
