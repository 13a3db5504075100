// The bundled plugins, loaded as the host does: dlopen, the one entry, factories.
#pragma once

#include <ablerefusal/ablerefusal.h>

#include <string>

namespace able::golden {

const able_plugin &plugin(const char *file);
const able_pipeline &sd15();
const able_sampler &sampler(const std::string &id);
const able_schedule &schedule(const std::string &id);
const able_adapter &lora();

// A descriptor's parameters at their defaults.
class DefaultParams {
public:
    explicit DefaultParams(const able_descriptor *descriptor);
    DefaultParams(const DefaultParams &) = delete;
    DefaultParams &operator=(const DefaultParams &) = delete;
    const able_params *abi() const { return &abi_; }

private:
    const able_descriptor *descriptor_;
    able_params abi_;
};

} // namespace able::golden
