#include "guard.h"

#include "form.h"
#include "host/base/ascii.h"
#include "host/server/http/routing/router.h"

#include <Poco/SHA2Engine.h>

#include <algorithm>
#include <cctype>

namespace able::http {
namespace {

using Poco::Net::HTTPServerRequest;

// RFC 9110, section 5.6.2.
bool is_token(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
        return std::isalnum(c) != 0 ||
               std::string_view("!#$%&'*+-.^_`|~").find(static_cast<char>(c)) != std::string_view::npos;
    });
}

bool changes_state(const HTTPServerRequest &request) {
    const std::string &method = request.getMethod();
    return method != "GET" && method != "HEAD" && method != "OPTIONS";
}

bool has_body_by_method(const std::string &method) {
    return method == "POST" || method == "PUT" || method == "PATCH";
}

std::vector<unsigned char> sha256(const std::string &text) {
    Poco::SHA2Engine hash;
    hash.update(text);
    return hash.digest();
}

[[noreturn]] void refuse(int status, const char *code, const std::string &message, HttpError::Headers headers = {}) {
    throw HttpError(status, code, message, std::move(headers));
}

} // namespace

std::optional<std::string> host_name(std::string_view authority) {
    std::string_view name = authority;
    std::string_view port;
    if (authority.starts_with('[')) {
        const auto end = authority.find(']');
        if (end == std::string_view::npos) {
            return std::nullopt;
        }
        name = authority.substr(0, end + 1);
        port = authority.substr(end + 1);
        const auto inside = name.substr(1, name.size() - 2);
        if (inside.empty() || !std::all_of(inside.begin(), inside.end(), [](unsigned char c) {
                return std::isxdigit(c) != 0 || c == ':' || c == '.';
            })) {
            return std::nullopt;
        }
    } else {
        name = authority.substr(0, authority.find(':'));
        port = authority.substr(name.size());
        if (name.empty() || !std::all_of(name.begin(), name.end(), [](unsigned char c) {
                return std::isalnum(c) != 0 || c == '.' || c == '-' || c == '_';
            })) {
            return std::nullopt;
        }
    }
    if (!port.empty()) {
        const auto digits = port.substr(1);
        if (port.front() != ':' || digits.empty() || digits.size() > 5 ||
            !std::all_of(digits.begin(), digits.end(), [](unsigned char c) { return std::isdigit(c) != 0; })) {
            return std::nullopt;
        }
    }
    return base::lower(name);
}

Guard::Guard(const config::Server &config)
    : max_body_size_(config.max_body_size), enable_cors_(config.enable_cors),
      any_address_(config.host == "0.0.0.0" || config.host == "::" || config.host == "[::]") {
    allowed_hosts_ = {"localhost", "127.0.0.1", "[::1]"};
    const auto allow = [this](const std::string &entry) {
        const bool bare_ipv6 = entry.find(':') != entry.rfind(':') && !entry.starts_with('[');
        if (auto name = host_name(bare_ipv6 ? "[" + entry + "]" : entry)) {
            allowed_hosts_.push_back(*std::move(name));
        }
    };
    if (!any_address_) {
        allow(config.host);
    }
    std::for_each(config.allowed_hosts.begin(), config.allowed_hosts.end(), allow);
    for (const std::string &token : config.api_tokens) {
        token_hashes_.push_back(sha256(token));
    }
}

std::string bearer_token(const std::string &value) {
    constexpr std::string_view scheme = "Bearer ";
    return value.size() > scheme.size() && base::same_in_any_case(value.substr(0, scheme.size()), scheme)
               ? value.substr(scheme.size())
               : std::string();
}

std::optional<HttpError> Guard::check(const HTTPServerRequest &request, const RouteGroup &group) const {
    try {
        check_headers(request, group);
        check_length(request, group);
        check_host(request);
        check_origin(request, group);
        check_token(request, group);
        check_content_type(request, group);
    } catch (const HttpError &error) {
        return error;
    }
    return std::nullopt;
}

