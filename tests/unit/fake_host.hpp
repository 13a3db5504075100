// What every test of a plugin needs of a host: opening the file, parameters, a job.
#pragma once

#include "host/validate/plain_job.h"

#include <ablerefusal/ablerefusal.h>

#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include <dlfcn.h>

namespace able::tests {

// A table of noise levels, which lives as long as `sigmas` do.
inline able_noise_levels level_table(const std::vector<double> &sigmas) {
    able_noise_levels levels{};
    levels.struct_size = sizeof levels;
    levels.kind = ABLE_LEVELS_TABLE;
    levels.sigmas = sigmas.data();
    levels.sigma_count = static_cast<uint32_t>(sigmas.size());
    levels.sigma_min = sigmas.front();
    levels.sigma_max = sigmas.back();
    levels.shift = 1;
    return levels;
}

// A plugin opened by path; never closed, as in the host.
class PluginFile {
public:
    explicit PluginFile(const char *path) {
        void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
        if (library == nullptr) {
            throw std::runtime_error(dlerror());
        }
        void *symbol = dlsym(library, ABLE_ENTRY_SYMBOL);
        if (symbol == nullptr) {
            throw std::runtime_error(std::string(path) + " has no " ABLE_ENTRY_SYMBOL);
        }
        plugin_ = reinterpret_cast<decltype(&able_plugin_v1)>(symbol)();
    }

    const able_plugin &plugin() const { return *plugin_; }

    // The object called `id` of a factory; throws if there is none.
    template <class Object>
    const Object &find(const char *factory_id, const std::string &id) const {
        const able_factory *factory = plugin_->get_factory(factory_id);
        for (uint32_t i = 0; factory != nullptr && i < factory->count; ++i) {
            const auto *object = static_cast<const Object *>(factory->at(i));
            if (id == object->descriptor->id) {
                return *object;
            }
        }
        throw std::runtime_error("no " + id + " in " + factory_id);
    }
    const able_sampler &sampler(const std::string &id) const { return find<able_sampler>(ABLE_FACTORY_SAMPLER, id); }
    const able_schedule &schedule(const std::string &id) const {
        return find<able_schedule>(ABLE_FACTORY_SCHEDULE, id);
    }

    // Ids of all that a factory makes, in its order.
    template <class Object>
    std::vector<std::string> ids(const char *factory_id) const {
        const able_factory *factory = plugin_->get_factory(factory_id);
        std::vector<std::string> out;
        for (uint32_t i = 0; factory != nullptr && i < factory->count; ++i) {
            out.emplace_back(static_cast<const Object *>(factory->at(i))->descriptor->id);
        }
        return out;
    }

private:
    const able_plugin *plugin_ = nullptr;
};

// Values for a descriptor's parameters: its defaults, unless set.
class FakeParams {
public:
    explicit FakeParams(const able_descriptor &descriptor, const std::map<std::string, double> &values = {}) {
        for (uint32_t i = 0; i < descriptor.param_count; ++i) {
            values_[descriptor.params[i]->key] = descriptor.params[i]->default_number;
        }
        for (const auto &[key, value] : values) {
            values_.at(key) = value; // a typo in a test is an error
        }
        params_.struct_size = sizeof(able_params);
        params_.host = this;
        params_.number = [](const able_params *params, const char *key) noexcept {
            const auto &known = static_cast<const FakeParams *>(params->host)->values_;
            const auto found = known.find(key);
            return found == known.end() ? 0.0 : found->second;
        };
        params_.string = [](const able_params *, const char *) noexcept {
            return "";
        };
    }
    FakeParams(const FakeParams &) = delete;
    FakeParams &operator=(const FakeParams &) = delete;

    const able_params *get() const { return &params_; }

private:
    able_params params_{};
    std::map<std::string, double> values_;
};

using FakeJob = validate::PlainJob; // keeps the last failure's status and text

} // namespace able::tests
