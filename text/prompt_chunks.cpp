#include "prompt_chunks.h"

#include <optional>

namespace able::text {
namespace {

constexpr std::size_t comma_reach = 20;

class Chunks {
public:
    Chunks(std::size_t room, std::optional<std::uint32_t> comma) : room_(room), comma_(comma) {}

    void add(std::uint32_t id, double weight) {
        if (id == comma_) {
            last_comma_ = chunk_.ids.size();
        } else if (chunk_.ids.size() == room_ && last_comma_ && room_ - *last_comma_ <= comma_reach) {
            Chunk moved = take_after(*last_comma_ + 1);
            next();
            chunk_ = std::move(moved);
        }
        if (chunk_.ids.size() == room_) {
            next();
        }
        chunk_.ids.push_back(id);
        chunk_.weights.push_back(weight);
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
    Chunk take_after(std::size_t position) {
        const auto offset = static_cast<std::ptrdiff_t>(position);
        Chunk moved{{chunk_.ids.begin() + offset, chunk_.ids.end()},
                    {chunk_.weights.begin() + offset, chunk_.weights.end()}};
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

std::vector<Chunk> prompt_chunks(ClipTokenizer &tokenizer, std::span<const Piece> pieces, std::size_t room) {
    Chunks chunks(room, tokenizer.comma());
    for (const Piece &piece : pieces) {
        if (piece.new_chunk) {
            chunks.next();
            continue;
        }
        for (const std::uint32_t id : tokenizer.encode(piece.text)) {
            chunks.add(id, piece.weight);
        }
    }
    return chunks.finish();
}

} // namespace able::text
