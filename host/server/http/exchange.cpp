#include "exchange.h"

#include "compression.h"

#include "host/base/strict_json.h"
#include "host/server/requests/request.h"

#include <Poco/Net/HTTPServerRequestImpl.h>
#include <Poco/Net/NetException.h>
#include <Poco/Net/StreamSocket.h>
#include <Poco/Timespan.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

namespace able::http {
namespace {

using nlohmann::json;

// After a refusal, what the client still sends is thrown away for a moment: closing on unread bytes would reset the
// connection, and many clients would then never see the reply.
constexpr std::size_t max_discarded_bytes = 16U << 20;
constexpr std::chrono::seconds max_discard_time{2};

constexpr std::size_t worth_compressing = 1400; // bytes: below, a reply fits into one packet anyway

int hex_digit(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

} // namespace

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space) {
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '+' && plus_is_space) {
            result += ' ';
            continue;
        }
        if (text[i] != '%') {
            result += text[i];
            continue;
        }
        if (i + 2 >= text.size() || hex_digit(text[i + 1]) < 0 || hex_digit(text[i + 2]) < 0) {
            return std::nullopt;
        }
        result += static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
        i += 2;
    }
    const bool controls =
        std::any_of(result.begin(), result.end(), [](unsigned char c) { return c < ' ' || c == 0x7f; });
    if (controls || !server::count_code_points(result)) {
        return std::nullopt;
    }
    return result;
}

Exchange::Exchange(Poco::Net::HTTPServerRequest &request, Poco::Net::HTTPServerResponse &response,
                   Deadlines::Watch &watch, const RouteGroup &group, ReplyLimits limits)
    : request_(request), response_(response), watch_(watch), group_(group), limits_(limits) {}

const std::string &Exchange::parameter(std::string_view name) const {
    return parameters.find(name)->second;
}

void Exchange::check_query() const {
    std::vector<std::string> names;
    for (const Parameter &parameter : route_->parameters) {
        if (parameter.place == Parameter::Place::query) {
            names.push_back(parameter.name);
        }
    }
    for (const auto &[name, value] : query) {
        if (std::find(names.begin(), names.end(), name) == names.end()) {
            throw base::RequestError(base::ErrorKind::invalid, "unknown_parameter",
                                     "unknown query parameter \"" + name.substr(0, 100) + "\"", name, names);
        }
    }
}

std::size_t Exchange::query_number(std::string_view name) const {
    const auto row = std::find_if(route_->parameters.begin(), route_->parameters.end(),
                                  [&](const Parameter &parameter) { return parameter.name == name; });
    const auto fallback = row->schema.at("default").get<std::size_t>();
    const auto min = row->schema.at("minimum").get<std::size_t>();
    const auto max = row->schema.value("maximum", std::size_t{std::numeric_limits<std::uint32_t>::max()});
    const auto found = query.find(name);
    if (found == query.end()) {
        return fallback;
    }
    const std::string &text = found->second;
    std::size_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size() || number < min || number > max) {
        throw base::RequestError(base::ErrorKind::invalid, "out_of_range",
                                 std::string(name) + " must be an integer from " + std::to_string(min) + " to " +
                                     std::to_string(max),
                                 std::string(name));
    }
    return number;
}

bool Exchange::query_flag(std::string_view name) const {
    const auto found = query.find(name);
    if (found == query.end() || found->second == "false") {
        return false;
    }
    if (found->second != "true") {
        throw base::RequestError(base::ErrorKind::invalid, "invalid_value",
                                 std::string(name) + " must be true or false", std::string(name), {"true", "false"});
    }
    return true;
}

std::optional<std::string> Exchange::query_text(std::string_view name) const {
    const auto found = query.find(name);
    if (found == query.end() || found->second.empty()) {
        return std::nullopt;
    }
    return found->second;
}

void Exchange::read_body(std::uint64_t length) {
    // Grows with what has come, not with what was promised.
    std::array<char, 65536> buffer;
    std::istream &stream = request_.stream();
    while (body_.size() < length) {
        const auto wanted = static_cast<std::streamsize>(std::min<std::uint64_t>(buffer.size(), length - body_.size()));
        stream.read(buffer.data(), wanted);
        body_.append(buffer.data(), static_cast<std::size_t>(stream.gcount()));
        if (stream.gcount() < wanted) {
            throw HttpError(408, "body_incomplete",
                            "only " + std::to_string(body_.size()) + " of the " + std::to_string(length) +
                                " announced bytes came in time");
        }
    }
    body_read_ = true;
    watch_.clear();
}

