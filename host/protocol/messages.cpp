#include "messages.h"

#include "host/base/quote.h"

#include <algorithm>

namespace able::protocol {
namespace {

using nlohmann::json;

constexpr std::size_t max_preview = 4U << 20, max_metadata = 1U << 20; // bytes

std::string name_of(const json &document) {
    const auto type = document.is_object() ? document.find("type") : document.end();
    const bool named = type != document.end() && type->is_string();
    return named ? "the message " + base::quote(type->get_ref<const std::string &>()) : "a message";
}

template <class Part>
Part decode(const json &document) {
    try {
        return base::from_document<Part>(document, name_of(document));
    } catch (const base::MemberError &error) {
        throw ProtocolError(error.what());
    }
}

// What is more than a worker of this program ever sends.
template <class T>
void check_size(const T & /*report*/) {}

void check_size(const Step &step) {
    if (step.preview_png.size() > max_preview) {
        throw ProtocolError("a preview of " + std::to_string(step.preview_png.size()) + " bytes is too large");
    }
}

void check_size(const ImageDone &image) {
    const std::size_t size = image.metadata.dump(-1, ' ', false, json::error_handler_t::replace).size();
    if (size > max_metadata) {
        throw ProtocolError("a picture's metadata of " + std::to_string(size) + " bytes is too large");
    }
}

} // namespace

json encode(const Order &order) {
    return base::to_document(order);
}

json encode(const Report &report, const RunRef &of) {
    json document = base::to_document(report);
    document.update(base::to_document(of));
    return document;
}

Order decode_order(const json &document) {
    return decode<Order>(document);
}

Received decode_report(const json &document) {
    Received received{decode<RunRef>(document), decode<Report>(document)};
    std::visit([](const auto &report) { check_size(report); }, received.report);
    return received;
}

void send(int fd, const Order &order, std::chrono::milliseconds limit) {
    send_frame(fd, encode(order), limit);
}

void send(int fd, const Report &report, const RunRef &of, std::chrono::milliseconds limit) {
    send_frame(fd, encode(report, of), limit);
}

std::optional<Order> next_order(FrameReader &reader) {
    const auto document = reader.next();
    return document ? std::optional(decode_order(*document)) : std::nullopt;
}

std::optional<Received> next_report(FrameReader &reader) {
    const auto document = reader.next();
    return document ? std::optional(decode_report(*document)) : std::nullopt;
}

} // namespace able::protocol
