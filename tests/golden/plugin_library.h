// The bundled plugins, loaded as the host does: dlopen, the one entry, factories.
#pragma once

#include <ablerefusal/ablerefusal.h>

#include <map>
#include <string>
#include <vector>

namespace able::golden {

const able_plugin &plugin(const char *file);
// The files of the plugins that have a pipeline.
const std::vector<const char *> &pipeline_plugins();
const able_pipeline &pipeline(const std::string &id);
// The one that recognises `source` best, as the host finds it.
const able_pipeline &pipeline_for(const able_source *source);
const able_sampler &sampler(const std::string &id);
const able_schedule &schedule(const std::string &id);
const able_adapter &lora();
const able_adapter &embedding_plugin();

// A descriptor's parameters at their defaults, unless `values` has them.
class Params {
public:
    explicit Params(const able_descriptor *descriptor, std::map<std::string, double> values = {});
    Params(const Params &) = delete;
    Params &operator=(const Params &) = delete;
    const able_params *abi() const { return &abi_; }

private:
    const able_param *find(const char *key) const;
    static const Params &self(const able_params *params) { return *static_cast<const Params *>(params->host); }

    const able_descriptor *descriptor_;
    std::map<std::string, double> values_;
    able_params abi_;
};

} // namespace able::golden
