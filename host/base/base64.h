// Base64 as RFC 4648, section 4: the standard alphabet, with padding and nothing else. OpenSSL does the work; that a
// text is canonical is checked here.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace able::base {

// Nothing for text that is not canonical: other characters (line ends too), missing padding, stray bits at the end.
std::optional<std::vector<std::uint8_t>> decode_base64(std::string_view text);
std::string encode_base64(std::span<const std::uint8_t> bytes);

} // namespace able::base
