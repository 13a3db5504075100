#include "sse.h"

#include <Poco/Net/HTTPServerRequestImpl.h>
#include <Poco/Net/StreamSocket.h>
#include <Poco/Timespan.h>

#include <string>
#include <sys/socket.h>

namespace able::http {
namespace {

using namespace std::chrono_literals;

constexpr auto heartbeat = 15s;
// A client that does not read holds a thread for so long and no longer.
const Poco::Timespan send_timeout(2, 0);

} // namespace

EventWriter::EventWriter(Exchange &exchange) {
    auto *impl = dynamic_cast<const Poco::Net::HTTPServerRequestImpl *>(&exchange.request());
    if (impl != nullptr) {
        auto &socket = const_cast<Poco::Net::HTTPServerRequestImpl *>(impl)->socket();
        socket.setSendTimeout(send_timeout);
        socket_ = socket.impl()->sockfd();
    }
    auto &response = exchange.response();
    exchange.prepare(200, "text/event-stream");
    response.setKeepAlive(false);
    response.setChunkedTransferEncoding(response.getVersion() == Poco::Net::HTTPMessage::HTTP_1_1);
    response.set("X-Accel-Buffering", "no"); // nginx would hold events back
    exchange.watch().clear();
    stream_ = &response.send();
    write("retry: 2000\n\n");
}

void EventWriter::event(std::string_view id, std::string_view type, std::string_view data) {
    std::string text;
    const auto line = [&text](std::string_view name, std::string_view value) {
        text.append(name).append(": ").append(value).append("\n");
    };
    if (!id.empty()) {
        line("id", id);
    }
    if (!type.empty()) {
        line("event", type);
    }
    line("data", data);
    write(text + "\n");
}

void EventWriter::beat_if_due() {
    if (std::chrono::steady_clock::now() - last_write_ >= heartbeat) {
        write(": still here\n\n");
    }
}

bool EventWriter::client_is_gone() const {
    if (!stream_->good()) {
        return true;
    }
    char byte = 0;
    return socket_ >= 0 && ::recv(socket_, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

void EventWriter::write(std::string_view text) {
    *stream_ << text << std::flush;
    last_write_ = std::chrono::steady_clock::now();
}

} // namespace able::http
