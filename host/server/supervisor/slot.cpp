#include "slot.h"

#include "slot_process.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <functional>
#include <optional>
#include <utility>
#include <variant>

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace able::server {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds shutdown_grace{3000};

// Where a job stands, for the report of a crash or a time-out.
struct Whereabouts {
    bool acknowledged = false;
    std::string phase = "starting";
    std::string where;
    std::uint32_t step = 0, steps = 0;
    double fraction = -1; // of the phase

    // What a plugin says is none, nor is the same again.
    bool is_progress(const protocol::Report &report) {
        const auto *const said = std::get_if<protocol::Phase>(&report);
        if (said == nullptr) {
            return !std::holds_alternative<protocol::Log>(report);
        }
        return std::exchange(fraction, said->fraction) != said->fraction || said->name != phase;
    }

    std::string text() const {
        std::string out = where.empty() ? "while " + phase : "while " + phase + " with " + where;
        if (phase == "loading") {
            out = "while " + (where.empty() ? phase : where);
        }
        if (phase == "sampling" && steps > 0) {
            out += ", after step " + std::to_string(step) + " of " + std::to_string(steps);
        }
        return out;
    }
};

Outcome failed(std::string code, std::string error) {
    return {OutcomeKind::failed, std::move(code), std::move(error), false};
}

// A plugin may have written the report.
bool is_code(const std::string &code) {
    return !code.empty() && std::all_of(code.begin(), code.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    });
}

Outcome outcome_of(const protocol::Done &done) {
    switch (done.ending) {
    case protocol::Ending::completed:
        return {};
    case protocol::Ending::cancelled:
        return {OutcomeKind::cancelled, "cancelled", "", false};
    case protocol::Ending::failed:
        break;
    }
    return failed(is_code(done.code) ? done.code : "plugin_failed", done.error);
}

// What becomes of each report.
struct Delivery {
    Whereabouts &at;
    JobSink &sink;
    std::function<void(const protocol::Loaded &)> keep_loaded;
    std::optional<Outcome> outcome = {}; // once the task has ended

    void operator()(const protocol::Phase &phase) {
        at.phase = phase.name;
        at.where = phase.where;
        sink.phase(phase);
    }
    void operator()(const protocol::Loaded &loaded) const { keep_loaded(loaded); }
    void operator()(const protocol::Step &step) {
        at.step = step.step;
        at.steps = step.steps;
        sink.step(step);
    }
    void operator()(const protocol::ImageDone &image) {
        at.step = 0;
        sink.image(image);
    }
    void operator()(const protocol::Log &log) const {
        const auto level = static_cast<spdlog::level::level_enum>(std::clamp<int>(log.level, 1, 4));
        spdlog::log(level, "event=plugin_says {}", log.line);
    }
    void operator()(const protocol::Done &done) { outcome = outcome_of(done); }
};

} // namespace

CancelToken::~CancelToken() {
    if (event_ >= 0) {
        close(event_);
    }
}

void CancelToken::cancel() noexcept {
    const std::lock_guard lock(mutex_);
    cancelled_ = true;
    const std::uint64_t one = 1;
    // The event only wakes poll(); the flag is what counts.
    [[maybe_unused]] const auto wrote = event_ >= 0 ? write(event_, &one, sizeof one) : 0;
}

int CancelToken::fd() const noexcept {
    const std::lock_guard lock(mutex_);
    if (event_ < 0) {
        event_ = eventfd(cancelled_ ? 1 : 0, EFD_CLOEXEC | EFD_NONBLOCK);
    }
    return event_;
}

// The life of one job on one process: messages, cancellation, time limits, the process's death.
class JobWatch {
public:
    // `limits` are asked again and again: they may change while the job runs.
    JobWatch(const SlotOptions &options, const CancelToken &cancel, std::function<TimeLimits()> limits)
        : options_(options), cancel_(cancel), limits_(std::move(limits)) {}

