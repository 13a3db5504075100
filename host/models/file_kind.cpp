#include "file_kind.h"

#include <string_view>

namespace able::models {

FileKind file_kind(std::span<const std::byte> start) noexcept {
    using namespace std::string_view_literals;
    const std::string_view text(reinterpret_cast<const char *>(start.data()), start.size());
    if (text.starts_with("PK\x03\x04"sv)) {
        return FileKind::zip;
    }
    // A pickle of protocol 2 to 5; a safetensors header of such a length has NUL bytes and a brace after it.
    if (text.size() >= 2 && text[0] == '\x80' && text[1] >= '\x02' && text[1] <= '\x05' &&
        (text.size() < 9 || text[8] != '{')) {
        return FileKind::pickle;
    }
    if (text.size() >= 262 && text.substr(257, 5) == "ustar") {
        return FileKind::tar;
    }
    if (text.size() >= 9 && text[8] == '{') {
        return FileKind::safetensors_like;
    }
    return FileKind::other;
}

} // namespace able::models
