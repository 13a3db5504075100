// The messages between the server and a worker. The server sends orders, the worker answers with reports; each is one
// frame with its name as "type". A message's members are its codec.
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
#include <tuple>
#include <variant>
#include <vector>

namespace able::protocol {

// Of a report: a preview and a picture's metadata are the most there is.
constexpr std::uint32_t max_report = 16U << 20; // bytes

// What a worker computes with; another one replaces it when this changes. As in the configuration.
struct WorkerSettings {
    std::string device, dtype;
    std::uint32_t threads = 0;
    std::string memory_limit; // this worker's, in bytes
    std::string vae_tiling;

    bool operator==(const WorkerSettings &) const = default;

    static constexpr auto members() {
        using Settings = WorkerSettings;
        return std::tuple(base::member("device", &Settings::device), base::member("dtype", &Settings::dtype),
                          base::member("threads", &Settings::threads),
                          base::member("memory_limit", &Settings::memory_limit),
                          base::member("vae_tiling", &Settings::vae_tiling));
    }
};

// The first message: what to compute with, and the plugins that may be used (plugins_to_json).
// NOLINTNEXTLINE(bugprone-exception-escape): moving json asserts, it does not throw
struct Hello {
    static constexpr base::Tag tag{"type", "hello"};

    WorkerSettings settings;
    std::vector<nlohmann::json> plugins;

    static constexpr auto members() {
        return std::tuple(base::member("settings", &Hello::settings), base::member("plugins", &Hello::plugins));
    }
};

// Which run of which job a report is of: what is left over from another one is not taken for this one's.
struct RunRef {
    std::string job_id;
    std::uint32_t attempt = 0;

    bool operator==(const RunRef &) const = default;

    static constexpr auto members() {
        return std::tuple(base::member("job", &RunRef::job_id), base::member("attempt", &RunRef::attempt));
    }
};

struct Received {
    RunRef of;
    Report report;
};

// A worker has one task at a time.
struct RunTask {
    static constexpr base::Tag tag{"type", "task"};

    std::string job_id; // names the files that the task makes
    Task task;
    std::uint32_t attempt = 1; // which attempt at this job it is

    RunRef ref() const { return {job_id, attempt}; }

    static constexpr auto members() {
        return std::tuple(base::member("job_id", &RunTask::job_id), base::member("attempt", &RunTask::attempt),
                          base::member("task", &RunTask::task));
    }
};

// Stops the task that runs, as soon as a plugin lets it.
struct Cancel {
    static constexpr base::Tag tag{"type", "cancel"};

    static constexpr auto members() { return std::tuple(); }
};

using Order = std::variant<Hello, RunTask, Cancel>;

nlohmann::json encode(const Order &order);
nlohmann::json encode(const Report &report, const RunRef &of);

// Throw ProtocolError for a document that is no message of this direction: another type, a part that is missing or of
// the wrong kind.
Order decode_order(const nlohmann::json &document);
Received decode_report(const nlohmann::json &document);

// Throw FrameError, as send_frame.
void send(int fd, const Order &order, std::chrono::milliseconds limit);
void send(int fd, const Report &report, const RunRef &of, std::chrono::milliseconds limit);

// The next whole message, if there is one. Throw FrameError, ProtocolError.
std::optional<Order> next_order(FrameReader &reader);
std::optional<Received> next_report(FrameReader &reader);

} // namespace able::protocol
