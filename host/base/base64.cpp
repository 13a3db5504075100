#include "base64.h"

#include <openssl/evp.h>

#include <algorithm>
#include <limits>

namespace able::base {

std::optional<std::vector<std::uint8_t>> decode_base64(std::string_view text) {
    if (text.size() % 4 != 0 || text.size() > std::size_t{std::numeric_limits<int>::max()}) {
        return std::nullopt;
    }
    std::vector<std::uint8_t> bytes(text.size() / 4 * 3);
    const auto *characters = reinterpret_cast<const unsigned char *>(text.data());
    if (!text.empty() && EVP_DecodeBlock(bytes.data(), characters, static_cast<int>(text.size())) < 0) {
        return std::nullopt;
    }
    // OpenSSL counts padding as zeros.
    const auto padding = std::min<std::ptrdiff_t>(
        2, std::count(text.end() - std::min<std::ptrdiff_t>(2, std::ssize(text)), text.end(), '='));
    bytes.resize(bytes.size() - static_cast<std::size_t>(padding));
    // It also takes white space around the text and stray bits at its end; there is one right text for any bytes.
    if (encode_base64(bytes) != text) {
        return std::nullopt;
    }
    return bytes;
}

std::string encode_base64(std::span<const std::uint8_t> bytes) {
    std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0'); // OpenSSL writes a NUL behind it
    text.resize(static_cast<std::size_t>(
        EVP_EncodeBlock(reinterpret_cast<unsigned char *>(text.data()), bytes.data(), static_cast<int>(bytes.size()))));
    return text;
}

} // namespace able::base
