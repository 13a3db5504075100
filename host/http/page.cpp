#include "page.h"

#include <page_html.h>

#include <Poco/RandomStream.h>

#include <array>
#include <string_view>

namespace able::http {
namespace {

constexpr std::string_view placeholder = "%NONCE%";

std::string random_word() {
    std::array<unsigned char, 16> bytes{};
    Poco::RandomInputStream random;
    random.read(reinterpret_cast<char *>(bytes.data()), bytes.size());
    std::string word;
    for (const unsigned char byte : bytes) {
        word += "0123456789abcdef"[byte >> 4];
        word += "0123456789abcdef"[byte & 15];
    }
    return word;
}

} // namespace

void serve_page(Exchange &exchange) {
    // Only the script and the style of this very reply may run.
    const std::string nonce = random_word();
    std::string page(page_html);
    for (auto at = page.find(placeholder); at != std::string::npos; at = page.find(placeholder, at)) {
        page.replace(at, placeholder.size(), nonce);
    }
    exchange.response().set("Content-Security-Policy",
                            "default-src 'none'; script-src 'nonce-" + nonce + "'; style-src 'nonce-" + nonce +
                                "'; img-src 'self' blob: data:; connect-src 'self'; base-uri 'none'; "
                                "form-action 'none'; frame-ancestors 'none'");
    exchange.reply(200, "text/html; charset=utf-8", page);
}

} // namespace able::http
