// What the engine keeps of a job until it has ended.
#pragma once

#include "host/protocol/reports.h"

#include "engine.h"
#include "progress.h"

#include <string>

namespace able::server {

struct Engine::LiveJob {
    Job job;
    CancelToken cancel;
    Progress progress;
    std::string storage_error; // a result that could not be recorded: the run is stopped and fails
};

struct Engine::Crew {
    std::unique_ptr<Runner> runner;
    std::string job_id;                   // running; empty = none
    bool unload = false;                  // its worker is to go
    std::shared_ptr<CancelToken> loading; // while it loads a model without a job
    std::thread thread;
};

// Takes a running job's reports into its record and on to the events.
class Engine::Reporter : public JobSink {
public:
    Reporter(Engine &engine, LiveJob &live) : engine_(engine), live_(live) {}
    void phase(const protocol::Phase &phase) override;
    void step(const protocol::Step &step) override;
    void image(const protocol::ImageDone &image) override;

private:
    Engine &engine_;
    LiveJob &live_;
    std::string last_phase_;
    int last_percent_ = -1;
};

} // namespace able::server
