#include "picture_field.h"

#include "host/base/base64.h"
#include "host/base/request_error.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <string_view>

namespace able::server {
namespace {

bool starts_with(const std::vector<std::uint8_t> &bytes, std::size_t offset, std::string_view magic) {
    return bytes.size() >= offset + magic.size() &&
           std::string_view(reinterpret_cast<const char *>(bytes.data()) + offset, magic.size()) == magic;
}

// The formats that the worker decodes, told by their first bytes. Nothing more of the picture is looked at here.
bool looks_like_a_picture(const std::vector<std::uint8_t> &bytes) {
    return starts_with(bytes, 0, "\x89PNG\r\n\x1a\n") || starts_with(bytes, 0, "\xff\xd8\xff") ||
           (starts_with(bytes, 0, "RIFF") && starts_with(bytes, 8, "WEBP"));
}

// Programs that encode for mail break the lines (RFC 2045), and editors leave blanks around.
std::string without_blanks(std::string_view text) {
    std::string rest;
    rest.reserve(text.size());
    std::copy_if(text.begin(), text.end(), std::back_inserter(rest),
                 [](char c) { return c != ' ' && c != '\t' && c != '\r' && c != '\n'; });
    return rest;
}

} // namespace

std::vector<std::uint8_t> picture_of(const std::string &field, const nlohmann::json &value) {
    std::string_view text = value.get_ref<const std::string &>();
    const auto refuse = [&](const char *message) {
        throw base::RequestError(base::ErrorKind::invalid, "invalid_value", field + message, field);
    };
    text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
    if (text.starts_with("data:")) {
        const auto comma = text.substr(0, 200).find(',');
        if (comma == std::string_view::npos || !text.substr(0, comma).ends_with(";base64")) {
            refuse(": a data URL must be of the form data:image/png;base64,…");
        }
        text.remove_prefix(comma + 1);
    }
    auto bytes = base::decode_base64(without_blanks(text));
    if (!bytes) {
        refuse(" must be a picture in base64 (standard alphabet, padded) or a data URL; paths and web "
               "addresses are not read");
    }
    if (!looks_like_a_picture(*bytes)) {
        refuse(" is not a PNG, JPEG or WebP picture");
    }
    return std::move(*bytes);
}

} // namespace able::server
