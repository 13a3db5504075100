#include "byte_pair_encoding.h"

#include <queue>
#include <tuple>

namespace able::text {
namespace {

constexpr std::string_view word_end = "</w>";

// GPT-2 writes every byte as a printable character: those that are printable in Latin-1 as themselves, the rest as
// U+0100 and up, in order.
std::array<std::string, 256> byte_characters() {
    const auto printable = [](unsigned b) {
        return (b >= 33 && b <= 126) || (b >= 161 && b <= 172) || (b >= 174 && b <= 255);
    };
    std::array<std::string, 256> characters;
    unsigned shifted = 0x100;
    for (unsigned b = 0; b < 256; ++b) {
        const unsigned code = printable(b) ? b : shifted++;
        if (code < 0x80) {
            characters[b] = std::string(1, static_cast<char>(code));
            continue;
        }
        characters[b] = {static_cast<char>(0xC0U | code >> 6), static_cast<char>(0x80U | (code & 0x3FU))};
    }
    return characters;
}

uint64_t pair_key(uint32_t left, uint32_t right) {
    return uint64_t{left} << 32 | right;
}

// A word as a chain of symbols, of which merges take out links.
struct Symbol {
    uint32_t id;
    int32_t previous, next; // -1 at the ends
    bool merged;            // into the one before it
};

struct Candidate {
    uint32_t rank;
    int32_t position;
    uint32_t id;
    // The smallest rank comes first, then the leftmost.
    bool operator<(const Candidate &other) const {
        return std::tie(rank, position) > std::tie(other.rank, other.position);
    }
};

} // namespace

BytePairEncoding::BytePairEncoding(Vocabulary vocabulary,
                                   const std::vector<std::pair<std::string, std::string>> &merges)
    : ids_(std::move(vocabulary)) {
    uint32_t rank = 0;
    for (const auto &[left, right] : merges) {
        merges_.emplace(pair_key(ids_.at(left), ids_.at(right)), Merge{rank++, ids_.at(left + right)});
    }
    const std::array<std::string, 256> characters = byte_characters();
    for (size_t b = 0; b < characters.size(); ++b) {
        inner_[b] = id(characters[b]);
        last_[b] = id(std::string(characters[b]).append(word_end));
    }
}

std::optional<uint32_t> BytePairEncoding::id(const std::string &token) const {
    const auto found = ids_.find(token);
    return found == ids_.end() ? std::nullopt : std::optional(found->second);
}

const BytePairEncoding::Merge *BytePairEncoding::merge(uint32_t left, uint32_t right) const {
    const auto found = merges_.find(pair_key(left, right));
    return found == merges_.end() ? nullptr : &found->second;
}

std::vector<uint32_t> BytePairEncoding::encode(std::string_view word) const {
    const auto count = static_cast<int32_t>(word.size());
    std::vector<Symbol> chain;
    chain.reserve(word.size());
    for (int32_t i = 0; i < count; ++i) {
        const auto byte = static_cast<uint8_t>(word[static_cast<size_t>(i)]);
        const bool last = i + 1 == count;
        chain.push_back({(last ? last_ : inner_)[byte].value_or(unknown_), i - 1, last ? -1 : i + 1, false});
    }
    const auto symbol = [&chain](int32_t position) -> Symbol & {
        return chain[static_cast<size_t>(position)];
    };

    std::priority_queue<Candidate> queue;
    const auto consider = [&](int32_t position) {
        if (position < 0 || symbol(position).next < 0) {
            return;
        }
        if (const Merge *found = merge(symbol(position).id, symbol(symbol(position).next).id)) {
            queue.push({found->rank, position, found->id});
        }
    };
    for (int32_t i = 0; i < count; ++i) {
        consider(i);
    }
    while (!queue.empty()) {
        const Candidate best = queue.top();
        queue.pop();
        Symbol &left = symbol(best.position);
        const Merge *still = left.merged || left.next < 0 ? nullptr : merge(left.id, symbol(left.next).id);
        if (still == nullptr || still->id != best.id) {
            continue; // one of the two has gone into another pair meanwhile
        }
        Symbol &right = symbol(left.next);
        right.merged = true;
        left.id = best.id;
        left.next = right.next;
        if (left.next >= 0) {
            symbol(left.next).previous = best.position;
        }
        consider(left.previous);
        consider(best.position);
    }

    std::vector<uint32_t> result;
    for (const Symbol &s : chain) {
        if (!s.merged) {
            result.push_back(s.id);
        }
    }
    return result;
}

} // namespace able::text