void Exchange::read_chunks(std::uint64_t limit) {
    std::array<char, 65536> buffer;
    std::istream &stream = request_.stream();
    while (stream.read(buffer.data(), buffer.size()), stream.gcount() > 0) {
        body_.append(buffer.data(), static_cast<std::size_t>(stream.gcount()));
        if (body_.size() > limit) {
            throw HttpError(413, "body_too_large",
                            "the body has more than " + std::to_string(limit) +
                                " bytes, which is all that is accepted (server.max_body_size)");
        }
    }
    body_read_ = true;
    // Poco takes a malformed length of a chunk for the end of the body: what follows must never be read as a request.
    response_.setKeepAlive(false);
    watch_.clear();
}

std::vector<FormPart> Exchange::form() const {
    return parse_form(request_.get("Content-Type", ""), body_, group_.body);
}

json Exchange::json_body() const {
    if (is_form(request_.get("Content-Type", ""))) {
        throw HttpError(415, "json_required", "send JSON, with the header Content-Type: application/json");
    }
    return base::parse_strict_json(body_);
}

void Exchange::expect_no_body() const {
    if (!body_.empty() && json_body() != json::object()) {
        throw HttpError(400, "unexpected_body", "this request takes no body");
    }
}

void Exchange::prepare(int status, std::string_view content_type) {
    watch_.set(limits_.write);
    response_.setStatusAndReason(static_cast<Poco::Net::HTTPResponse::HTTPStatus>(status));
    if (!content_type.empty()) {
        response_.setContentType(std::string(content_type));
    }
    // What is left of a body would be taken for the next request.
    if (!body_read_) {
        response_.setKeepAlive(false);
    }
    const auto set_default = [this](const char *name, const char *value) {
        if (!response_.has(name)) {
            response_.set(name, value);
        }
    };
    set_default("Cache-Control", "no-store");
    set_default("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
    set_default("Cross-Origin-Resource-Policy", "same-origin");
    set_default("Referrer-Policy", "no-referrer");
    set_default("X-Content-Type-Options", "nosniff");
}

void Exchange::reply(int status, std::string_view content_type, std::string_view body) {
    prepare(status, content_type);
    response_.sendBuffer(body.data(), body.size());
    watch_.set(limits_.next);
}

void Exchange::reply(int status, const json &body) {
    // Texts of plugins and files may not be UTF-8: better a replacement character than no reply.
    const std::string text = body.dump(-1, ' ', false, json::error_handler_t::replace);
    const std::string vary = response_.get("Vary", ""); // of an Origin that may ask
    response_.set("Vary", vary.empty() ? "Accept-Encoding" : vary + ", Accept-Encoding");
    if (text.size() < worth_compressing || !accepts_gzip(request_)) {
        return reply(status, "application/json", text);
    }
    response_.set("Content-Encoding", "gzip");
    reply(status, "application/json", gzip(text, quick_compression));
}

void Exchange::reply_empty(int status) {
    prepare(status, "");
    response_.setContentLength(0);
    response_.send().flush();
    watch_.set(limits_.next);
}

void Exchange::refuse(const Problem &problem) {
    for (const auto &[name, value] : problem.headers) {
        response_.set(name, value);
    }
    const std::string text = group_.error_body(problem).dump(-1, ' ', false, json::error_handler_t::replace);
    prepare(problem.status, "application/json");
    response_.setContentLength64(static_cast<Poco::Int64>(text.size()));
    std::ostream &stream = response_.send();
    stream << text << std::flush;
    if (!body_read_) {
        linger();
    }
    watch_.set(limits_.next);
}

void Exchange::linger() {
    auto *impl = dynamic_cast<Poco::Net::HTTPServerRequestImpl *>(&request_);
    if (impl == nullptr) {
        return;
    }
    try {
        Poco::Net::StreamSocket &socket = impl->socket();
        socket.shutdownSend();
        socket.setReceiveTimeout(Poco::Timespan(0, 250'000));
        const auto end = Deadlines::Clock::now() + max_discard_time;
        std::array<char, 65536> buffer;
        std::size_t discarded = 0;
        while (discarded < max_discarded_bytes && Deadlines::Clock::now() < end) {
            const int count = socket.receiveBytes(buffer.data(), static_cast<int>(buffer.size()));
            if (count <= 0) {
                return;
            }
            discarded += static_cast<std::size_t>(count);
        }
    } catch (const Poco::Exception &) {
        // The client has gone or says nothing more.
    }
}

} // namespace able::http
