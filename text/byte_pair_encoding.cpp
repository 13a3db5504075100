#include "byte_pair_encoding.h"

#include <ablerefusal/glue.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <queue>
#include <tuple>

namespace able::text {
namespace {

constexpr std::string_view word_end = "</w>";
constexpr uint64_t largest_allowed_id = (uint64_t{1} << 24) - 1;

std::string_view required_text(const able_source *source, const std::string &file) {
    uint64_t length = 0;
    const char *text = source->text(source, file.c_str(), &length);
    if (text == nullptr) {
        throw Error(ABLE_NOT_FOUND, file + " is missing; the model's folder is not complete");
    }
    return {text, length};
}

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

BytePairEncoding::BytePairEncoding(const able_source *source, const std::string &folder) {
    read_vocabulary(source, folder + "/vocab.json");
    read_merges(source, folder + "/merges.txt");
    const std::array<std::string, 256> characters = byte_characters();
    for (size_t b = 0; b < characters.size(); ++b) {
        inner_[b] = id(characters[b]);
        last_[b] = id(std::string(characters[b]).append(word_end));
    }
}

void BytePairEncoding::read_vocabulary(const able_source *source, const std::string &file) {
    const std::string_view text = required_text(source, file);
    const auto root = nlohmann::json::parse(text.begin(), text.end(), nullptr, false);
    if (!root.is_object() || root.empty()) {
        throw Error(ABLE_BAD_FILE, file + " is not a JSON object of tokens; download it again");
    }
    for (const auto &[token, value] : root.items()) {
        if (!value.is_number_unsigned() || value.get<uint64_t>() > largest_allowed_id) {
            throw Error(ABLE_BAD_FILE, file + ": the id of \"" + token + "\" is not a whole number of 0 or more");
        }
        const auto number = value.get<uint32_t>();
        ids_.emplace(token, number);
        largest_ = std::max(largest_, number);
    }
}

void BytePairEncoding::read_merges(const able_source *source, const std::string &file) {
    std::string_view text = required_text(source, file);
    uint32_t rank = 0;
    for (size_t line_number = 1; !text.empty(); ++line_number) {
        const size_t end = text.find('\n');
        std::string_view line = text.substr(0, end);
        text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
        if (line.ends_with('\r')) {
            line.remove_suffix(1);
        }
        if (line.empty() || line.starts_with("#version")) {
            continue;
        }
        const size_t space = line.find(' ');
        const auto left = id(std::string(line.substr(0, space)));
        const auto right = space == std::string_view::npos ? std::nullopt : id(std::string(line.substr(space + 1)));
        const auto both =
            right ? id(std::string(line.substr(0, space)) + std::string(line.substr(space + 1))) : std::nullopt;
        if (!left || !right || !both) {
            throw Error(ABLE_BAD_FILE, file + ", line " + std::to_string(line_number) +
                                           ": not two tokens of the vocabulary that make a third");
        }
        merges_.emplace(pair_key(*left, *right), Merge{rank++, *both});
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
