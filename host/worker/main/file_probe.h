// What the plugins say of a file: whether it is usable, what it is and what it needs.
#pragma once

#include "host/worker/models/plugin_set.h"

#include "host/config/config.h"
#include "host/protocol/probe.h"

#include <string>
#include <vector>

namespace able::worker {

class FileProbe {
public:
    // Loads the plugins. Those that cannot be loaded are named in the answers.
    explicit FileProbe(const protocol::ProbeRequest &request);

    // Never throws for what is wrong with the file: that is the finding's reason.
    protocol::ProbeAnswer answer(const protocol::ProbeQuestion &question) const;

private:
    PluginSet plugins_;
    config::Inference settings_;
    std::vector<Loaded<able_pipeline>> pipelines_;
    std::vector<Loaded<able_adapter>> adapters_;
    std::string pipeline_problems_, adapter_problems_;
};

} // namespace able::worker
