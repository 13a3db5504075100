// Server-sent events: text/event-stream as browsers read it.
#pragma once

#include "exchange.h"

#include <chrono>
#include <ostream>
#include <string_view>

namespace able::http {

// A reply that goes on until the writer is gone. The connection ends with it.
class EventWriter {
public:
    // Sends the head and asks browsers to come back after 2 s.
    explicit EventWriter(Exchange &exchange);

    // `id` is what Last-Event-ID resumes from; empty: none. `type` is empty for events that have no name. `data` is one
    // line.
    void event(std::string_view id, std::string_view type, std::string_view data);
    // A comment every 15 s: a client that has gone shows only when something is sent to it.
    void beat_if_due();
    bool client_is_gone() const;

private:
    void write(std::string_view text);

    std::ostream *stream_ = nullptr;
    int socket_ = -1;
    std::chrono::steady_clock::time_point last_write_;
};

} // namespace able::http
