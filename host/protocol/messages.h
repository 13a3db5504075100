// The messages between the server and a worker, and their only codec. The server sends orders, the worker answers with
// reports; each is one frame with its name as "type".
#pragma once

#include "error.h"
#include "frame.h"
#include "reports.h"
#include "task.h"

#include <nlohmann/json.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>

namespace able::protocol {

// What a worker computes with; another one replaces it when this changes. As in the configuration.
struct WorkerSettings {
    std::string device, dtype;
    std::uint32_t threads = 0;
    std::string memory_limit; // this worker's, in bytes
    std::string vae_tiling;

    bool operator==(const WorkerSettings &) const = default;
};

// The first message: what to compute with, and the plugins that may be used (plugins_to_json).
// NOLINTNEXTLINE(bugprone-exception-escape): moving json asserts, it does not throw
struct Hello {
    static constexpr const char *type = "hello";

    WorkerSettings settings;
    nlohmann::json plugins;
};

// A worker has one task at a time.
struct RunTask {
    static constexpr const char *type = "task";

    std::string job_id; // names the files that the task makes
    Task task;
};

// Stops the task that runs, as soon as a plugin lets it.
struct Cancel {
    static constexpr const char *type = "cancel";
};

using Order = std::variant<Hello, RunTask, Cancel>;

nlohmann::json encode(const Order &order);
nlohmann::json encode(const Report &report);

// Throw ProtocolError for a document that is no message of this direction: another type, a part that is missing or of
// the wrong kind.
Order decode_order(const nlohmann::json &document);
Report decode_report(const nlohmann::json &document);

// Throw FrameError, as send_frame.
void send(int fd, const Order &order, std::chrono::milliseconds limit);
void send(int fd, const Report &report, std::chrono::milliseconds limit);

// The next whole message, if there is one. Throw FrameError, ProtocolError.
std::optional<Order> next_order(FrameReader &reader);
std::optional<Report> next_report(FrameReader &reader);

} // namespace able::protocol
