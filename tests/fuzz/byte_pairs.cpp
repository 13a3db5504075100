// A tokenizer's files and a prompt for it: vocab.json, merges.txt and the prompt, with NUL bytes between. Where the
// second is empty, the first is a tokenizer.json.
#include "text/clip_tokenizer.h"

#include <ablerefusal/glue.hpp>

#include <cstdlib>
#include <limits>
#include <string>

namespace {

struct Texts {
    std::string vocabulary, merges;
};

const char *text(const able_source *source, const char *path, std::uint64_t *length) noexcept {
    const auto &texts = *static_cast<const Texts *>(source->host);
    const std::string_view wanted(path);
    const bool whole = texts.merges.empty();
    const std::string *found = wanted == "t/vocab.json" && !whole      ? &texts.vocabulary
                               : wanted == "t/merges.txt" && !whole    ? &texts.merges
                               : wanted == "t/tokenizer.json" && whole ? &texts.vocabulary
                                                                       : nullptr;
    *length = found != nullptr ? found->size() : 0;
    return found != nullptr ? found->c_str() : nullptr;
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
        able::text::ClipTokenizer tokenizer(&source, "t", std::numeric_limits<std::int64_t>::max());
        const std::string_view prompt = input.substr(second + 1);
        // A byte becomes 3 at most (U+FFFD), and a letter 3 letters at most (NFC's worst case).
        if (tokenizer.encode(prompt).size() > 9 * prompt.size()) {
            std::abort();
        }
    } catch (const able::Error &) {
        return 0;
    }
    return 0;
}
