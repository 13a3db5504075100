#include "messages.h"

#include "host/base/quote.h"

namespace able::protocol {
namespace {

using nlohmann::json;

template <class Message>
Message decode(const json &document) {
    const auto type = document.is_object() ? document.find("type") : document.end();
    const bool named = type != document.end() && type->is_string();
    const std::string name =
        named ? "the message " + base::quote(type->template get_ref<const std::string &>()) : "a message";
    try {
        return base::from_document<Message>(document, name);
    } catch (const base::MemberError &error) {
        throw ProtocolError(error.what());
    }
}

template <class Message>
std::optional<Message> next(FrameReader &reader) {
    const auto document = reader.next();
    return document ? std::optional(decode<Message>(*document)) : std::nullopt;
}

} // namespace

json encode(const Order &order) {
    return base::to_document(order);
}

json encode(const Report &report) {
    return base::to_document(report);
}

Order decode_order(const json &document) {
    return decode<Order>(document);
}

Report decode_report(const json &document) {
    return decode<Report>(document);
}

void send(int fd, const Order &order, std::chrono::milliseconds limit) {
    send_frame(fd, encode(order), limit);
}

void send(int fd, const Report &report, std::chrono::milliseconds limit) {
    send_frame(fd, encode(report), limit);
}

std::optional<Order> next_order(FrameReader &reader) {
    return next<Order>(reader);
}

std::optional<Report> next_report(FrameReader &reader) {
    return next<Report>(reader);
}

} // namespace able::protocol