    // Milliseconds until something has to be done, or looked at again.
    int poll_timeout() const {
        const auto next = cancel_sent_ ? next_escalation_ : deadline();
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(next - Clock::now()).count();
        return static_cast<int>(std::clamp<std::int64_t>(left + 1, 0, longest_wait));
    }

    void progressed() { progress_ = Clock::now(); }

    // Asks, then terminates, then kills.
    template <class Process>
    void act(Process &process, const Whereabouts &at) {
        const auto now = Clock::now();
        if (!cancel_sent_ && (cancel_.cancelled() || now >= deadline())) {
            if (!cancel_.cancelled()) {
                timed_out_ = time_out(at.text(), now);
            }
            cancel_sent_ = true;
            next_escalation_ = now + options_.cancel_grace;
            try {
                process.send(protocol::Cancel());
            } catch (const protocol::FrameError &) {
                next_escalation_ = now;
            }
            return;
        }
        if (!cancel_sent_ || now < next_escalation_) {
            return;
        }
        process.signal(terminated_ ? SIGKILL : SIGTERM);
        terminated_ = true;
        next_escalation_ = now + options_.terminate_grace;
    }

    bool cancel_sent() const noexcept { return cancel_sent_; }
    // Of a job that was stopped for taking too long.
    const std::optional<Outcome> &timed_out() const noexcept { return timed_out_; }

private:
    static constexpr std::int64_t longest_wait = 1000; // milliseconds

    static Clock::time_point after(Clock::time_point start, std::chrono::milliseconds limit) {
        return limit.count() > 0 ? start + limit : Clock::time_point::max();
    }
    Clock::time_point deadline() const {
        const TimeLimits limits = limits_();
        return std::min(after(start_, limits.total), after(progress_, limits.stall));
    }
    Outcome time_out(const std::string &where, Clock::time_point now) const {
        const TimeLimits limits = limits_();
        if (now >= after(start_, limits.total)) {
            return failed("timeout",
                          "the job was stopped " + where + ": it ran longer than queue.timeout, " +
                              std::to_string(limits.total.count() / 1000) +
                              " s; raise it in the configuration, or ask for fewer steps or a smaller image");
        }
        return failed("stalled",
                      "the job was stopped " + where + ": there was no progress for queue.stall_timeout, " +
                          std::to_string(limits.stall.count() / 1000) +
                          " s; a plugin hangs, or the machine is too slow for the picture: ask for a smaller "
                          "one, or raise the limit in the configuration");
    }

    const SlotOptions &options_;
    const CancelToken &cancel_;
    const std::function<TimeLimits()> limits_;
    const Clock::time_point start_ = Clock::now();
    Clock::time_point progress_ = start_;
    Clock::time_point next_escalation_ = Clock::time_point::max();
    std::optional<Outcome> timed_out_;
    bool cancel_sent_ = false, terminated_ = false;
};

Slot::Slot(SlotOptions options) : options_(std::move(options)) {}

Slot::~Slot() = default;

std::vector<std::string> Slot::loaded_models() const {
    const std::lock_guard lock(mutex_);
    return loaded_models_;
}

int Slot::pid() const {
    const std::lock_guard lock(mutex_);
    return pid_;
}

void Slot::shut_down() {
    if (process_) {
        process_->end(shutdown_grace);
        process_.reset();
    }
    const std::lock_guard lock(mutex_);
    loaded_models_.clear();
    pid_ = 0;
}

void Slot::configure(SlotOptions options) {
    const std::lock_guard lock(mutex_);
    options_ = std::move(options);
}

void Slot::set_limits(TimeLimits limits) {
    const std::lock_guard lock(mutex_);
    options_.limits = limits;
}

TimeLimits Slot::limits() const {
    const std::lock_guard lock(mutex_);
    return options_.limits;
}

std::string Slot::outdated(const plugins::Registry &registry) const {
    if (!process_) {
        return {};
    }
    if (process_->fingerprint() != registry.fingerprint()) {
        return "the plugins changed";
    }
    return process_->settings() != Process::settings_of(options_) ? "the settings changed" : "";
}