void Guard::check_headers(const HTTPServerRequest &request, const RouteGroup &group) const {
    static constexpr std::string_view single[] = {
        "Host",          "Content-Length", "Content-Type",    "Origin",
        "Authorization", "Last-Event-ID",  "Idempotency-Key", "Sec-Fetch-Site"};
    for (const auto &[name, value] : request) {
        if (!is_token(name)) {
            refuse(400, "invalid_header", "a header's name is malformed");
        }
        // Poco has decoded RFC 2047 words by now, which can bring line ends back.
        if (std::any_of(value.begin(), value.end(),
                        [](unsigned char c) { return (c < ' ' && c != '\t') || c == 0x7f; })) {
            refuse(400, "invalid_header", "the header " + name + " contains control characters");
        }
    }
    const auto check_single = [&](std::string_view name) {
        const auto count = std::count_if(request.begin(), request.end(), [&](const auto &header) {
            return base::same_in_any_case(header.first, name);
        });
        if (count > 1) {
            refuse(400, "invalid_header", "the header " + std::string(name) + " appears more than once");
        }
    };
    std::for_each(std::begin(single), std::end(single), check_single);
    check_single(group.credentials.header);
}

void Guard::check_length(const HTTPServerRequest &request, const RouteGroup &group) const {
    if (request.has("Transfer-Encoding")) {
        return check_chunks(request, group);
    }
    if (!request.has("Content-Length")) {
        if (has_body_by_method(request.getMethod())) {
            refuse(411, "length_required", request.getMethod() + " needs Content-Length; 0 for no body");
        }
        return;
    }
    const std::string &text = request.get("Content-Length");
    if (text.empty() || text.size() > 18 ||
        !std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isdigit(c) != 0; })) {
        refuse(400, "invalid_header", "Content-Length must be a decimal number of bytes");
    }
    const std::uint64_t length = std::stoull(text);
    if (length > 0 && !has_body_by_method(request.getMethod())) {
        refuse(400, "unexpected_body", request.getMethod() + " takes no body");
    }
    if (length > max_body_size_) {
        refuse(413, "body_too_large",
               "the body has " + text + " bytes; at most " + std::to_string(max_body_size_) +
                   " are accepted (server.max_body_size)");
    }
}

void Guard::check_chunks(const HTTPServerRequest &request, const RouteGroup &group) const {
    if (!group.body.chunked) {
        refuse(411, "length_required", "send the body in one piece with Content-Length; Transfer-Encoding is not read");
    }
    // Whoever stands in front must find the same end of the body: one coding, and no length besides.
    const auto count = std::count_if(request.begin(), request.end(), [](const auto &header) {
        return base::same_in_any_case(header.first, "Transfer-Encoding");
    });
    const bool plain = count == 1 && base::same_in_any_case(request.get("Transfer-Encoding"), "chunked") &&
                       request.getVersion() == Poco::Net::HTTPMessage::HTTP_1_1;
    if (!plain || request.has("Content-Length")) {
        refuse(400, "invalid_header",
               "a body in chunks has the header Transfer-Encoding: chunked and no Content-Length");
    }
    if (!has_body_by_method(request.getMethod())) {
        refuse(400, "unexpected_body", request.getMethod() + " takes no body");
    }
}

bool Guard::has_chunks(const HTTPServerRequest &request) {
    return request.has("Transfer-Encoding");
}

std::uint64_t Guard::body_length(const HTTPServerRequest &request) {
    return request.has("Content-Length") ? std::stoull(request.get("Content-Length")) : 0;
}

bool Guard::is_allowed_host(std::string_view name) const {
    return std::find(allowed_hosts_.begin(), allowed_hosts_.end(), name) != allowed_hosts_.end();
}

