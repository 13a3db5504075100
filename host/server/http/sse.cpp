#include "sse.h"

#include "host/server/http/native/views.h"

#include <Poco/Net/HTTPServerRequestImpl.h>
#include <Poco/Net/StreamSocket.h>
#include <Poco/Timespan.h>

#include <charconv>
#include <ostream>
#include <sys/socket.h>

namespace able::http {
namespace {

using namespace std::chrono_literals;
using server::EventBus;

// A client that has gone shows only when something is sent to it.
constexpr auto heartbeat = 15s;
// A client that does not read holds a thread for so long and no longer.
const Poco::Timespan send_timeout(2, 0);
// How soon a stream notices that its client or its job has gone.
constexpr auto patience = 1s;

} // namespace

std::optional<std::uint64_t> last_event_id(const Poco::Net::HTTPServerRequest &request) {
    if (!request.has("Last-Event-ID")) {
        return std::nullopt;
    }
    const std::string &text = request.get("Last-Event-ID");
    std::uint64_t id = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
    return error == std::errc() && end == text.data() + text.size() ? id : 0;
}

// One of the threads that may serve streams.
class EventStreams::Slot {
public:
    explicit Slot(EventStreams &streams) : streams_(streams) {
        if (streams_.streams_.fetch_add(1) >= streams_.max_streams_) {
            --streams_.streams_;
            throw HttpError(503, "too_many_streams",
                            "all " + std::to_string(streams_.max_streams_) +
                                " event streams are in use (server.max_event_streams); close one or ask again later",
                            {{"Retry-After", "10"}});
        }
    }
    ~Slot() { --streams_.streams_; }
    Slot(const Slot &) = delete;
    Slot &operator=(const Slot &) = delete;

private:
    EventStreams &streams_;
};

class EventStreams::Writer {
public:
    explicit Writer(Exchange &exchange) {
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

    void event(const server::Event &event) {
        std::string text;
        if (event.id != 0) {
            text += "id: " + std::to_string(event.id) + "\n";
        }
        text += "event: " + event.type + "\ndata: ";
        text += event_view(event).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
        write(text + "\n\n");
    }

    void missed() {
        write("event: gap\ndata: {\"message\": \"events were missed; ask for the job's present state\"}\n\n");
    }

    void beat_if_due() {
        if (std::chrono::steady_clock::now() - last_write_ >= heartbeat) {
            write(": still here\n\n");
        }
    }

    bool client_is_gone() const {
        if (!stream_->good()) {
            return true;
        }
        char byte = 0;
        return socket_ >= 0 && ::recv(socket_, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
    }

private:
    void write(const std::string &text) {
        *stream_ << text << std::flush;
        last_write_ = std::chrono::steady_clock::now();
    }

    std::ostream *stream_ = nullptr;
    int socket_ = -1;
    std::chrono::steady_clock::time_point last_write_;
};

void EventStreams::serve_job(Exchange &exchange, const std::string &job_id) {
    const server::Job job = engine_.get(job_id);
    const Slot slot(*this);
    const auto last = last_event_id(exchange.request());
    auto reader = engine_.events().read(job_id, last);
    auto first = reader.next(0ms);
    if (last && is_terminal(job.status) && !first.event && !first.missed) {
        // A browser connects again when a stream ends; 204 tells it that there is no more.
        return exchange.reply_empty(204);
    }
    pump(exchange, std::move(reader), job_id, std::move(first));
}

void EventStreams::serve_all(Exchange &exchange) {
    const Slot slot(*this);
    auto reader = engine_.events().read(std::nullopt, last_event_id(exchange.request()));
    auto first = reader.next(0ms);
    pump(exchange, std::move(reader), std::nullopt, std::move(first));
}

void EventStreams::pump(Exchange &exchange, EventBus::Reader reader, const std::optional<std::string> &job_id,
                        EventBus::Next first) {
    Writer writer(exchange);
    if (exchange.request().getMethod() == "HEAD") {
        return;
    }
    for (EventBus::Next next = std::move(first); !stopping_ && !next.closed && !writer.client_is_gone();
         next = reader.next(patience)) {
        if (next.missed) {
            writer.missed();
        }
        if (next.event) {
            writer.event(*next.event);
            if (job_id && server::is_final_event(next.event->type)) {
                return;
            }
            continue;
        }
        if (job_id && !next.missed) {
            // The job may have ended before the history that is left.
            if (const server::Job job = engine_.get(*job_id); is_terminal(job.status)) {
                if (const auto last = reader.next(0ms); last.event) {
                    writer.event(*last.event);
                    if (server::is_final_event(last.event->type)) {
                        return;
                    }
                    continue;
                }
                writer.event(final_event(job));
                return;
            }
        }
        writer.beat_if_due();
    }
}

} // namespace able::http
