#include "plugin_library.h"

#include <ablerefusal/glue.hpp>

#include <dlfcn.h>
#include <map>
#include <stdexcept>
#include <string_view>

namespace able::golden {
namespace {

template <class Object>
const Object &object(const char *file, const char *factory_id, const std::string &id) {
    const able_factory *factory = plugin(file).get_factory(factory_id);
    for (uint32_t i = 0; factory != nullptr && i < factory->count; ++i) {
        const auto *candidate = static_cast<const Object *>(factory->at(i));
        if (candidate->descriptor->id == id) {
            return *candidate;
        }
    }
    throw std::runtime_error(std::string(file) + " has no " + factory_id + " called " + id);
}

// The one pipeline of each plugin that has one.
std::vector<const able_pipeline *> pipelines() {
    std::vector<const able_pipeline *> found;
    for (const char *file : pipeline_plugins()) {
        found.push_back(static_cast<const able_pipeline *>(plugin(file).get_factory(ABLE_FACTORY_PIPELINE)->at(0)));
    }
    return found;
}

} // namespace

const able_plugin &plugin(const char *file) {
    static std::map<std::string, const able_plugin *> loaded;
    const able_plugin *&entry = loaded[file];
    if (entry == nullptr) {
        void *library = dlopen(file, RTLD_NOW | RTLD_LOCAL);
        void *symbol = library != nullptr ? dlsym(library, ABLE_ENTRY_SYMBOL) : nullptr;
        if (symbol == nullptr) {
            throw std::runtime_error(dlerror());
        }
        entry = reinterpret_cast<decltype(&able_plugin_v1)>(symbol)();
    }
    return *entry;
}

const std::vector<const char *> &pipeline_plugins() {
    static const std::vector<const char *> files{ABLE_PIPELINE_PLUGINS};
    return files;
}

const able_pipeline &pipeline(const std::string &id) {
    for (const able_pipeline *candidate : pipelines()) {
        if (candidate->descriptor->id == id) {
            return *candidate;
        }
    }
    throw std::runtime_error("no plugin has a pipeline called " + id);
}

const able_pipeline &pipeline_for(const able_source *source) {
    const able_pipeline *best = nullptr;
    uint32_t score = 0;
    for (const able_pipeline *candidate : pipelines()) {
        auto found = make_struct<able_model_probe>();
        if (candidate->probe(source, &found) == ABLE_OK && found.score > score) {
            best = candidate;
            score = found.score;
        }
    }
    if (best == nullptr) {
        throw std::runtime_error("no pipeline recognises the model");
    }
    return *best;
}

const able_sampler &sampler(const std::string &id) {
    return object<able_sampler>(ABLE_SAMPLERS_PLUGIN, ABLE_FACTORY_SAMPLER, id);
}

const able_schedule &schedule(const std::string &id) {
    return object<able_schedule>(ABLE_SAMPLERS_PLUGIN, ABLE_FACTORY_SCHEDULE, id);
}

const able_adapter &lora() {
    const able_factory *factory = plugin(ABLE_LORA_PLUGIN).get_factory(ABLE_FACTORY_ADAPTER);
    return *static_cast<const able_adapter *>(factory->at(0));
}

const able_adapter &embedding_plugin() {
    const able_factory *factory = plugin(ABLE_EMBEDDING_PLUGIN).get_factory(ABLE_FACTORY_ADAPTER);
    return *static_cast<const able_adapter *>(factory->at(0));
}

Params::Params(const able_descriptor *descriptor, std::map<std::string, double> values)
    : descriptor_(descriptor), values_(std::move(values)), abi_(make_struct<able_params>()) {
    for (const auto &[key, value] : values_) {
        if (find(key.c_str()) == nullptr) {
            throw std::runtime_error(std::string(descriptor->id) + " has no parameter " + key);
        }
    }
    abi_.host = this;
    abi_.number = [](const able_params *params, const char *key) noexcept {
        const auto given = self(params).values_.find(key);
        const able_param *param = self(params).find(key);
        return given != self(params).values_.end() ? given->second : param != nullptr ? param->default_number : 0.0;
    };
    abi_.string = [](const able_params *params, const char *key) noexcept {
        const able_param *param = self(params).find(key);
        return param != nullptr && param->default_string != nullptr ? param->default_string : "";
    };
}

const able_param *Params::find(const char *key) const {
    for (uint32_t i = 0; i < descriptor_->param_count; ++i) {
        if (std::string_view(descriptor_->params[i]->key) == key) {
            return descriptor_->params[i];
        }
    }
    return nullptr;
}

} // namespace able::golden
