// What the queue keeps of a job until it has ended.
#pragma once

#include "host/protocol/reports.h"

#include "progress.h"
#include "queue.h"

#include <string>
#include <thread>

namespace able::server {

struct Queue::LiveJob {
    Job job;
    CancelToken cancel;
    Progress progress;
    std::string storage_error; // a result that could not be recorded: the run is stopped and fails
};

struct Queue::Crew {
    std::unique_ptr<Runner> runner;
    std::string job_id;                   // running; empty = none
    bool unload = false;                  // its worker is to go
    std::shared_ptr<CancelToken> loading; // while it loads a model without a job
    std::thread thread;
};

void publish_queued(EventBus &events, const Job &job);

// Takes a running job's reports into its record and on to the events.
class Queue::Reporter : public JobSink {
public:
    Reporter(Queue &queue, LiveJob &live) : queue_(queue), live_(live) {}
    void phase(const protocol::Phase &phase) override;
    void step(const protocol::Step &step) override;
    void image(const protocol::ImageDone &image) override;

private:
    Queue &queue_;
    LiveJob &live_;
    std::string last_phase_;
    int last_percent_ = -1;
};

} // namespace able::server