void Guard::check_host(const HTTPServerRequest &request) const {
    if (!request.has("Host")) {
        refuse(400, "missing_host", "the request has no Host header");
    }
    const std::string &authority = request.get("Host");
    const auto name = host_name(authority);
    if (!name) {
        refuse(400, "invalid_host", "the Host header is malformed");
    }
    if (is_allowed_host(*name)) {
        return;
    }
    // An address, unlike a name, cannot be rebound by somebody else's DNS; so the one the client has reached is safe.
    if (any_address_) {
        const auto address = request.serverAddress().host();
        const std::string text = address.toString();
        if (*name == text || *name == "[" + text + "]") {
            return;
        }
    }
    refuse(421, "host_not_allowed",
           "this server does not answer to the host name \"" + *name +
               "\"; if it should, add it to server.allowed_hosts");
}

std::optional<std::string> Guard::cors_origin(const HTTPServerRequest &request, const RouteGroup &group) const {
    if (!enable_cors_ || !group.origins.cross || !request.has("Origin")) {
        return std::nullopt;
    }
    const std::string &origin = request.get("Origin");
    for (const std::string_view scheme : {"http://", "https://"}) {
        if (!origin.starts_with(scheme)) {
            continue;
        }
        const auto name = host_name(std::string_view(origin).substr(scheme.size()));
        if (name && is_allowed_host(*name)) {
            return origin;
        }
    }
    return std::nullopt;
}

void Guard::check_origin(const HTTPServerRequest &request, const RouteGroup &group) const {
    if (!changes_state(request) || cors_origin(request, group)) {
        return;
    }
    if (request.has("Origin")) {
        const std::string origin = base::lower(request.get("Origin"));
        const std::string host = base::lower(request.get("Host"));
        if (origin != "http://" + host && origin != "https://" + host) {
            refuse(403, "origin_not_allowed", "a page of another origin may not change anything here");
        }
    }
    if (request.has("Sec-Fetch-Site")) {
        const std::string &site = request.get("Sec-Fetch-Site");
        if (site != "same-origin" && site != "none") {
            refuse(403, "origin_not_allowed", "a page of another site may not change anything here");
        }
    }
}

void Guard::check_token(const HTTPServerRequest &request, const RouteGroup &group) const {
    if (token_hashes_.empty() || request.getMethod() == "OPTIONS" || is_open(group, request.getURI())) {
        return;
    }
    const std::string given = group.credentials.token(request.get(group.credentials.header, ""));
    bool known = false;
    if (!given.empty()) {
        // Hashes, all of them: the time taken tells nothing of a token.
        const auto hash = sha256(given);
        for (const auto &token : token_hashes_) {
            unsigned char difference = 0;
            for (std::size_t i = 0; i < hash.size(); ++i) {
                difference = static_cast<unsigned char>(difference | (hash[i] ^ token[i]));
            }
            known |= difference == 0;
        }
    }
    if (!known) {
        refuse(401, "token_required", group.credentials.hint, {{"WWW-Authenticate", group.credentials.challenge}});
    }
}

void Guard::check_content_type(const HTTPServerRequest &request, const RouteGroup &group) const {
    if (body_length(request) == 0 && !has_chunks(request)) {
        return;
    }
    if (group.body.multipart && is_form(request.get("Content-Type", ""))) {
        return;
    }
    const std::string type = base::lower(request.get("Content-Type", ""));
    const std::string media = type.substr(0, type.find(';'));
    std::string parameters = type.size() > media.size() ? type.substr(media.size() + 1) : "";
    std::erase_if(parameters, [](char c) { return c == ' ' || c == '\t' || c == '"'; });
    const bool json = media.substr(0, media.find_last_not_of(" \t") + 1) == "application/json";
    if (!json || (!parameters.empty() && parameters != "charset=utf-8")) {
        const std::string form = group.body.multipart ? ", or a form with multipart/form-data" : "";
        refuse(415, "json_required", "send JSON, with the header Content-Type: application/json" + form);
    }
}

} // namespace able::http
