#include "page.h"

#include "compression.h"

#include <embedded_page.h>

#include <algorithm>
#include <map>
#include <sstream>
#include <stdexcept>

namespace able::http {
namespace {

// Scripts and styles are files of ours and nothing else; strings never become code (trusted types).
constexpr const char *policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
                               "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
                               "require-trusted-types-for 'script'; trusted-types 'none'";

struct PageFile {
    const char *content_type;
    std::string_view bytes;
    std::string compressed, tag;
};

PageFile page_file(std::string_view address) {
    const std::string_view wanted = address == "/" ? "index.html" : address.substr(1);
    for (const auto &file : embedded::files) {
        if (file.name == wanted) {
            const std::string_view bytes(reinterpret_cast<const char *>(file.bytes), file.size);
            return {page_content_type(address), bytes, gzip(bytes, best_compression),
                    std::string(file.sha256).substr(0, 32)};
        }
    }
    throw std::logic_error("the page has no file for " + std::string(address));
}

const PageFile &file_at(std::string_view address) {
    static const auto files = [] {
        std::map<std::string_view, PageFile> all;
        for (const std::string_view each : page_addresses) {
            all.emplace(each, page_file(each));
        }
        return all;
    }();
    return files.at(address);
}

} // namespace

const char *page_content_type(std::string_view address) {
    if (address == "/") {
        return "text/html; charset=utf-8";
    }
    if (address.ends_with(".js")) {
        return "text/javascript; charset=utf-8";
    }
    return address.ends_with(".css") ? "text/css; charset=utf-8" : "image/svg+xml";
}

void serve_page(Exchange &exchange, std::string_view address) {
    const PageFile &file = file_at(address);
    const bool compressed = accepts_gzip(exchange.request());
    const std::string tag = "\"" + file.tag + (compressed ? "-gzip\"" : "\"");
    exchange.response().set("ETag", tag);
    exchange.response().set("Vary", "Accept-Encoding");
    // The names stay when the program changes, so a browser asks each time whether it has the present one.
    exchange.response().set("Cache-Control", "no-cache");
    exchange.response().set("Content-Security-Policy", policy);
    if (exchange.request().get("If-None-Match", "").find(tag) != std::string::npos) {
        return exchange.reply_empty(304);
    }
    if (compressed) {
        exchange.response().set("Content-Encoding", "gzip");
    }
    exchange.reply(200, file.content_type, compressed ? std::string_view(file.compressed) : file.bytes);
}

} // namespace able::http
