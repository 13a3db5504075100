// The events of jobs as streams.
#pragma once

#include "host/server/http/exchange.h"
#include "host/server/queue/events.h"
#include "host/server/queue/queue.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>

namespace able::http {

class EventStreams {
public:
    EventStreams(const server::Queue &queue, server::EventBus &events, std::uint32_t max_streams)
        : queue_(queue), events_(events), max_streams_(max_streams) {}

    // Sends events until the job's last one, the client's going or stop(). Throws HttpError 503 past the cap, and
    // base::RequestError for an unknown job, before anything is sent.
    void serve_job(Exchange &exchange, const std::string &job_id);
    void serve_all(Exchange &exchange);
    void stop() { stopping_ = true; }

private:
    class Slot;
    void pump(Exchange &exchange, server::EventBus::Reader reader, const std::optional<std::string> &job_id,
              server::EventBus::Next first);

    const server::Queue &queue_;
    server::EventBus &events_;
    const std::uint32_t max_streams_;
    std::atomic<std::uint32_t> streams_{0};
    std::atomic<bool> stopping_{false};
};

// Value of Last-Event-ID; 0 for one that no server of ours has given out.
std::optional<std::uint64_t> last_event_id(const Poco::Net::HTTPServerRequest &request);

} // namespace able::http
