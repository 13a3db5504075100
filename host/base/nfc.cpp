#include "nfc.h"

#include "utf8.h"

#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>

#include <algorithm>

namespace able::base {

std::string nfc(std::string_view text) {
    std::string out(text);
    const bool ascii = std::all_of(text.begin(), text.end(), [](char c) { return static_cast<signed char>(c) >= 0; });
    if (ascii || !is_utf8(text)) {
        return out;
    }
    UErrorCode error = U_ZERO_ERROR;
    const icu::Normalizer2 *form = icu::Normalizer2::getNFCInstance(error);
    if (U_FAILURE(error)) {
        return out;
    }
    std::string normal;
    icu::StringByteSink<std::string> sink(&normal);
    form->normalizeUTF8(0, icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size())), sink, nullptr, error);
    return U_FAILURE(error) ? out : normal;
}

} // namespace able::base