void Slot::start(const plugins::Registry &registry) {
    if (const std::string reason = outdated(registry); !reason.empty()) {
        spdlog::info("event=worker_replaced pid={} reason=\"{}\"", process_->pid(), reason);
        shut_down();
    }
    if (process_) {
        return;
    }
    process_ = std::make_unique<Process>(options_, registry);
    spdlog::info("event=worker_started pid={}", process_->pid());
    const std::lock_guard lock(mutex_);
    pid_ = process_->pid();
}

Outcome Slot::run(const protocol::RunTask &task, const plugins::Registry &registry, JobSink &sink,
                  const CancelToken &cancel) {
    // A worker that died while it was idle is no fault of this job: one fresh one is tried.
    for (const bool last_try : {false, true}) {
        try {
            const bool fresh = !process_ || !outdated(registry).empty();
            start(registry);
            const auto outcome = attempt(task, sink, cancel, fresh || last_try);
            if (outcome) {
                return *outcome;
            }
        } catch (const std::exception &error) {
            shut_down();
            return failed("worker_failed", std::string("the worker could not be used: ") + error.what());
        }
        shut_down();
    }
    return failed("worker_failed", "the worker could not be started");
}

// Nothing if the process was dead before it took the job and may be replaced.
std::optional<Outcome> Slot::attempt(const protocol::RunTask &task, JobSink &sink, const CancelToken &cancel,
                                     bool final) {
    JobWatch watch(options_, cancel, [this] { return limits(); });
    Whereabouts at;
    Delivery delivery{at, sink, [&](const protocol::Loaded &loaded) {
                          spdlog::info("event={} pid={} job={} models={}", loaded.fresh ? "model_loaded" : "model_kept",
                                       process_->pid(), task.job_id, loaded.models.size());
                          const std::lock_guard lock(mutex_);
                          loaded_models_ = loaded.models;
                      }};
    bool open = true;
    try {
        process_->send(task);
    } catch (const protocol::FrameError &) {
        open = false;
    }
    while (open) {
        watch.act(*process_, at);
        std::array<pollfd, 2> polls{
            {{process_->channel(), POLLIN, 0}, {watch.cancel_sent() ? -1 : cancel.fd(), POLLIN, 0}}};
        poll(polls.data(), polls.size(), watch.poll_timeout());
        if (polls[0].revents == 0) {
            // A process that a plugin has left behind may hold the channel open.
            open = !process_->has_ended();
            continue;
        }
        open = process_->reader().read_some(process_->channel());
        while (const auto received = protocol::next_report(process_->reader())) {
            if (received->of != task.ref()) {
                spdlog::warn("event=report_of_another_job pid={} job={}", process_->pid(), task.job_id);
                continue;
            }
            at.acknowledged = true;
            if (at.is_progress(received->report)) {
                watch.progressed();
            }
            std::visit(delivery, received->report);
            if (delivery.outcome) {
                return watch.timed_out() ? *watch.timed_out() : *std::move(delivery.outcome);
            }
        }
    }
    if (!at.acknowledged && !final && !watch.cancel_sent()) {
        return std::nullopt;
    }
    return lost(at.text(), watch.timed_out(), watch.cancel_sent());
}

// The process is gone, or its channel is.
Outcome Slot::lost(const std::string &where, std::optional<Outcome> timed_out, bool after_cancel) {
    const std::string how = process_->how_it_ended();
    const std::string words = process_->last_words();
    spdlog::error("event=worker_lost pid={} how=\"{}\" where=\"{}\"", process_->pid(), how, where);
    shut_down();
    if (timed_out) {
        timed_out->worker_lost = true;
        return *std::move(timed_out);
    }
    if (after_cancel) {
        return {OutcomeKind::cancelled, "cancelled", "", true};
    }
    auto outcome = failed("worker_died", "the worker " + how + " " + where + "; the next job runs in a fresh worker" +
                                             (words.empty() ? "" : ". Its last output: " + words));
    outcome.worker_lost = true;
    return outcome;
}

} // namespace able::server
