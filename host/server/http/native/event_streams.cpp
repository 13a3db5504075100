#include "event_streams.h"

#include "views.h"

#include "host/server/http/sse.h"

#include <charconv>

namespace able::http {
namespace {

using namespace std::chrono_literals;
using server::EventBus;

// How soon a stream notices that its client or its job has gone.
constexpr auto patience = 1s;

void write_event(EventWriter &writer, const server::Event &event) {
    writer.event(event.id == 0 ? "" : std::to_string(event.id), event.type,
                 event_view(event).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

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

void EventStreams::serve_job(Exchange &exchange, const std::string &job_id) {
    const server::Job job = queue_.get(job_id);
    const Slot slot(*this);
    const auto last = last_event_id(exchange.request());
    auto reader = events_.read(job_id, last);
    auto first = reader.next(0ms);
    if (last && is_terminal(job.status) && !first.event && !first.missed) {
        // A browser connects again when a stream ends; 204 tells it that there is no more.
        return exchange.reply_empty(204);
    }
    pump(exchange, std::move(reader), job_id, std::move(first));
}

void EventStreams::serve_all(Exchange &exchange) {
    const Slot slot(*this);
    auto reader = events_.read(std::nullopt, last_event_id(exchange.request()));
    auto first = reader.next(0ms);
    pump(exchange, std::move(reader), std::nullopt, std::move(first));
}

void EventStreams::pump(Exchange &exchange, EventBus::Reader reader, const std::optional<std::string> &job_id,
                        EventBus::Next first) {
    EventWriter writer(exchange);
    if (exchange.request().getMethod() == "HEAD") {
        return;
    }
    for (EventBus::Next next = std::move(first); !stopping_ && !next.closed && !writer.client_is_gone();
         next = reader.next(patience)) {
        if (next.missed) {
            writer.event("", "gap", R"({"message": "events were missed; ask for the job's present state"})");
        }
        if (next.event) {
            write_event(writer, *next.event);
            if (job_id && server::is_final_event(next.event->type)) {
                return;
            }
            continue;
        }
        if (job_id && !next.missed) {
            // The job may have ended before the history that is left.
            if (const server::Job job = queue_.get(*job_id); is_terminal(job.status)) {
                if (const auto last = reader.next(0ms); last.event) {
                    write_event(writer, *last.event);
                    if (server::is_final_event(last.event->type)) {
                        return;
                    }
                    continue;
                }
                write_event(writer, final_event(job));
                return;
            }
        }
        writer.beat_if_due();
    }
}

} // namespace able::http
