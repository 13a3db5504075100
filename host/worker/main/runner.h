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

// Takes what the runner tells while it works.
using Tell = std::function<void(const protocol::Report &report)>;

class Runner {
public:
    Runner(PluginSet &plugins, config::Inference settings);

    // Throws plugins::CallError (status ABLE_CANCELLED if `job` was cancelled), plugins::PluginError,
    // models::ModelError, images::ImageError, std::system_error.
    void run(const protocol::RunTask &task, plugins::JobContext &job, const Tell &tell);

private:
    void run(const std::string &job_id, const protocol::Generate &spec, plugins::JobContext &job, const Tell &tell);
    void run(const std::string &job_id, const protocol::Load &load, plugins::JobContext &job, const Tell &tell);
    void prepare(const ModelsWanted &models, plugins::JobContext &job, const Tell &tell);

    PluginSet &plugins_;
    ModelHolder holder_;
};

} // namespace able::worker
