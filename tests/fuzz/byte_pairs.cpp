// A tokenizer's files and a word for it: vocab.json, merges.txt and the word, with NUL bytes between.
#include "text/byte_pair_encoding.h"

#include <ablerefusal/glue.hpp>

#include <cstdlib>
#include <string>

namespace {

struct Texts {
    std::string vocabulary, merges;
};

const char *text(const able_source *source, const char *path, std::uint64_t *length) noexcept {
    const auto &texts = *static_cast<const Texts *>(source->host);
    const std::string &found = std::string_view(path) == "t/vocab.json" ? texts.vocabulary : texts.merges;
    *length = found.size();
    return found.c_str();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char *>(data), size);
    const std::size_t first = input.find('\0');
    const std::size_t second = first == std::string_view::npos ? first : input.find('\0', first + 1);
    if (second == std::string_view::npos) {
        return 0;
    }
    Texts texts{std::string(input.substr(0, first)), std::string(input.substr(first + 1, second - first - 1))};
    auto source = able::make_struct<able_source>();
    source.host = &texts;
    source.text = text;
    try {
        const able::text::BytePairEncoding pairs(&source, "t");
        const std::string_view word = input.substr(second + 1);
        const auto ids = pairs.encode(word);
        // A word never has more tokens than bytes, nor fewer than one unless it is empty.
        if (ids.size() > word.size() || ids.empty() != word.empty()) {
            std::abort();
        }
    } catch (const able::Error &) {
        return 0;
    }
    return 0;
}
