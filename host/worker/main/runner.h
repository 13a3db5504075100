// Does what a task asks for. To generate images, it composes pipeline, schedule, sampler and guidance.
#pragma once

#include "host/protocol/messages.h"
#include "host/worker/models/model_holder.h"
#include "host/worker/models/plugin_set.h"

#include "host/images/image.h"

#include <functional>
#include <string>
#include <vector>

namespace able::worker {

// What the runner tells while it works.
class RunnerSink {
public:
    virtual ~RunnerSink() = default;
    // `where` names the plugin at work, for the report of a crash.
    virtual void phase(const protocol::Phase &phase, const std::string &where) = 0;
    // Ids of the loaded models, most recently used first; `fresh` if this job had to wait for one of them.
    virtual void loaded(const std::vector<std::string> &model_ids, bool fresh) = 0;
    virtual void step(const protocol::Step &step) = 0;
    virtual void image(const protocol::ImageDone &image) = 0;
};

class Runner {
public:
    Runner(PluginSet &plugins, config::Inference settings);

    // Throws plugins::CallError (status ABLE_CANCELLED if `job` was cancelled), plugins::PluginError,
    // models::ModelError, images::ImageError, std::system_error.
    void run(const protocol::RunTask &task, plugins::JobContext &job, RunnerSink &sink);

private:
    void run(const std::string &job_id, const protocol::Generate &spec, plugins::JobContext &job, RunnerSink &sink);
    void run(const std::string &job_id, const protocol::Load &load, plugins::JobContext &job, RunnerSink &sink);
    void prepare(const ModelsWanted &models, plugins::JobContext &job, RunnerSink &sink);

    PluginSet &plugins_;
    ModelHolder holder_;
};

} // namespace able::worker
