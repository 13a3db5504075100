#include "text_normalise.h"

#include <ablerefusal/glue.hpp>

#include <array>
#include <limits>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/utf8.h>

namespace able::text {
namespace {

enum class Kind { space, letter, digit, other };

Kind kind_of(UChar32 c) {
    if (u_isUWhiteSpace(c)) {
        return Kind::space;
    }
    const uint32_t category = U_GET_GC_MASK(c);
    if ((category & U_GC_L_MASK) != 0) {
        return Kind::letter;
    }
    return (category & U_GC_N_MASK) != 0 ? Kind::digit : Kind::other;
}

icu::UnicodeString composed(std::string_view text) {
    if (text.size() > static_cast<size_t>(std::numeric_limits<int32_t>::max() / 4)) {
        throw Error(ABLE_INVALID_ARGUMENT, "the prompt is too long");
    }
    UErrorCode status = U_ZERO_ERROR;
    const icu::Normalizer2 *nfc = icu::Normalizer2::getNFCInstance(status);
    const auto wide = icu::UnicodeString::fromUTF8({text.data(), static_cast<int32_t>(text.size())});
    icu::UnicodeString result;
    if (U_SUCCESS(status)) {
        nfc->normalize(wide, result, status);
    }
    if (U_FAILURE(status)) {
        throw Error(ABLE_INTERNAL, std::string("ICU cannot normalise the prompt: ") + u_errorName(status));
    }
    return result;
}

// The length of the contraction that `rest` starts with, or 0.
size_t contraction(std::string_view rest) {
    constexpr std::array<std::string_view, 7> all{"'s", "'t", "'re", "'ve", "'m", "'ll", "'d"};
    for (const std::string_view ending : all) {
        if (rest.starts_with(ending)) {
            return ending.size();
        }
    }
    return 0;
}

struct Letter {
    Kind kind;
    size_t length; // bytes
};

Letter letter_at(std::string_view text, size_t position) {
    const auto *bytes = reinterpret_cast<const uint8_t *>(text.data());
    auto next = static_cast<int32_t>(position);
    UChar32 c = 0;
    U8_NEXT_OR_FFFD(bytes, next, static_cast<int32_t>(text.size()), c);
    return {kind_of(c), static_cast<size_t>(next) - position};
}

// As a regular expression's \w: UTS 18, annex C.
bool in_word(UChar32 c) {
    return u_hasBinaryProperty(c, UCHAR_ALPHABETIC) || u_isdigit(c) || (U_GET_GC_MASK(c) & U_GC_M_MASK) != 0 ||
           u_charType(c) == U_CONNECTOR_PUNCTUATION || u_hasBinaryProperty(c, UCHAR_JOIN_CONTROL);
}

UChar32 character_before(std::string_view text, int32_t &position) {
    UChar32 c = 0;
    U8_PREV_OR_FFFD(reinterpret_cast<const uint8_t *>(text.data()), 0, position, c);
    return c;
}

UChar32 character_after(std::string_view text, int32_t &position) {
    UChar32 c = 0;
    U8_NEXT_OR_FFFD(reinterpret_cast<const uint8_t *>(text.data()), position, static_cast<int32_t>(text.size()), c);
    return c;
}

} // namespace

size_t space_at_start(std::string_view text) {
    const auto length = static_cast<int32_t>(text.size());
    int32_t end = 0;
    for (int32_t next = 0; next < length && u_isUWhiteSpace(character_after(text, next));) {
        end = next;
    }
    return static_cast<size_t>(end);
}

size_t space_at_end(std::string_view text) {
    auto start = static_cast<int32_t>(text.size());
    for (int32_t next = start; next > 0 && u_isUWhiteSpace(character_before(text, next));) {
        start = next;
    }
    return text.size() - static_cast<size_t>(start);
}

bool word_begins(std::string_view text) {
    int32_t position = 0;
    return !text.empty() && in_word(character_after(text, position));
}

bool word_ends(std::string_view text) {
    auto position = static_cast<int32_t>(text.size());
    return !text.empty() && in_word(character_before(text, position));
}

std::string normalise(std::string_view text) {
    const icu::UnicodeString source = composed(text);
    icu::UnicodeString result;
    bool in_space = false;
    for (int32_t i = 0; i < source.length(); i = source.moveIndex32(i, 1)) {
        const UChar32 c = source.char32At(i);
        const bool space = kind_of(c) == Kind::space;
        if (space && !in_space) {
            result.append(u' ');
        }
        in_space = space;
        if (space) {
            continue;
        }
        result.append(u_tolower(c));
        if (c == 0x130) { // the one letter whose lower case is two: i and a dot above
            result.append(static_cast<UChar32>(0x307));
        }
    }
    std::string utf8;
    result.toUTF8String(utf8);
    return utf8;
}

std::vector<std::string_view> split_words(std::string_view text) {
    std::vector<std::string_view> words;
    size_t position = 0;
    while (position < text.size()) {
        const Letter first = letter_at(text, position);
        size_t length = contraction(text.substr(position));
        if (length == 0) {
            length = first.length;
            while (first.kind != Kind::digit && position + length < text.size()) {
                const Letter next = letter_at(text, position + length);
                if (next.kind != first.kind) {
                    break;
                }
                length += next.length;
            }
        }
        if (first.kind != Kind::space) {
            words.push_back(text.substr(position, length));
        }
        position += length;
    }
    return words;
}

} // namespace able::text
