#include "saved_text.h"

#include "error.h"
#include "host/base/utf8.h"

#include <algorithm>
#include <string_view>

namespace able::models {

namespace {

using namespace std::string_view_literals;

constexpr std::size_t longest_start = 512;
constexpr std::size_t longest_quotation = 60;
constexpr std::string_view blanks = " \t\n\v\f\r"sv;

// Drops the byte order mark of UTF-16 and keeps its Latin letters, a byte each. All else becomes a control character,
// so that it does not pass for text.
std::string narrowed(std::string_view text) {
    const std::size_t low = text[0] == '\xFF' ? 0 : 1;
    std::string narrow;
    for (std::size_t i = 2; i + 1 < text.size(); i += 2) {
        narrow += text[i + 1 - low] == '\0' ? text[i + low] : '\x01';
    }
    return narrow;
}

// Weights never look like text: a safetensors file begins with a length whose upper bytes are 0, an archive and a
// pickle begin with control characters.
bool is_text(std::string_view start) {
    const auto is_control = [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return (byte < 0x20 && blanks.find(c) == std::string_view::npos) || byte == 0x7F;
    };
    if (std::any_of(start.begin(), start.end(), is_control)) {
        return false;
    }
    const auto is_foreign = [](char c) {
        return (static_cast<unsigned char>(c) & 0x80U) != 0;
    };
    // The limit may have cut the last character.
    for (int i = 0; i < 3 && !start.empty() && is_foreign(start.back()); ++i) {
        start.remove_suffix(1);
    }
    if (start.find_first_not_of(blanks) == start.npos) { // a byte or two of no encoding
        return false;
    }
    // Bytes that are not UTF-8 and hardly ever ASCII are not text in any other encoding either.
    return base::is_utf8(start) || 4 * std::count_if(start.begin(), start.end(), is_foreign) < std::ssize(start);
}

// The beginning of the text on one line, not cut inside a character.
std::string first_words(std::string_view text) {
    std::string words;
    for (const char c : text) {
        const bool blank = blanks.find(c) != std::string_view::npos;
        if (!blank || (!words.empty() && words.back() != ' ')) {
            words += blank ? ' ' : c;
        }
    }
    const bool cut = words.size() > longest_quotation;
    std::size_t end = std::min(words.size(), longest_quotation);
    while (cut && end > 0 && (static_cast<unsigned char>(words[end]) & 0xC0U) == 0x80U) {
        --end;
    }
    words.resize(end);
    return (base::is_utf8(words) ? words : base::utf8_of_latin1(words)) + (cut ? "…" : "");
}

} // namespace

void refuse_text(std::span<const std::byte> start, const std::string &label) {
    std::string_view text(reinterpret_cast<const char *>(start.data()), std::min(start.size(), longest_start));
    std::string narrow;
    if (text.starts_with("\xEF\xBB\xBF"sv)) {
        text.remove_prefix(3);
    } else if (text.starts_with("\xFF\xFE"sv) || text.starts_with("\xFE\xFF"sv)) {
        narrow = narrowed(text);
        text = narrow;
    }
    if (!is_text(text)) {
        return;
    }
    text.remove_prefix(text.find_first_not_of(blanks));
    if (text.starts_with("version https://git-lfs"sv)) {
        throw ModelError(ABLE_BAD_FILE, label + ": this is a Git LFS pointer, not the file itself; fetch it with "
                                                "`git lfs pull`");
    }
    throw ModelError(ABLE_BAD_FILE, label + ": this is a text, not weights: it begins with \"" + first_words(text) +
                                        "\"; it is probably a saved web page or an error message; download the file "
                                        "again");
}

} // namespace able::models
